"""Many at once, on real connections: no gap, no double, nothing lost, no connection leaked."""

import asyncio
import itertools
import random
from contextvars import Context
from datetime import date
from typing import Any
from uuid import UUID

from domain.errors import Refused
from domain.identifiers import new_id
from domain.ledger import Account, Aside
from models.connections import pool, rows
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.writes import insert
from resolvers import customers, invoices, number_series
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.ledger import Journal
from tests.postgres import CLIENTS
from tests.resolvers.making import (
    NOON,
    counts,
    customer,
    line,
    lines_of,
    numbers,
    someone,
    stored,
    types,
    wanted,
)

PATIENCE_S = 60
OPEN = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""

MONTHLY = """
UPDATE number_series SET reset = 'MONTH', template = 'INV-{YYYY}{MM}-{seq}' WHERE workspace_id = $1
"""


def codes(answers: list[Any]) -> list[str]:
    """What was refused; anything else that went wrong is raised."""
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, Refused):
            raise answer
    return [one.code for a in answers if isinstance(a, Refused) for one in a.refusals]


async def test_whoever_begins_a_period_at_the_same_moment_gets_a_number(
    many_connections: None, caller: Caller
) -> None:
    """Over so many periods that some are begun by two within the same instant."""
    place = caller.workspace_id
    await rows(MONTHLY, place)

    async def take(month: int) -> int:
        day = date(2000 + month // 12, month % 12 + 1, 1)
        taken = await transaction(place, lambda: number_series.take(place, "LIVE", "INVOICE", day))
        return taken.sequence

    for month in range(240):
        taken = await asyncio.gather(*(take(month) for _ in range(24)))
        assert sorted(taken) == list(range(1, 25))


async def test_whoever_opens_an_account_at_the_same_moment_books_in_it(
    many_connections: None, caller: Caller
) -> None:
    """In so many currencies that some are begun by two within the same instant."""
    place, letters = caller.workspace_id, "ABCDEFGHIJ"

    async def book(currency: str) -> None:
        journal = Journal(place, place, currency, NOON)
        journal.move(Aside.OVERPAYMENT, Account.FEES, Account.CASH, 1, new_id())
        await transaction(place, lambda: insert(*journal.rows))

    for currency in map("".join, itertools.product(letters, letters, "XY")):
        await asyncio.gather(*(book(currency) for _ in range(24)))

    found = await rows("SELECT count(*) FROM ledger_accounts WHERE workspace_id = $1", place)
    assert found[0]["count"] == 2 * 2 * len(letters) ** 2


async def test_numbers_have_no_gap_while_a_fifth_is_refused(
    many_connections: None, caller: Caller
) -> None:
    willing = await customer(caller)
    silent = await customer(caller, email_consent="WITHDRAWN")

    answers: list[Any] = []
    for _ in range(3):
        sent = (
            invoices.send(caller, invoice=wanted(silent if i % 5 == 0 else willing))
            for i in range(CLIENTS)
        )
        answers += await asyncio.gather(*sent, return_exceptions=True)

    refused = codes(answers)
    assert refused == ["EMAIL_CONSENT_MISSING"] * len(refused)
    issued = len(answers) - len(refused)
    assert issued == 3 * (CLIENTS - 13)
    assert await numbers(caller) == [f"INV-{i:04}" for i in range(1, issued + 1)]
    after = await counts(caller)
    assert after["invoices"] == after["jobs"] == after["pay_links"] == issued
    assert await types(caller) == ["invoice.finalized"] * issued


async def test_of_many_finalizes_of_one_draft_one_wins(
    many_connections: None, caller: Caller
) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))

    answers = await asyncio.gather(
        *(invoices.finalize(caller, draft_id) for _ in range(16)), return_exceptions=True
    )

    assert codes(answers) == ["INVALID_TRANSITION"] * 15
    assert await numbers(caller) == ["INV-0001"]
    assert await types(caller) == ["invoice.created", "invoice.finalized"]


