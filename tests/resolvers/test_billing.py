"""Billing: each period becomes one invoice, whatever happens, and none two."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError

from models.billing_subscriptions import BillingSubscription
from models.connections import rows
from models.invoices import Invoice
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from resolvers import billing, customers, invoices
from resolvers.billing_subscriptions import cancel, create, pause, resume
from resolvers.callers import Caller
from resolvers.invoices.drafts import draft_new
from tests.resolvers.making import (
    at,
    billed,
    customer,
    line,
    lines_of,
    refusals,
    someone,
    subscription,
    types,
    wanted,
)

pytestmark = pytest.mark.usefixtures("quiet")
DAY = date(2026, 6, 9)


def noon(day: date) -> datetime:
    """The middle of a day, in UTC."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


async def found(subscription_id: UUID) -> BillingSubscription:
    """The subscription as it is in the database."""
    return await BillingSubscription.get(id=subscription_id)


async def invoices_of(subscription_id: UUID) -> list[Invoice]:
    """Its invoices, by period."""
    return await Invoice.filter(subscription_id=subscription_id).order_by("subscription_period")


async def periods_of(subscription_id: UUID) -> list[tuple[date, date]]:
    """The days that the lines of its invoices are for."""
    made = []
    for invoice in await invoices_of(subscription_id):
        [one] = await lines_of(invoice.id)
        assert one.period_start
        assert one.period_end
        made.append((one.period_start, one.period_end))
    return made


async def test_a_period_is_billed_on_its_first_day(caller: Caller) -> None:
    made = await create(caller, subscription(await customer(caller), action="ISSUE"))

    await billed(noon(DAY))
    await billed(noon(date(2026, 7, 8)))
    [first] = await invoices_of(made)
    await billed(datetime(2026, 7, 9, tzinfo=UTC))
    _, second = await invoices_of(made)

    assert (first.status, first.number, first.total_minor) == ("OPEN", "INV-0001", 10_000)
    assert (first.subscription_period, second.subscription_period) == (0, 1)
    assert (first.issued_at, first.due_on) == (noon(DAY), date(2026, 6, 23))
    assert second.issued_at == datetime(2026, 7, 9, tzinfo=UTC)
    assert await periods_of(made) == [
        (DAY, date(2026, 7, 9)),
        (date(2026, 7, 9), date(2026, 8, 9)),
    ]
    assert (await found(made)).next_period_on == date(2026, 8, 9)


async def test_a_day_begins_when_it_does_in_the_workspace(database: str) -> None:
    caller = await someone(time_zone="America/New_York")
    made = await create(caller, subscription(await customer(caller), start_on=date(2026, 7, 1)))

    await billed(datetime(2026, 7, 1, 3, 59, 59, 999_999, tzinfo=UTC))
    early = await invoices_of(made)
    await billed(datetime(2026, 7, 1, 4, tzinfo=UTC))

    assert early == []
    assert len(await invoices_of(made)) == 1


