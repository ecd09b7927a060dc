"""Lateness: an overdue invoice is told of once, and bears interest to the cent, whenever the worker looks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import Context
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.money import round_half_away
from models.ledger import LedgerTransfer
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from resolvers import invoices, workspaces
from resolvers.callers import Caller
from resolvers.invoices import Late, documents
from tests.resolvers.credit_notes.making import credit, pay
from tests.resolvers.making import at, customer, events, line, someone, stored, types, wanted
from tests.verifying import wrong_with

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
DUE_ON = date(2026, 7, 1)
CENTS = 269_485
Look = Callable[..., Awaitable[Late | None]]


@pytest.fixture
async def caller(database: str) -> AsyncIterator[Caller]:
    """A workspace that takes 12% a year; its books are right after each test."""
    made = await someone(interest_percent=Decimal(12))
    yield made
    assert await wrong_with(database, made.workspace_id) == set()


def morning(day: date, hour: int = 6) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


async def owed(caller: Caller, cents: int = CENTS, **given: Any) -> UUID:
    """An open invoice that is due on 1 July."""
    whole = {"lines": (line(cents=cents),), "due_date": DUE_ON, **given}
    return await invoices.issue(caller, wanted(await customer(caller), **whole))


async def look(caller: Caller, now: datetime, *looks: Look) -> int:
    """What a worker does when it looks at one workspace, in its time; how many invoices it had in hand."""
    count = 0
    for one in looks or (invoices.tell_next, invoices.charge_next):
        while late := await one(LONG_AGO, {caller.workspace_id: now}):
            if late.fault:
                raise late.fault
            count += 1
    return count


async def interest(invoice_id: UUID) -> int:
    return (await stored(invoice_id)).interest_minor


async def test_an_invoice_is_told_of_once_when_its_due_date_has_passed(caller: Caller) -> None:
    invoice_id = await owed(caller)
    last = datetime(2026, 7, 1, 23, 59, 59, 999_999, tzinfo=UTC)

    assert await look(caller, last) == 0
    assert await look(caller, last + timedelta(microseconds=1), invoices.tell_next) == 1
    assert await look(caller, last + timedelta(days=1), invoices.tell_next) == 0

    [told] = [one for one in await events(caller) if one["type"] == "invoice.past_due"]
    assert (told["invoice_id"], told["actor"]) == (invoice_id, "worker")
    assert told["data"]["amountDue"] == CENTS
    assert (await stored(invoice_id)).version == 1


async def test_an_instant_is_late_from_the_next_one_on(caller: Caller) -> None:
    due_at = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    await owed(caller, due_date=due_at)
    assert await look(caller, due_at) == 0
    assert await look(caller, due_at + timedelta(microseconds=1)) == 1


async def test_a_due_date_that_moved_is_told_of_again_when_it_passes(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await look(caller, morning(date(2026, 7, 11)))
    await invoices.update(
        at(caller, morning(date(2026, 7, 11))), invoice_id, {"due_date": date(2026, 8, 1)}
    )

    await look(caller, morning(date(2026, 8, 1)))
    assert (await types(caller)).count("invoice.past_due") == 1
    await look(caller, morning(date(2026, 8, 2)))
    assert (await types(caller)).count("invoice.past_due") == 2


async def test_interest_of_a_month_is_what_it_says(caller: Caller) -> None:
    invoice_id = await owed(caller)

    await look(caller, morning(date(2026, 8, 1)))

    assert await interest(invoice_id) == 2_658
    found = await stored(invoice_id)
    assert (found.amount_due_minor, found.status) == (CENTS + 2_658, "OPEN")
    [posted] = [one for one in await events(caller) if one["type"] == "invoice.interest_posted"]
    assert (posted["data"]["interest"], posted["previous"]["interest"]) == (2_658, 0)


async def test_it_comes_to_the_same_by_the_day(caller: Caller) -> None:
    invoice_id = await owed(caller)
    for days in range(1, 32):
        for hour in (0, 13):
            await look(caller, morning(DUE_ON + timedelta(days=days), hour))

    assert await interest(invoice_id) == 2_658
    entries = await LedgerTransfer.filter(invoice_id=invoice_id, kind="INTEREST").order_by("leg")
    assert [one.entry_minor for one in entries[:3]] == [89, 88, 89]
    assert [date.fromordinal(one.leg).day for one in entries] == list(range(2, 32))


async def test_nothing_is_borne_within_the_grace_days_and_all_after_them(caller: Caller) -> None:
    await workspaces.update(caller, {"interest_grace_days": 10})
    invoice_id = await owed(caller)

    await look(caller, morning(date(2026, 7, 12)))
    assert await interest(invoice_id) == 0
    assert "invoice.interest_posted" not in await types(caller)
    await look(caller, morning(date(2026, 7, 13)))

    assert await interest(invoice_id) == round_half_away(Fraction(CENTS * 12 * 11, 36_500))


@pytest.mark.parametrize("seed", range(12))
async def test_whenever_the_worker_looks_and_whatever_is_paid_it_comes_to_the_same(
    caller: Caller, seed: int
) -> None:
    random = Random(seed)
    invoice_id = await owed(caller)
    principal = {DUE_ON - timedelta(days=1): CENTS}
    for days in range(1, 62):
        today = DUE_ON + timedelta(days=days)
        if random.random() < 0.35:
            await look(caller, morning(today))
        if random.random() < 0.08:
            moved = random.randint(1, 30_000)
            now = at(caller, morning(today, 12))
            if random.random() < 0.6:
                await pay(now, invoice_id, moved)
            else:
                await credit(now, invoice_id, amount_minor=moved)
            principal[today] = principal.get(today, 0) - moved
        if random.random() < 0.3:
            await look(caller, morning(today, 18))
    end = date(2026, 9, 1)
    await look(caller, morning(end))

    assert await interest(invoice_id) == by_the_day(principal, end)
    assert await look(caller, morning(end, 20)) == 0


def by_the_day(principal: dict[date, int], end: date) -> int:
    """A second opinion: each whole day from the due date to `end`, exactly, rounded once."""
    exact, day = Fraction(), DUE_ON + timedelta(days=1)
    while day < end:
        owing = sum(minor for on, minor in principal.items() if on <= day)
        exact += Fraction(owing * 12, 36_500)
        day += timedelta(days=1)
    return floor(exact + Fraction(1, 2))


@pytest.mark.parametrize("status", ["PAID", "VOID", "UNCOLLECTIBLE"])
async def test_what_is_not_owed_any_more_bears_nothing(caller: Caller, status: str) -> None:
    invoice_id = await owed(caller)
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "PAID": lambda: pay(caller, invoice_id, CENTS),
        "VOID": lambda: invoices.void(caller, invoice_id),
        "UNCOLLECTIBLE": lambda: invoices.mark_uncollectible(caller, invoice_id),
    }
    await acts[status]()
    assert await look(caller, morning(date(2026, 8, 1))) == 0
    assert await interest(invoice_id) == 0


async def test_principal_is_paid_before_interest_and_interest_bears_none(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await look(caller, morning(date(2026, 8, 1)))
    await pay(at(caller, morning(date(2026, 8, 1), 12)), invoice_id, CENTS)

    await look(caller, morning(date(2026, 12, 1)))

    found = await stored(invoice_id)
    assert (found.interest_minor, found.amount_due_minor) == (2_658, 2_658)
    assert found.status == "PARTIALLY_PAID"


async def test_waived_interest_is_not_posted_again(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await look(caller, morning(date(2026, 7, 21)))
    await invoices.waive_interest(caller, invoice_id)

    await look(caller, morning(date(2026, 8, 1)))

    waived = round_half_away(Fraction(CENTS * 12 * 19, 36_500))
    assert await interest(invoice_id) == 2_658 - waived


async def test_what_is_hoped_for_again_bears_what_it_would_have(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await invoices.mark_uncollectible(caller, invoice_id)
    await look(caller, morning(date(2026, 7, 20)))
    await invoices.unmark_uncollectible(caller, invoice_id)
    await look(caller, morning(date(2026, 8, 1)))
    assert await interest(invoice_id) == 2_658


async def test_no_interest_where_the_workspace_takes_none(database: str) -> None:
    caller = await someone()
    invoice_id = await owed(caller)
    assert await look(caller, morning(date(2026, 8, 1))) == 1
    assert await interest(invoice_id) == 0


async def test_days_are_those_of_the_invoices_time_zone(caller: Caller) -> None:
    await workspaces.update(caller, {"time_zone": "Pacific/Kiritimati"})
    invoice_id = await owed(caller)
    # 2 July is over there at 10:00 UTC.
    await look(caller, datetime(2026, 7, 2, 9, 59, tzinfo=UTC))
    assert await interest(invoice_id) == 0
    await look(caller, datetime(2026, 7, 2, 10, 0, tzinfo=UTC))
    assert await interest(invoice_id) == 89


async def test_several_workers_at_once_double_nothing(caller: Caller) -> None:
    made = [await owed(caller) for _ in range(6)]

    await asyncio.gather(*(look(caller, morning(date(2026, 8, 1))) for _ in range(4)))
    await look(caller, morning(date(2026, 8, 1)))

    assert [await interest(invoice_id) for invoice_id in made] == [2_658] * 6
    assert (await types(caller)).count("invoice.past_due") == 6
    assert (await types(caller)).count("invoice.interest_posted") == 6


async def test_an_invoice_that_someone_has_in_hand_waits_for_the_next_look(caller: Caller) -> None:
    invoice_id = await owed(caller)
    now = morning(date(2026, 8, 1))

    async def hold() -> int:
        await documents.locked(caller, invoice_id, None)
        return await asyncio.create_task(look(caller, now), context=Context())

    assert await transaction(EVERY_WORKSPACE, hold) == 0
    assert await look(caller, now) == 2


async def test_one_that_cannot_be_looked_after_is_left_alone(caller: Caller) -> None:
    made = [await owed(caller) for _ in range(2)]
    late = await invoices.tell_next(LONG_AGO, {caller.workspace_id: morning(date(2026, 8, 1))})
    assert late is not None
    [other] = set(made) - {late.invoice_id}

    now = {caller.workspace_id: morning(date(2026, 8, 1))}
    assert await invoices.tell_next(LONG_AGO, now, [other]) is None
    assert await invoices.charge_next(LONG_AGO, now, [late.invoice_id]) is None
