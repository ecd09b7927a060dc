"""Events: what happened in a workspace, in the order in which it was committed."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from plans import sources
from plans.arguments import Given
from plans.filters import Bind, among, compared
from plans.rows import Row, column
from plans.sources import Order
from resolvers import events
from schema.connections import Connection
from schema.enums import enum_value
from schema.fields import argument, field, one, page, reads, scalar
from schema.filters import DateTimeFilter
from schema.nodes import Node
from schema.ordering import BY_CREATION, by
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.invoices.types import Invoice
    from schema.webhooks import WebhookDelivery


@strawberry.enum(
    description="What can happen: `invoice.paid` is INVOICE_PAID. Values may be added."
)
class EventType(Enum):
    """A noun and what became of it."""

    INVOICE_CREATED = enum_value("INVOICE_CREATED", description="A draft was made.")
    INVOICE_UPDATED = enum_value(
        "INVOICE_UPDATED", description="Something of it changed that no other type tells."
    )
    INVOICE_FINALIZED = enum_value(
        "INVOICE_FINALIZED", description="It was issued: it has its number now."
    )
    INVOICE_SENT = enum_value("INVOICE_SENT", description="The mail server took its mail.")
    INVOICE_VIEWED = enum_value(
        "INVOICE_VIEWED", description="Its pay page was opened for the first time."
    )
    INVOICE_PARTIALLY_PAID = enum_value(
        "INVOICE_PARTIALLY_PAID", description="Some of it was paid; more is due."
    )
    INVOICE_PAID = enum_value("INVOICE_PAID", description="Nothing is due any more.")
    INVOICE_PAYMENT_FAILED = enum_value(
        "INVOICE_PAYMENT_FAILED", description="A payment on it was declined."
    )
    INVOICE_PAST_DUE = enum_value(
        "INVOICE_PAST_DUE", description="Its due date passed with something still due."
    )
    INVOICE_VOIDED = enum_value("INVOICE_VOIDED", description="It was cancelled.")
    INVOICE_MARKED_UNCOLLECTIBLE = enum_value(
        "INVOICE_MARKED_UNCOLLECTIBLE", description="It was given up as lost."
    )
    INVOICE_RECOVERED = enum_value(
        "INVOICE_RECOVERED", description="Money came for it after it was given up."
    )
    INVOICE_FX_RATE_LOCKED = enum_value(
        "INVOICE_FX_RATE_LOCKED", description="Its exchange rate was fixed, right before issue."
    )
    INVOICE_INTEREST_POSTED = enum_value(
        "INVOICE_INTEREST_POSTED", description="Interest for late payment was added."
    )
    INVOICE_DELETED = enum_value("INVOICE_DELETED", description="The draft was deleted.")
    PAYMENT_SUCCEEDED = enum_value("PAYMENT_SUCCEEDED", description="Money came in.")
    PAYMENT_REFUNDED = enum_value("PAYMENT_REFUNDED", description="Money was given back.")
    CREDIT_NOTE_CREATED = enum_value("CREDIT_NOTE_CREATED", description="A credit note was issued.")
    CREDIT_NOTE_VOIDED = enum_value(
        "CREDIT_NOTE_VOIDED", description="A credit note was taken back."
    )
    CUSTOMER_CREATED = enum_value("CUSTOMER_CREATED", description="A customer was made.")
    CUSTOMER_UPDATED = enum_value("CUSTOMER_UPDATED", description="A customer changed.")


def _data(event: Row) -> str:
    """A failed payment in an invoice's event is there for who may read payments."""
    may_read_payments = (
        f"'{events.SUBJECTS['PAYMENT']}' = ANY ({event.caller('readable', 'text[]')})"
    )
    return f"CASE WHEN {may_read_payments} THEN {event.data} ELSE {event.data} - '{events.PAYMENT}' END"


def dotted(type_: str) -> str:
    """The name that a type has on a webhook and in the table: `credit_note.created`."""
    noun = events.subject_of(type_)
    return f"{noun}.{type_[len(noun) + 1 :]}".lower()


def told_to(event: Row) -> str:
    """SQL of whether the caller may read what an event is about, and so the event."""
    return subject_told_to(event, event.subject_id)


def subject_told_to(row: Row, subject_id: str) -> str:
    """The same for a row of any kind, and an event's subject in SQL."""
    customers, payments = events.SUBJECTS["CUSTOMER"], events.SUBJECTS["PAYMENT"]
    return (
        f"CASE split_part({subject_id}, '_', 1) WHEN 'cus' THEN '{customers}' "
        f"WHEN 'pay' THEN '{payments}' ELSE '{events.SCOPE}' END "
        f"= ANY ({row.caller('readable', 'text[]')})"
    )


@reads("events", "evt", events.SCOPE, visible=told_to)
@strawberry.type(
    description="A change, as it was when it was committed. Events are never changed or removed. "
    "Those about customers take CUSTOMERS_READ too, those about payments PAYMENTS_READ: without it "
    "they aren't there."
)
class Event(Node):
    """A row of events."""

    type: EventType = field(
        sources.Scalar(lambda event: f"upper(replace({event.type}, '.', '_'))", written=True),
        "What happened.",
    )
    name: str = scalar("type", "The same as webhooks call it: `invoice.paid`.")
    subject_id: strawberry.ID = scalar(
        "subject_id", "What it happened to; what is no more, such as a deleted draft, has no node."
    )
    invoice: Annotated["Invoice", strawberry.lazy("schema.invoices.types")] | None = one(
        "invoice_id", "The invoice that it is about, as it is now; null where it is about none."
    )
    data: JSON = scalar(
        _data,
        "The object as it was right after the change: fields by their names in this schema, "
        "amounts in minor units. Never internal notes. invoice.payment_failed holds the payment "
        "too, for those who may read payments.",
    )
    previous: JSON | None = scalar(
        "previous", "What of data was something else right before; null where nothing was before."
    )
    actor: str = scalar(
        "actor",
        "Who did it: an API key's id; `payer` on the pay page; `worker` or another process of ours.",
    )
    at: datetime = scalar("at", "When it happened, by the caller's time.")
    deliveries: Connection[Annotated["WebhookDelivery", strawberry.lazy("schema.webhooks")]] = page(
        "How it was sent to your webhook endpoints, the latest first.",
        BY_CREATION,
        points_here="event_id",
    )


@strawberry.input(description="Keeps events that satisfy every field given.")
class EventFilter:
    """Fields are joined by AND."""

    type: list[EventType] | None = strawberry.field(
        default=None, description="Of any of these types."
    )
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="Of this object.")
    at: DateTimeFilter | None = strawberry.field(default=None, description="By when they happened.")


def of_types(row: Row, given: Given, bind: Bind) -> str:
    """SQL of whether an event is of one of these types."""
    return among(row.type, given, bind, "text", lambda types: [dotted(one.value) for one in types])


def of_subject(row: Row, given: Given, bind: Bind) -> str:
    """SQL of whether an event is about this object."""
    return f"{row.subject_id} = {bind(given, 'text')}"


EVENT_ORDERS: dict[str, Order] = {"POSITION": by("position", "bigint")}
EVENT_CONDITIONS = {
    "filter": {
        "type": of_types,
        "subjectId": of_subject,
        "at": compared(column("at"), "timestamptz"),
    }
}
EVENT_ARGUMENTS = argument("filter", EventFilter | None, "Which events; all where left out.")
