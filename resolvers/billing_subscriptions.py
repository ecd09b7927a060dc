"""Billing subscriptions: made, paused, resumed, canceled; the worker bills their periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from domain.calendar import local_date, start_of_day
from domain.errors import Collector, InvalidTransition, OutOfRange, Required
from domain.identifiers import new_id
from domain.limits import PERIODS_BEHIND_MAX
from domain.lines import LineDraft, require_lines
from domain.recurring import Period, first_after_pause, index_from, period
from models.billing_subscriptions import BillingSubscription
from models.connections import rows
from models.writes import change, insert
from resolvers import idempotency, subscription_lines
from resolvers.callers import Caller
from resolvers.fields import currency_on, optional, terms_days
from resolvers.idempotency import Once
from resolvers.invoices import InvoiceInput, parties
from resolvers.invoices.composing import SAVING, compose
from resolvers.refusals import not_found

SCOPE = "INVOICES_WRITE"
ACTIVE, PAUSED, CANCELED = "ACTIVE", "PAUSED", "CANCELED"
_TERMS = ("paymentTermsDays",)
_STOPPED: dict[str, Any] = {"next_period_on": None, "next_run_at": None, "last_error": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionInput:
    """The contract's BillingSubscriptionCreateInput in snake_case; None is not given."""

    customer_id: UUID
    interval: str
    lines: Sequence[LineDraft]
    start_on: date
    action: str = "SEND"
    currency: str | None = None
    payment_terms_days: int | None = None


async def create(caller: Caller, wanted: SubscriptionInput, *, once: Once | None = None) -> UUID:
    """A new subscription's id; its first invoice is made once the day it starts on has begun.

    Currency and terms not given are the customer's, else the workspace's, as they are now. A start
    in the past bills every period since, up to PERIODS_BEHIND_MAX. Raises Forbidden, and Refusals of
    NotFound and CustomerArchived at ("customerId",), NoLines, InvalidArgument for a line that says
    its period and whatever an invoice would refuse of the lines, OutOfRange at ("startOn",), Required
    and OutOfRange at ("paymentTermsDays",), CurrencyUnsupported (rules: Recurring).
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        among = await parties.load(caller.workspace_id, wanted.customer_id, None)
        zone = among.seller.time_zone
        today = local_date(caller.now, zone)
        terms, first = _checked(wanted, among.terms_days, today)
        due_date = today + timedelta(days=terms)
        asked = InvoiceInput(
            customer_id=wanted.customer_id,
            lines=subscription_lines.for_period(subscription_lines.kept(wanted.lines), first),
            currency=wanted.currency,
            due_date=due_date,
        )
        content = await compose(asked, among, caller.now, SAVING)
        made = BillingSubscription(
            workspace_id=caller.workspace_id,
            id=new_id(),
            status=ACTIVE,
            customer_id=wanted.customer_id,
            interval=wanted.interval,
            action=wanted.action,
            currency=content.currencies.currency,
            lines=subscription_lines.kept(wanted.lines),
            start_on=wanted.start_on,
            payment_terms_days=terms,
            created_at=caller.now,
            updated_at=caller.now,
            **upcoming(first, zone),
        )
        await insert(made)
        return made.id

    return await idempotency.run(caller, once, act)


async def pause(caller: Caller, subscription_id: UUID, *, once: Once | None = None) -> UUID:
    """Makes no more invoices until it is resumed; a second time changes nothing. Its id.

    Raises Forbidden, NotFound at ("id",), and InvalidTransition where it is canceled.
    """

    async def act(found: BillingSubscription) -> None:
        if found.status == ACTIVE:
            await _change(caller, found, {"status": PAUSED, **_STOPPED})

    return await _act(caller, subscription_id, "PAUSE", act, once)


async def resume(caller: Caller, subscription_id: UUID, *, once: Once | None = None) -> UUID:
    """Goes on with the first period that starts today or later; its id.

    Periods that started while it was paused are not billed; where none did, it goes on as if it
    had not been paused. An active one whose last try was refused is tried again at once. Raises
    Forbidden, NotFound at ("id",), and InvalidTransition where it is canceled.
    """

    async def act(found: BillingSubscription) -> None:
        if found.status == PAUSED:
            await _resume(caller, found)
        elif found.last_error is not None:
            await _change(caller, found, {"next_run_at": caller.now})

    return await _act(caller, subscription_id, "RESUME", act, once)


async def cancel(caller: Caller, subscription_id: UUID, *, once: Once | None = None) -> UUID:
    """Ends it for good: no more invoices are made, those that exist stay. Its id.

    A second time changes nothing. Raises Forbidden, and NotFound at ("id",).
    """

    async def act(found: BillingSubscription) -> None:
        if found.status != CANCELED:
            ended = {"status": CANCELED, "canceled_at": caller.now, **_STOPPED}
            await _change(caller, found, ended)

    return await _act(caller, subscription_id, "CANCEL", act, once)


def upcoming(next_one: Period, zone: str) -> dict[str, Any]:
    """The columns that say which period is billed next, and that it is when its first day begins."""
    return {
        "next_period": next_one.index,
        "next_period_on": next_one.start,
        "next_run_at": start_of_day(next_one.start, zone),
    }


async def follow_zone(workspace_id: UUID, zone: str) -> None:
    """Has days begin when they do in the workspace's new time zone; inside a transaction."""
    await rows(
        "UPDATE billing_subscriptions "
        "SET next_run_at = next_period_on::timestamp AT TIME ZONE $2::text "
        "WHERE workspace_id = $1 AND status = 'ACTIVE' AND last_error IS NULL",
        workspace_id,
        zone,
    )


