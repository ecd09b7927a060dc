"""Billing subscriptions: what makes one invoice for each period."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import billing_subscriptions
from resolvers.billing_subscriptions import SubscriptionInput
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.connections import Connection
from schema.enums import enum_value
from schema.fields import computed, one, page, read_back, reads, scalar
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.invoices.filters import INVOICE_ORDERS
from schema.invoices.inputs import LineItemInput, line_draft
from schema.nodes import Node
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of
from schema.scalars import JSON, CurrencyCode

if TYPE_CHECKING:
    from schema.customers import Customer
    from schema.invoices.types import Invoice


@strawberry.enum(description="Whether a subscription bills.")
class BillingSubscriptionStatus(Enum):
    """The stored statuses."""

    ACTIVE = enum_value("ACTIVE", description="Each period is billed when it begins.")
    PAUSED = enum_value("PAUSED", description="Periods that begin meanwhile are not billed.")
    CANCELED = enum_value("CANCELED", description="Ended for good.")


@strawberry.enum(description="How long a period is.")
class BillingInterval(Enum):
    """Counted from the day of the start."""

    WEEK = enum_value("WEEK", description="Seven days.")
    MONTH = enum_value(
        "MONTH",
        description="To the same day of the next month, or its last day: 31 Jan, 28 Feb, 31 Mar.",
    )
    QUARTER = enum_value("QUARTER", description="Three months, counted in the same way.")
    YEAR = enum_value("YEAR", description="Twelve months, counted in the same way.")


@strawberry.enum(description="What becomes of each period's invoice.")
class RecurringAction(Enum):
    """What the worker does with it."""

    DRAFT = enum_value("DRAFT", description="It is left as a draft, for you to look at.")
    ISSUE = enum_value("ISSUE", description="It goes live without mail.")
    SEND = enum_value("SEND", description="It goes live and is mailed.")


@reads("billing_subscriptions", "bs", "INVOICES_READ", "customer_id")
@strawberry.type(
    description="Makes one invoice for each period, on the period's first day in the workspace's time "
    "zone. However often the worker stops, no period is lost and none billed twice."
)
class BillingSubscription(Node):
    """A row of billing_subscriptions."""

    status: BillingSubscriptionStatus = scalar("status", "Whether it bills.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = one(
        "customer_id", "Whom it bills."
    )
    interval: BillingInterval = scalar("interval", "How long its periods are.")
    action: RecurringAction = scalar("action", "What becomes of each invoice.")
    currency: CurrencyCode = scalar("currency", "What its invoices are in.")
    lines: JSON = scalar("lines", "The lines of each invoice, as LineItemInput names their fields.")
    start_on: date = scalar("start_on", "The first day of its first period.")
    next_period_start: date | None = scalar(
        "next_period_on", "When the next period to bill begins; null unless ACTIVE."
    )
    last_error: str | None = scalar(
        "last_error",
        "Why the last try to bill the next period was refused, such as `EMAIL_MISSING: …`; it is "
        "tried again by itself, at least once an hour. Null where all is well.",
    )
    payment_terms_days: int = scalar(
        "payment_terms_days", "Within how many days of its issue each invoice is due."
    )
    invoices: Connection[Annotated["Invoice", strawberry.lazy("schema.invoices.types")]] = page(
        "What it has billed, the latest first.", INVOICE_ORDERS, points_here="subscription_id"
    )
    canceled_at: datetime | None = scalar("canceled_at", "When it was canceled.")
    created_at: datetime = scalar("created_at", "When it was made.")


@strawberry.input(description="A new billing subscription.")
class BillingSubscriptionCreateInput:
    """What each invoice holds, and when."""

    customer_id: strawberry.ID = strawberry.field(description="Whom to bill.")
    interval: BillingInterval = strawberry.field(description="How long a period is.")
    action: RecurringAction = strawberry.field(
        default=RecurringAction.SEND, description="What becomes of each invoice."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="The customer's, else the workspace's, where left out."
    )
    lines: list[LineItemInput] = strawberry.field(
        description="The lines of each invoice. Their periodStart and periodEnd are left out: each "
        "invoice's lines carry the period that it bills."
    )
    start_on: date = strawberry.field(
        description="The first day of the first period; the day of month that later ones start on. "
        "In the past, the periods since are billed at once, 600 at most."
    )
    payment_terms_days: int | None = strawberry.field(
        default=None,
        description="Within how many days each invoice is due; the customer's, else the workspace's, "
        "where left out.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which subscription to pause.")
class BillingSubscriptionPauseInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The subscription.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which subscription to resume.")
class BillingSubscriptionResumeInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The subscription.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which subscription to cancel.")
class BillingSubscriptionCancelInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The subscription.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What billingSubscriptionCreate answers.")
class BillingSubscriptionCreatePayload(Payload):
    """The new subscription."""

    billing_subscription: BillingSubscription | None = read_back("The new one; null where refused.")


@strawberry.type(description="What billingSubscriptionPause answers.")
class BillingSubscriptionPausePayload(Payload):
    """The paused subscription."""

    billing_subscription: BillingSubscription | None = read_back(
        "The subscription after it; null where refused."
    )


@strawberry.type(description="What billingSubscriptionResume answers.")
class BillingSubscriptionResumePayload(Payload):
    """The resumed subscription."""

    billing_subscription: BillingSubscription | None = read_back(
        "The subscription after it; null where refused."
    )


@strawberry.type(description="What billingSubscriptionCancel answers.")
class BillingSubscriptionCancelPayload(Payload):
    """The canceled subscription."""

    billing_subscription: BillingSubscription | None = read_back(
        "The subscription after it; null where refused."
    )


@strawberry.type
class BillingSubscriptionMutations:
    """What can be done to billing subscriptions."""

    @computed(
        description="Bill a customer for each period from now on. The first invoice is made within "
        "seconds where its period has begun.",
        takes="INVOICES_WRITE",
    )
    async def billing_subscription_create(
        self, info: strawberry.Info, input: Annotated[BillingSubscriptionCreateInput, INPUT]
    ) -> BillingSubscriptionCreatePayload | None:
        """Creates a subscription."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            wanted = SubscriptionInput(
                customer_id=uuid_of("cus", input.customer_id),
                interval=input.interval.value,
                lines=tuple(map(line_draft, input.lines)),
                start_on=input.start_on,
                action=input.action.value,
                currency=input.currency,
                payment_terms_days=input.payment_terms_days,
            )
            made = await billing_subscriptions.create(caller, wanted, once=once)
            return outcome({"billing_subscription": made})

        return await perform(info, BillingSubscriptionCreatePayload, input, act)

    @computed(
        description="Stop billing for a while. Periods that begin before it is resumed are not "
        "billed, then or later.",
        takes="INVOICES_WRITE",
    )
    async def billing_subscription_pause(
        self, info: strawberry.Info, input: Annotated[BillingSubscriptionPauseInput, INPUT]
    ) -> BillingSubscriptionPausePayload | None:
        """Pauses a subscription."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            paused = await billing_subscriptions.pause(caller, uuid_of("bs", input.id), once=once)
            return outcome({"billing_subscription": paused})

        return await perform(info, BillingSubscriptionPausePayload, input, act)

    @computed(
        description="Go on with the first period that begins today or later. An ACTIVE one with a "
        "lastError is tried again at once.",
        takes="INVOICES_WRITE",
    )
    async def billing_subscription_resume(
        self, info: strawberry.Info, input: Annotated[BillingSubscriptionResumeInput, INPUT]
    ) -> BillingSubscriptionResumePayload | None:
        """Resumes a subscription."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            resumed = await billing_subscriptions.resume(caller, uuid_of("bs", input.id), once=once)
            return outcome({"billing_subscription": resumed})

        return await perform(info, BillingSubscriptionResumePayload, input, act)

    @computed(
        description="End a subscription for good. Its invoices stay as they are.",
        takes="INVOICES_WRITE",
    )
    async def billing_subscription_cancel(
        self, info: strawberry.Info, input: Annotated[BillingSubscriptionCancelInput, INPUT]
    ) -> BillingSubscriptionCancelPayload | None:
        """Cancels a subscription."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            ended = await billing_subscriptions.cancel(caller, uuid_of("bs", input.id), once=once)
            return outcome({"billing_subscription": ended})

        return await perform(info, BillingSubscriptionCancelPayload, input, act)