async def test_of_many_changes_to_one_version_one_wins(
    many_connections: None, caller: Caller
) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))

    answers = await asyncio.gather(
        *(
            invoices.update(caller, draft_id, {"notes": f"n{i}"}, expected_version=1)
            for i in range(16)
        ),
        return_exceptions=True,
    )

    assert codes(answers) == ["CONFLICT"] * 15
    assert (await stored(draft_id)).version == 2


async def test_lines_added_at_once_are_all_there(many_connections: None, caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller), lines=()))

    await asyncio.gather(
        *(
            invoices.add_line(caller, draft_id, line(str(i)), 1 if i % 2 else None)
            for i in range(16)
        )
    )

    assert {one.description for one in await lines_of(draft_id)} == {str(i) for i in range(16)}
    found = await stored(draft_id)
    assert (found.total_minor, found.version) == (160_000, 17)


async def test_a_void_and_a_change_at_once_do_not_meet_half_way(
    many_connections: None, caller: Caller
) -> None:
    for _ in range(10):
        invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
        await asyncio.gather(
            invoices.void(caller, invoice_id),
            invoices.update(caller, invoice_id, {"internal_notes": "x"}),
            invoices.mark_sent(caller, invoice_id),
        )
        found = await stored(invoice_id)
        assert (found.status, found.internal_notes, found.version) == ("VOID", "x", 4)


async def test_the_next_number_does_not_wait_for_who_holds_the_last_invoice(
    many_connections: None, caller: Caller
) -> None:
    customer_id = await customer(caller)
    last = await invoices.issue(caller, wanted(customer_id))

    async def hold_and_issue() -> UUID:
        await documents.locked(caller, last, None)
        issued = asyncio.create_task(
            asyncio.wait_for(invoices.issue(caller, wanted(customer_id)), PATIENCE_S),
            context=Context(),
        )
        return await issued

    await transaction(EVERY_WORKSPACE, hold_and_issue)
    assert await numbers(caller) == ["INV-0001", "INV-0002"]


async def test_twins_with_one_key_issue_one_invoice(
    many_connections: None, patient_twins: None, caller: Caller
) -> None:
    asked = wanted(await customer(caller))

    answers = await asyncio.gather(
        *(
            invoices.issue(caller, asked, once=Once("invoiceIssue", f"k{i % 8}", asked))
            for i in range(64)
        )
    )

    assert len(set(answers)) == 8
    assert len(await numbers(caller)) == 8


async def test_an_issue_that_races_an_archive_is_before_it_or_refused(
    many_connections: None, caller: Caller
) -> None:
    customer_id = await customer(caller)

    answers = await asyncio.gather(
        *(invoices.issue(caller, wanted(customer_id)) for _ in range(16)),
        customers.archive(caller, customer_id),
        return_exceptions=True,
    )

    refused = codes(answers)
    assert set(refused) <= {"CUSTOMER_ARCHIVED"}
    assert len(await numbers(caller)) == 16 - len(refused)


async def _nothing_is_open() -> None:
    """Soon: a server of this process may be noting something meanwhile, on a connection of the pool."""
    connections = await pool()
    async with asyncio.timeout(PATIENCE_S):
        while connections.get_idle_size() < connections.get_size() or await rows(OPEN):  # noqa: ASYNC110 - the pool tells nobody
            await asyncio.sleep(0.02)


async def test_cancelled_acts_leave_no_trace_and_leak_no_connection(database: str) -> None:
    caller = await someone()
    customer_id = await customer(caller)
    chance = random.Random(7)
    finished: list[UUID] = []

    for _ in range(200):
        task = asyncio.create_task(invoices.issue(caller, wanted(customer_id)))
        await asyncio.sleep(chance.random() * 0.008)
        task.cancel()
        (answer,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(answer, UUID):
            finished.append(answer)
        else:
            assert isinstance(answer, asyncio.CancelledError), answer

    await _nothing_is_open()
    # A commit may have gone through although its caller was cancelled; no number is lost by it.
    issued = await numbers(caller)
    assert len(issued) >= len(finished)
    assert issued == [f"INV-{i:04}" for i in range(1, len(issued) + 1)]
    last = await invoices.issue(caller, wanted(customer_id))
    assert (await stored(last)).number == f"INV-{len(issued) + 1:04}"
