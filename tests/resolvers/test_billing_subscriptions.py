"""Subscriptions: judged when they are made, paused, resumed and canceled."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.lines import LineDraft
from domain.recurring import period
from domain.taxes import Tax
from domain.totals import Discount
from models.billing_subscriptions import BillingSubscription
from resolvers import customers, subscription_lines, workspaces
from resolvers.billing_subscriptions import cancel, create, pause, resume
from resolvers.callers import Caller
from tests.resolvers.making import (
    NOBODY,
    at,
    billed,
    customer,
    later,
    line,
    refusals,
    someone,
    subscription,
)

pytestmark = pytest.mark.usefixtures("quiet")
DAY = date(2026, 6, 9)


async def found(subscription_id: UUID) -> BillingSubscription:
    """The subscription as it is in the database."""
    return await BillingSubscription.get(id=subscription_id)


def values_of(subscription: BillingSubscription) -> dict[str, Any]:
    """All its columns."""
    return {name: getattr(subscription, name) for name in subscription._meta.fields_db_projection}


async def test_a_subscription_follows_its_customer_then_the_workspace(database: str) -> None:
    caller = await someone(currency="EUR", payment_terms_days=21, time_zone="Europe/Vienna")
    plain = await customer(caller, payment_terms_days=None)
    own = await customer(caller, payment_terms_days=0, currency="USD")

    first = await found(await create(caller, subscription(plain)))
    second = await found(await create(caller, subscription(own)))
    third = await found(
        await create(caller, subscription(own, currency="EUR", payment_terms_days=7))
    )

    assert (first.currency, first.payment_terms_days, first.status) == ("EUR", 21, "ACTIVE")
    assert (second.currency, second.payment_terms_days) == ("USD", 0)
    assert (third.currency, third.payment_terms_days) == ("EUR", 7)
    assert (first.next_period, first.next_period_on) == (0, DAY)
    assert first.next_run_at == datetime(2026, 6, 8, 22, tzinfo=UTC)


async def test_what_an_invoice_would_refuse_is_refused_when_it_is_made(caller: Caller) -> None:
    buyer, gone = await customer(caller), await customer(caller)
    await customers.archive(caller, gone)
    bad = replace(line(), quantity=Decimal(0))
    dated = replace(line(), period_start=DAY, period_end=date(2026, 7, 9))

    async def refused(customer_id: UUID = buyer, **given: object) -> list[tuple[str, str]]:
        made = create(caller, subscription(customer_id, **given))
        return [(code, ".".join(field)) for code, field in await refusals(made)]

    assert await refused(NOBODY) == [("NOT_FOUND", "customerId")]
    assert await refused(gone) == [("CUSTOMER_ARCHIVED", "customerId")]
    assert await refused(lines=()) == [("NO_LINES", "lines")]
    assert await refused(lines=(line(), bad)) == [("OUT_OF_RANGE", "lines.1.quantity")]
    assert await refused(lines=(dated,)) == [
        ("INVALID_ARGUMENT", "lines.0.periodStart"),
        ("INVALID_ARGUMENT", "lines.0.periodEnd"),
    ]
    assert await refused(currency="XXX") == [("CURRENCY_UNSUPPORTED", "currency")]
    assert await refused(payment_terms_days=-1) == [("OUT_OF_RANGE", "paymentTermsDays")]
    assert await refused(start_on=date(9999, 12, 31)) == [("OUT_OF_RANGE", "startOn")]
    assert await refused(start_on=date(1900, 1, 1)) == [("OUT_OF_RANGE", "startOn")]
    assert not await BillingSubscription.filter(workspace_id=caller.workspace_id).exists()


async def test_without_terms_anywhere_they_must_be_given(caller: Caller) -> None:
    buyer = await customer(caller, payment_terms_days=None)

    assert await refusals(create(caller, subscription(buyer))) == [
        ("REQUIRED", ("paymentTermsDays",))
    ]
    assert await create(caller, subscription(buyer, payment_terms_days=0))


@pytest.mark.parametrize(
    "given",
    [
        LineDraft("Seat", Decimal("2.5"), unit_amount_minor=1999),
        LineDraft(
            "Call", Decimal(1), unit_amount=Decimal("0.000125"), code="C", tax_rate=Decimal("0.2")
        ),
        LineDraft(
            "Plan",
            Decimal(3),
            unit_amount_minor=0,
            discount=Discount(percent=Decimal("12.5")),
            taxes=(Tax("State", Decimal("6.25")), Tax("Zero", Decimal(0), "ZERO")),
            metadata={"plan": "gold"},
        ),
        LineDraft("Auto", Decimal(1), unit_amount_minor=5, automatic_tax=True),
        LineDraft("Off", Decimal(1), unit_amount_minor=5, discount=Discount(fixed_minor=5)),
        LineDraft("Untaxed", Decimal(1), unit_amount_minor=5, tax_percent=Decimal(0)),
    ],
)
def test_lines_are_kept_as_they_were_given(given: LineDraft) -> None:
    month = period(DAY, "MONTH", 0)
    [back] = subscription_lines.for_period(subscription_lines.kept([given]), month)

    assert back == replace(given, period_start=DAY, period_end=date(2026, 7, 9))


async def test_lines_read_as_a_client_writes_them(caller: Caller) -> None:
    made = await create(caller, subscription(await customer(caller), lines=(line(code="S"),)))

    assert (await found(made)).lines == [
        {"code": "S", "quantity": "1", "unitAmount": {"minor": 10_000}, "description": "Work"}
    ]


async def test_a_paused_subscription_has_no_next_period(caller: Caller) -> None:
    made = await create(caller, subscription(await customer(caller)))

    await pause(caller, made)
    paused = await found(made)
    await pause(later(caller, days=1), made)

    assert (paused.status, paused.next_period_on, paused.next_run_at) == ("PAUSED", None, None)
    await billed(later(caller, days=90).now)
    assert values_of(await found(made)) == values_of(paused)


@pytest.mark.parametrize(
    ("paused_on", "resumed_on", "next_start"),
    [
        (date(2026, 6, 9), date(2026, 6, 9), date(2026, 6, 9)),
        (date(2026, 6, 10), date(2026, 7, 8), date(2026, 6, 9)),
        (date(2026, 6, 10), date(2026, 7, 9), date(2026, 6, 9)),
        (date(2026, 6, 10), date(2026, 7, 10), date(2026, 8, 9)),
        (date(2026, 6, 10), date(2027, 1, 1), date(2027, 1, 9)),
    ],
)
async def test_periods_that_begin_during_a_pause_are_skipped(
    caller: Caller, paused_on: date, resumed_on: date, next_start: date
) -> None:
    """The first period is not billed yet: no worker runs."""
    made = await create(caller, subscription(await customer(caller)))

    await pause(_on(caller, paused_on), made)
    await resume(_on(caller, resumed_on), made)

    resumed = await found(made)
    assert (resumed.status, resumed.next_period_on) == ("ACTIVE", next_start)


async def test_canceling_is_for_good(caller: Caller) -> None:
    made = await create(caller, subscription(await customer(caller)))

    await cancel(caller, made)
    ended = await found(made)
    await cancel(later(caller, days=1), made)

    assert (ended.status, ended.canceled_at, ended.next_run_at) == ("CANCELED", caller.now, None)
    await billed(later(caller, days=90).now)
    assert values_of(await found(made)) == values_of(ended)
    for act in (pause, resume):
        assert await refusals(act(caller, made)) == [("INVALID_TRANSITION", ())]


async def test_days_begin_when_they_do_where_the_workspace_has_moved_to(caller: Caller) -> None:
    made = await create(caller, subscription(await customer(caller), start_on=date(2026, 7, 1)))

    await workspaces.update(caller, {"time_zone": "Pacific/Kiritimati"})

    moved = await found(made)
    assert moved.next_run_at == datetime(2026, 6, 30, 10, tzinfo=UTC)


def _on(caller: Caller, day: date) -> Caller:
    return at(caller, datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
