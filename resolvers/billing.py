"""Billing: each period of a subscription becomes one invoice, in one transaction with going on to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.calendar import local_date, start_of_day
from domain.errors import Refused
from domain.recurring import Period, period, retry_at
from models.billing_subscriptions import BillingSubscription
from models.connections import rows
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.workspaces import Workspace
from models.writes import change
from resolvers import subscription_lines
from resolvers.billing_subscriptions import upcoming
from resolvers.callers import Caller, system
from resolvers.invoices import InvoiceInput
from resolvers.invoices.composing import ISSUING, SENDING
from resolvers.invoices.drafts import draft_new
from resolvers.invoices.finalizing import issue_new

Clocks = Mapping[UUID, datetime]

ACTOR = "worker"
ERROR_LENGTH_MAX = 1000
JUDGED = {"ISSUE": ISSUING, "SEND": SENDING}


@dataclass(frozen=True, slots=True)
class Turn:
    """A subscription whose turn it was, with the period to bill; `fault` is why it could not be."""

    workspace_id: UUID
    subscription_id: UUID
    due: Period
    fault: Exception | None = None


async def bill_next(now: datetime, clocks: Clocks) -> Turn | None:
    """Bills the oldest due period of a subscription that nobody else has in hand; None where none is.

    `now` is the clock's; workspaces among `clocks` live in a test clock's time. The invoice and the
    step to the next period are one transaction, so a worker may be killed at any point, and any
    number of them may work: no period is lost or billed twice (rules: Recurring). What is refused
    is kept on the subscription and tried again later; its later periods wait for it. Raises what
    reaching the database does.
    """
    turns: list[Turn] = []

    async def act() -> None:
        turns.clear()
        for subscription in await _claimed(now, clocks):
            due = period(subscription.start_on, subscription.interval, subscription.next_period)
            turns.append(Turn(subscription.workspace_id, subscription.id, due))
            await _bill(subscription, due, clocks.get(subscription.workspace_id, now), now)

    try:
        await transaction(EVERY_WORKSPACE, act)
    except Exception as fault:
        if not turns:
            raise
        [turn] = turns
        await _put_off(turn, clocks.get(turn.workspace_id, now), fault)
        return Turn(turn.workspace_id, turn.subscription_id, turn.due, fault)
    return turns[0] if turns else None


# As for jobs: clocks come as values, the latest of them is for the index.
_CLAIM = """
SELECT s.workspace_id, s.id
FROM billing_subscriptions s LEFT JOIN unnest($2::uuid[], $3::timestamptz[])
    AS clock(workspace_id, now) ON clock.workspace_id = s.workspace_id
WHERE s.status = 'ACTIVE' AND s.next_run_at <= $4 AND s.next_run_at <= coalesce(clock.now, $1)
ORDER BY s.next_run_at, s.id LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED
"""


async def _claimed(now: datetime, clocks: Clocks) -> list[BillingSubscription]:
    times = (now, list(clocks), list(clocks.values()), max((now, *clocks.values())))
    return [await BillingSubscription.filter(**found).get() for found in await rows(_CLAIM, *times)]


async def _bill(
    subscription: BillingSubscription, due: Period, there: datetime, now: datetime
) -> None:
    workspace = await _workspace(subscription.workspace_id)
    following = period(subscription.start_on, subscription.interval, due.index + 1)
    columns = {**upcoming(following, workspace.time_zone), "last_error": None}
    await change(subscription, columns)
    caller = system(workspace.id, workspace.mode, there, ACTOR).at(there, now)
    await _make(caller, subscription, due, local_date(there, workspace.time_zone))


async def _make(
    caller: Caller, subscription: BillingSubscription, due: Period, today: date
) -> None:
    """The invoice of a period; that there is none of it yet, the database is sure of."""
    wanted = InvoiceInput(
        customer_id=subscription.customer_id,
        lines=subscription_lines.for_period(subscription.lines, due),
        currency=subscription.currency,
        due_date=today + timedelta(days=subscription.payment_terms_days),
    )
    origin = {"subscription_id": subscription.id, "subscription_period": due.index}
    if subscription.action == "DRAFT":
        await draft_new(caller, wanted, **origin)
    else:
        await issue_new(caller, wanted, JUDGED[subscription.action], **origin)


async def _put_off(turn: Turn, there: datetime, fault: Exception) -> None:
    """Keeps why a period was not billed, unless it was billed or stopped meanwhile."""

    async def act() -> None:
        workspace = await _workspace(turn.workspace_id)
        due_at = start_of_day(turn.due.start, workspace.time_zone)
        await rows(
            "UPDATE billing_subscriptions SET last_error = $4, next_run_at = $5 "
            "WHERE workspace_id = $1 AND id = $2 AND next_period = $3 AND status = 'ACTIVE'",
            *(turn.workspace_id, turn.subscription_id, turn.due.index),
            *(_told(fault), retry_at(due_at, there)),
        )

    await transaction(turn.workspace_id, act)


async def _workspace(workspace_id: UUID) -> Workspace:
    return await Workspace.filter(workspace_id=workspace_id, id=workspace_id).get()


def _told(fault: Exception) -> str:
    """What the subscription's owner can act on; what went wrong here is for the log."""
    if isinstance(fault, Refused):
        shown = "; ".join(f"{one.code}: {one.message}" for one in fault.refusals)
        return shown[:ERROR_LENGTH_MAX]
    return "Something went wrong on our side; it is tried again."
