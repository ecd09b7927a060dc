"""What tests of acts start from: callers, customers, inputs, and what came of them."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.errors import Refused
from domain.ledger import Entry
from domain.lines import LineDraft
from models.connections import rows
from models.invoices import Invoice
from models.line_items import LineItem
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.writes import change, insert
from resolvers import billing, customers, jobs, workspaces
from resolvers.billing_subscriptions import SubscriptionInput
from resolvers.callers import Caller, system
from resolvers.invoices import InvoiceInput
from resolvers.jobs import Claimed
from resolvers.ledger import Journal, Posting

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
NOBODY = UUID(int=7)

Refusal = tuple[str, tuple[str, ...]]


async def someone(mode: str = "LIVE", **settings: Any) -> Caller:
    """Who may do everything in a new workspace: USD, UTC, and no payment terms."""
    workspace_id = await workspaces.create("Acme", NOON, mode=mode)
    caller = system(workspace_id, mode, NOON, actor="key_1")
    if settings:
        await workspaces.update(caller, settings)
    return caller


async def customer(caller: Caller, **given: Any) -> UUID:
    """A customer who pays within 14 days and agreed to e-mail."""
    return await customers.create(
        caller,
        {
            "name": "Ann Ltd",
            "email": "ann@example.com",
            "email_consent": "GRANTED",
            "payment_terms_days": 14,
            **given,
        },
    )


def line(description: str = "Work", cents: int = 10_000, **given: Any) -> LineDraft:
    """One of something, for 100.00."""
    values = {"quantity": Decimal(1), "unit_amount_minor": cents, **given}
    return LineDraft(description, **values)


def wanted(customer_id: UUID, **given: Any) -> InvoiceInput:
    """An invoice over one line of 100.00."""
    return InvoiceInput(**{"customer_id": customer_id, "lines": (line(),), **given})


def subscription(customer_id: UUID, **given: Any) -> SubscriptionInput:
    """A subscription to one line of 100.00 a month, from the day it is now."""
    values = {"interval": "MONTH", "start_on": NOON.date(), "lines": (line(),), **given}
    return SubscriptionInput(customer_id=customer_id, **values)


async def nothing_else_is_due() -> None:
    """Ends what tests have left in this database for workers: subscriptions, jobs, late invoices."""
    await rows("UPDATE billing_subscriptions SET next_run_at = NULL WHERE next_run_at IS NOT NULL")
    await rows("UPDATE jobs SET done_at = now() WHERE done_at IS NULL AND dead_at IS NULL")
    # Told of, and with interest reckoned to the end of all days that tests set their clocks to.
    await rows(
        "UPDATE invoices SET interest_through = '9999-12-31' WHERE due_on IS NOT NULL "
        "AND status IN ('OPEN', 'PARTIALLY_PAID') AND interest_through IS DISTINCT FROM '9999-12-31'"
    )


async def billed(now: datetime, clocks: Mapping[UUID, datetime] | None = None) -> None:
    """Bills all that is due at an instant, whoever's it is."""
    while await billing.bill_next(now, clocks or {}):
        pass


async def claimed(caller: Caller, kind: str, hours: float = 0) -> list[Claimed]:
    """A workspace's own jobs that are due, in hand; those of other tests stay as they were."""
    now = caller.now + timedelta(hours=hours)
    found = await jobs.claim(now, 10_000, (kind,))
    others = [job for job in found if job.workspace_id != caller.workspace_id]
    await jobs.give_back(others)
    return [job for job in found if job.workspace_id == caller.workspace_id]


def later(caller: Caller, **delta: float) -> Caller:
    """The same caller, some time later."""
    return at(caller, caller.now + timedelta(**delta))


def at(caller: Caller, now: datetime) -> Caller:
    """The same caller at another time."""
    return Caller(caller.workspace_id, caller.mode, caller.scopes, now, caller.actor)


async def refusals(act: Awaitable[Any]) -> list[Refusal]:
    """The codes and fields that an act is refused with."""
    with pytest.raises(Refused) as caught:
        await act
    return [(refusal.code, refusal.field) for refusal in caught.value.refusals]


async def codes_of(act: Awaitable[Any]) -> list[str]:
    """The codes that an act is refused with; none where it goes through."""
    try:
        await act
    except Refused as refused:
        return [refusal.code for refusal in refused.refusals]
    return []


async def stored(invoice_id: UUID) -> Invoice:
    """The invoice as it is in the database."""
    return await Invoice.get(id=invoice_id)


async def charge_interest(invoice_id: UUID, minor: int) -> None:
    """Puts interest on an open invoice, whatever day it is."""

    async def act() -> None:
        invoice = await Invoice.filter(id=invoice_id).select_for_update(no_key=True).get()
        journal = Journal(invoice.workspace_id, invoice.customer_id, invoice.currency, NOON)
        leg = invoice.ledger_count
        await change(
            invoice, journal.post(invoice, [Posting(Entry.INTEREST, minor, invoice_id, leg)])
        )
        await insert(*journal.rows)

    await transaction(EVERY_WORKSPACE, act)


async def lines_of(invoice_id: UUID) -> list[LineItem]:
    """Its lines, in order."""
    return await LineItem.filter(invoice_id=invoice_id).order_by("position")


async def numbers(caller: Caller) -> list[str]:
    """Every number of the workspace, in order."""
    found = await rows(
        "SELECT number FROM invoices WHERE workspace_id = $1 AND number IS NOT NULL "
        "ORDER BY number_period, number_sequence",
        caller.workspace_id,
    )
    return [row["number"] for row in found]


async def events(caller: Caller) -> list[dict[str, Any]]:
    """The events of the workspace, in order, with decoded data."""
    found = await rows(
        "SELECT type, subject_id, invoice_id, data, previous, actor, at FROM events "
        "WHERE workspace_id = $1 ORDER BY id",
        caller.workspace_id,
    )
    return [{**row, **{k: _decoded(row[k]) for k in ("data", "previous")}} for row in found]


async def types(caller: Caller) -> list[str]:
    """The types of the workspace's events about invoices, in order."""
    return [row["type"] for row in await events(caller) if row["type"].startswith("invoice.")]


async def counts(caller: Caller) -> dict[str, int]:
    """How many rows the workspace has in the tables that an act may write to."""
    tables = ("invoices", "line_items", "events", "jobs", "pay_links", "number_counters")
    return {table: await _count(table, caller.workspace_id) for table in tables}


async def _count(table: str, workspace_id: UUID) -> int:
    found = await rows(f"SELECT count(*) AS n FROM {table} WHERE workspace_id = $1", workspace_id)
    return int(found[0]["n"])


def _decoded(value: str | None) -> Any:
    return None if value is None else orjson.loads(value)
