"""64 clients at once pay, refund, credit, void and give up the same twenty invoices: no cent twice, none lost."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest

from domain.errors import Refused
from models.connections import rows
from models.payments import Payment
from resolvers import credit_notes, invoices, payments
from resolvers.callers import Caller
from resolvers.credit_notes import NoteInput
from resolvers.payments import MoneyIn
from server import database as server_database
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import someone
from tests.resolvers.money.test_money import proven
from tests.resolvers.payments.making import buyer, only, owed, sandbox

CLIENTS, INVOICES, ACTS = 64, 20, 12
Act = Callable[[Caller, SandboxGateway, random.Random, UUID, UUID], Coroutine[Any, Any, Any]]


@pytest.fixture
async def many_connections(database: str) -> Any:
    """A connection for each client, so that they meet in the database and not in the pool."""
    await server_database.close()
    await server_database.connect(database, pool_size=CLIENTS)
    yield database
    await server_database.close()
    await server_database.connect(database)


async def _refund(
    caller: Caller, gateway: SandboxGateway, chance: random.Random, of: UUID, _: UUID
) -> None:
    found = await Payment.filter(workspace_id=caller.workspace_id, invoice_id=of)
    if found:
        some = chance.choice(found)
        amount = chance.choice([None, 1_000, 5_000])
        await payments.refund(caller, only(gateway), some.id, amount)


ACTS_BY_NAME: dict[str, Act] = {
    "pay": lambda c, g, r, of, _: payments.pay(c, g, of, r.choice([None, 2_500, 10_000])),
    "record": lambda c, g, r, of, who: payments.record(
        c, MoneyIn(who, r.choice([1_000, 15_000]), "USD", "CASH")
    ),
    "refund": _refund,
    "credit": lambda c, g, r, of, _: credit_notes.create(
        c, only(g), NoteInput(of, amount_minor=r.choice([None, 700, 3_000]))
    ),
    "void": lambda c, g, r, of, _: invoices.void(c, of),
    "give up": lambda c, g, r, of, _: invoices.mark_uncollectible(c, of),
    "hope again": lambda c, g, r, of, _: invoices.unmark_uncollectible(c, of),
}


@pytest.mark.timeout(300)
async def test_no_cent_is_moved_twice_or_lost(many_connections: str) -> None:
    caller, gateway = await someone(), sandbox()
    payers = [await buyer(caller, gateway) for _ in range(5)]
    owed_by = {await owed(caller, payers[n % 5]): payers[n % 5] for n in range(INVOICES)}
    refused: Counter[str] = Counter()
    done: Counter[str] = Counter()

    async def client(number: int) -> None:
        chance = random.Random(number)
        for _ in range(ACTS):
            of = chance.choice(list(owed_by))
            name = chance.choice(list(ACTS_BY_NAME))
            try:
                await ACTS_BY_NAME[name](caller, gateway, chance, of, owed_by[of])
                done[name] += 1
            except Refused as why:
                refused.update(refusal.code for refusal in why.refusals)

    await asyncio.gather(*map(client, range(CLIENTS)))

    assert set(done) == set(ACTS_BY_NAME), (done, refused)
    assert await proven(many_connections, caller.workspace_id) == []
    assert await booked(caller) == await kept(caller)


async def booked(caller: Caller) -> list[dict[str, Any]]:
    """What Billgraph says went through the gateway, payment by payment."""
    return await rows(
        "SELECT 'pay_' || replace(id::text, '-', '') AS key, amount_minor + fee_minor AS charged, "
        "amount_refunded_minor AS refunded FROM payments WHERE workspace_id = $1 "
        "AND gateway IS NOT NULL AND status NOT IN ('PENDING', 'FAILED') ORDER BY 1",
        caller.workspace_id,
    )


async def kept(caller: Caller) -> list[dict[str, Any]]:
    """What the gateway itself has in its own books."""
    return await rows(
        "SELECT key, amount_minor AS charged, refunded_minor AS refunded FROM sandbox_charges "
        "WHERE workspace_id = $1 AND status = 'SUCCEEDED' ORDER BY 1",
        caller.workspace_id,
    )
