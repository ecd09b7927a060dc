"""Billing subscriptions of a world: some that have billed, one that cannot, one paused and one ended."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from domain.lines import LineDraft
from domain.taxes import Tax
from models.connections import rows
from resolvers import billing, billing_subscriptions
from resolvers.billing_subscriptions import SubscriptionInput
from resolvers.callers import Caller


async def subscribe(caller: Caller, random: Random, buyers: list[UUID]) -> None:
    """Makes subscriptions to these buyers, and bills what of them is due."""
    made = [
        await billing_subscriptions.create(caller, _wanted(caller, random, buyer))
        for buyer in random.choices(buyers, k=6)
    ]
    while await billing.bill_next(caller.now, {}):
        pass
    await billing_subscriptions.pause(caller, made[0])
    await billing_subscriptions.cancel(caller, made[1])
    # A world stays as it is, whatever workers other tests run.
    await rows(
        "UPDATE billing_subscriptions SET next_run_at = NULL WHERE workspace_id = $1",
        caller.workspace_id,
    )


def _wanted(caller: Caller, random: Random, buyer: UUID) -> SubscriptionInput:
    line = LineDraft(
        'Seat "A" \u2028',
        Decimal("2.50"),
        unit_amount_minor=random.choice([1999, 5]),
        taxes=random.choice([None, (Tax("VAT", Decimal("20.0")),)]),
        metadata=random.choice([{}, {"plan": "a\\b"}]),
    )
    soon = caller.now.date() + timedelta(days=40)
    # What begins later bills nothing yet, so it leaves no mail for a worker either.
    start_on, action = random.choice(
        [(date(2026, 3, 31), "DRAFT"), (date(2026, 3, 31), "ISSUE"), (soon, "SEND")]
    )
    return SubscriptionInput(
        customer_id=buyer,
        interval=random.choice(["WEEK", "MONTH", "QUARTER", "YEAR"]),
        lines=[line] * random.choice([1, 2]),
        start_on=start_on,
        action=action,
        currency="USD",
    )