def _checked(wanted: SubscriptionInput, usual_terms: int | None, today: date) -> tuple[int, Period]:
    found = Collector()
    found.keep(require_lines, len(wanted.lines))
    found.keep(subscription_lines.check_without_periods, wanted.lines)
    found.keep(optional(currency_on(today)), wanted.currency, ("currency",))
    given = found.keep(optional(terms_days), wanted.payment_terms_days, _TERMS)
    first = found.keep(_first_period, wanted, today)
    terms = usual_terms if given is None else given
    if terms is None:
        message = "Say within how many days its invoices are due; customer and workspace don't."
        found.refusals.append(Required(message, field=_TERMS))
    found.refuse()
    assert terms is not None
    assert first is not None
    return terms, first


def _first_period(wanted: SubscriptionInput, today: date) -> Period:
    first = period(wanted.start_on, wanted.interval, 0)
    if index_from(wanted.start_on, wanted.interval, today) > PERIODS_BEHIND_MAX:
        message = f"At most {PERIODS_BEHIND_MAX} periods can be billed afterwards; start later."
        raise OutOfRange(message, field=("startOn",), meta={"max": PERIODS_BEHIND_MAX})
    return first


async def _act(
    caller: Caller, subscription_id: UUID, action: str, act: Any, once: Once | None
) -> UUID:
    caller.require(SCOPE)

    async def acting() -> UUID:
        found = await _locked(caller, subscription_id)
        if found.status == CANCELED and action != "CANCEL":
            raise _is_over(action)
        await act(found)
        return found.id

    return await idempotency.run(caller, once, acting)


async def _locked(caller: Caller, subscription_id: UUID) -> BillingSubscription:
    found = BillingSubscription.filter(workspace_id=caller.workspace_id, id=subscription_id)
    subscription = await found.select_for_update(no_key=True).first()
    if subscription is None:
        raise not_found("id")
    return subscription


def _is_over(action: str) -> InvalidTransition:
    meta = {"from": CANCELED, "action": action, "allowed": []}
    return InvalidTransition("It is canceled for good; create a new one.", meta=meta)


async def _resume(caller: Caller, paused: BillingSubscription) -> None:
    [workspace] = await rows(
        "SELECT time_zone FROM workspaces WHERE workspace_id = $1 AND id = $1", caller.workspace_id
    )
    zone = workspace["time_zone"]
    index = first_after_pause(
        paused.start_on,
        paused.interval,
        paused.next_period,
        paused_on=local_date(paused.updated_at, zone),
        resumed_on=local_date(caller.now, zone),
    )
    next_one = period(paused.start_on, paused.interval, index)
    await _change(caller, paused, {"status": ACTIVE, **upcoming(next_one, zone)})


async def _change(caller: Caller, found: BillingSubscription, columns: dict[str, Any]) -> None:
    await change(found, {**columns, "updated_at": caller.now})