async def test_months_end_on_their_last_day_and_find_back(caller: Caller) -> None:
    wanted_one = subscription(await customer(caller), start_on=date(2026, 1, 31))
    made = await create(at(caller, noon(date(2026, 1, 31))), wanted_one)

    await billed(noon(date(2026, 4, 30)))

    assert [start for start, _ in await periods_of(made)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


async def test_a_weeks_stop_is_caught_up_period_by_period(caller: Caller) -> None:
    buyer = await customer(caller)
    made = await create(caller, subscription(buyer, interval="WEEK", action="ISSUE"))

    await billed(noon(DAY + timedelta(weeks=5)))

    starts = [start for start, _ in await periods_of(made)]
    assert starts == [DAY + timedelta(weeks=week) for week in range(6)]
    assert {invoice.issued_at for invoice in await invoices_of(made)} == {
        noon(DAY + timedelta(weeks=5))
    }


@pytest.mark.parametrize(
    ("action", "status", "mails", "told"),
    [
        ("DRAFT", "DRAFT", 0, ["invoice.created"]),
        ("ISSUE", "OPEN", 0, ["invoice.finalized"]),
        ("SEND", "OPEN", 1, ["invoice.finalized"]),
    ],
)
async def test_an_invoice_goes_as_far_as_its_subscription_says(
    caller: Caller, action: str, status: str, mails: int, told: list[str]
) -> None:
    made = await create(caller, subscription(await customer(caller), action=action))

    await billed(noon(DAY))

    [invoice] = await invoices_of(made)
    jobs = await rows("SELECT kind FROM jobs WHERE workspace_id = $1", caller.workspace_id)
    assert invoice.status == status
    assert len(jobs) == mails
    assert await types(caller) == told
    [event] = await rows(
        "SELECT actor, data ->> 'subscriptionId' AS by FROM events WHERE invoice_id = $1",
        invoice.id,
    )
    assert event == {"actor": "worker", "by": f"bs_{made.hex}"}


async def test_what_is_refused_is_kept_and_tried_again_and_nothing_is_lost(caller: Caller) -> None:
    buyer = await customer(caller, email=None)
    made = await create(caller, subscription(buyer))

    await billed(noon(DAY))
    refused = await found(made)
    assert refused.last_error
    assert refused.last_error.startswith("EMAIL_MISSING: ")
    assert (refused.next_period, await invoices_of(made)) == (0, [])
    assert refused.next_run_at
    assert noon(DAY) < refused.next_run_at <= noon(DAY) + timedelta(hours=1)

    await customers.update(caller, buyer, {"email": "ann@example.com"})
    await billed(noon(DAY) + timedelta(minutes=1))
    assert await invoices_of(made) == []
    await billed(noon(date(2026, 7, 9)))

    assert len(await invoices_of(made)) == 2
    well = await found(made)
    assert (well.last_error, well.next_period_on) == (None, date(2026, 8, 9))


async def test_a_refused_one_is_tried_at_once_where_it_is_resumed(caller: Caller) -> None:
    buyer = await customer(caller, email=None)
    made = await create(caller, subscription(buyer))
    await billed(noon(DAY))
    await customers.update(caller, buyer, {"email": "ann@example.com"})

    await resume(at(caller, noon(DAY)), made)
    await billed(noon(DAY))

    assert len(await invoices_of(made)) == 1


async def test_one_that_is_refused_keeps_no_other_waiting(caller: Caller) -> None:
    gone, buyer = await customer(caller), await customer(caller)
    refused = await create(caller, subscription(gone))
    fine = await create(caller, subscription(buyer))
    await customers.archive(caller, gone)

    await billed(noon(DAY))

    assert len(await invoices_of(fine)) == 1
    assert (await found(refused)).last_error


async def test_a_fault_of_ours_is_put_off_without_its_details(caller: Caller) -> None:
    broken = await create(caller, subscription(await customer(caller)))
    await rows("""UPDATE billing_subscriptions SET lines = '[{"x": 1}]' WHERE id = $1""", broken)
    fine = await create(caller, subscription(await customer(caller)))

    await billed(noon(DAY))

    assert (
        await found(broken)
    ).last_error == "Something went wrong on our side; it is tried again."
    assert len(await invoices_of(fine)) == 1


async def test_many_who_bill_at_once_bill_each_period_once(caller: Caller) -> None:
    buyer = await customer(caller)
    made = [
        await create(caller, subscription(buyer, interval="WEEK", action="ISSUE")) for _ in range(4)
    ]
    until = noon(DAY + timedelta(weeks=4))

    await asyncio.gather(*(billed(until) for _ in range(8)))
    await billed(until)

    for one in made:
        periods = [invoice.subscription_period for invoice in await invoices_of(one)]
        assert periods == [0, 1, 2, 3, 4]
    numbers = await rows(
        "SELECT number_sequence AS n FROM invoices WHERE workspace_id = $1", caller.workspace_id
    )
    assert sorted(row["n"] for row in numbers) == list(range(1, 21))


async def test_the_database_itself_refuses_a_second_invoice_of_a_period(caller: Caller) -> None:
    buyer = await customer(caller)
    made = await create(caller, subscription(buyer))
    await billed(noon(DAY))

    async def again() -> UUID:
        return await draft_new(caller, wanted(buyer), subscription_id=made, subscription_period=0)

    with pytest.raises(IntegrityError, match="invoices_subscription_period"):
        await transaction(EVERY_WORKSPACE, again)


async def test_a_deleted_draft_is_not_made_again_and_a_copy_is_nobodys(caller: Caller) -> None:
    made = await create(caller, subscription(await customer(caller), action="DRAFT"))
    await billed(noon(DAY))
    [draft] = await invoices_of(made)

    copy = await invoices.duplicate(caller, draft.id)
    await invoices.delete(caller, draft.id)
    await billed(noon(DAY + timedelta(days=3)))

    assert await invoices_of(made) == []
    assert (await Invoice.get(id=copy)).subscription_id is None


async def test_a_stopped_subscription_bills_nothing_while_others_do(caller: Caller) -> None:
    buyer = await customer(caller)
    paused, ended, going = [await create(caller, subscription(buyer)) for _ in range(3)]
    await pause(caller, paused)
    await cancel(caller, ended)

    await billed(noon(DAY))

    made = [len(await invoices_of(one)) for one in (paused, ended, going)]
    assert made == [0, 0, 1]


async def test_a_paused_one_goes_on_with_the_day_it_comes_back_on(caller: Caller) -> None:
    made = await create(caller, subscription(await customer(caller), interval="WEEK"))
    await billed(noon(DAY))
    await pause(at(caller, noon(date(2026, 6, 10))), made)
    await billed(noon(date(2026, 6, 24)))
    await resume(at(caller, noon(date(2026, 6, 30))), made)

    await billed(noon(date(2026, 6, 30)))

    starts = [start for start, _ in await periods_of(made)]
    assert starts == [DAY, date(2026, 6, 30)]


async def test_a_sandboxs_clock_moves_its_subscriptions(database: str) -> None:
    caller = await someone(mode="TEST")
    other = await someone()
    made = await create(caller, subscription(await customer(caller), start_on=date(2026, 8, 31)))
    theirs = await create(other, subscription(await customer(other), start_on=date(2026, 8, 31)))
    clocks: Mapping[UUID, datetime] = {caller.workspace_id: noon(date(2026, 10, 31))}

    await billed(noon(DAY), clocks)

    assert [start for start, _ in await periods_of(made)] == [
        date(2026, 8, 31),
        date(2026, 9, 30),
        date(2026, 10, 31),
    ]
    assert await invoices_of(theirs) == []


async def test_lines_of_any_number_carry_the_period(caller: Caller) -> None:
    lines = (line("Seat"), line("Support", cents=500))
    made = await create(caller, subscription(await customer(caller), lines=lines))

    await billed(noon(DAY))

    [invoice] = await invoices_of(made)
    shown: list[Any] = [
        (one.description, one.period_start, one.period_end) for one in await lines_of(invoice.id)
    ]
    assert shown == [(name, DAY, date(2026, 7, 9)) for name in ("Seat", "Support")]


async def test_a_subscription_is_unknown_elsewhere(caller: Caller, stranger: Caller) -> None:
    made = await create(caller, subscription(await customer(caller)))

    for act in (pause, resume, cancel):
        assert await refusals(act(stranger, made)) == [("NOT_FOUND", ("id",))]
        assert await refusals(act(caller, uuid4())) == [("NOT_FOUND", ("id",))]
    assert await billing.bill_next(noon(date(2020, 1, 1)), {}) is None
