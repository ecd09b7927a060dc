"""How lists of invoices are filtered and ordered."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import orjson
import strawberry

from domain.identifiers import decode_id
from plans.arguments import Given
from plans.filters import Bind, Condition, among, any_of, compared, ids, matched
from plans.rows import Row, column
from plans.sources import Order
from schema.enums import enum_value
from schema.fields import argument
from schema.filters import (
    DateTimeFilter,
    MetadataFilter,
    MinorUnitsFilter,
    StringFilter,
    containing,
)
from schema.invoices.statuses import InvoiceStatusFilter, overdue
from schema.ordering import BY_CREATION, OrderDirection, by
from schema.scalars import CurrencyCode

DERIVED_STATUSES = ("OVERDUE", "PAST_DUE")


@strawberry.input(
    description="Keeps invoices that satisfy every field given; a list means any of it."
)
class InvoiceFilter:
    """Fields are joined by AND."""

    status: list[InvoiceStatusFilter] | None = strawberry.field(
        default=None, description="Any of these statuses."
    )
    customer_id: list[strawberry.ID] | None = strawberry.field(
        default=None, description="To any of these customers."
    )
    matter_id: list[strawberry.ID] | None = strawberry.field(
        default=None, description="About any of these matters."
    )
    subscription_id: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Made by any of these billing subscriptions."
    )
    currency: list[CurrencyCode] | None = strawberry.field(
        default=None, description="In any of these currencies."
    )
    number: StringFilter | None = strawberry.field(
        default=None, description="By number; drafts have none."
    )
    total: MinorUnitsFilter | None = strawberry.field(default=None, description="By total.")
    amount_due: MinorUnitsFilter | None = strawberry.field(
        default=None, description="By what is still due."
    )
    due_at: DateTimeFilter | None = strawberry.field(default=None, description="By due instant.")
    issued_at: DateTimeFilter | None = strawberry.field(
        default=None, description="By issue instant."
    )
    created_at: DateTimeFilter | None = strawberry.field(
        default=None, description="By when they were made."
    )
    updated_at: DateTimeFilter | None = strawberry.field(
        default=None, description="By when they last changed."
    )
    paid_at: DateTimeFilter | None = strawberry.field(
        default=None, description="By when they were paid."
    )
    metadata: list[MetadataFilter] | None = strawberry.field(
        default=None, description="All of these keys with these values."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Text in the number, the customer's name or a line, letter case aside.",
    )


@strawberry.enum(description="What invoices can be ordered by. Ties are ordered by creation.")
class InvoiceOrderField(Enum):
    """Each is backed by an index."""

    CREATED_AT = enum_value("CREATED_AT", description="When they were made.")
    ISSUED_AT = enum_value(
        "ISSUED_AT", description="When they were issued; drafts count as newest."
    )
    DUE_AT = enum_value("DUE_AT", description="When they are due.")
    UPDATED_AT = enum_value("UPDATED_AT", description="When they last changed.")
    NUMBER = enum_value(
        "NUMBER", description="In the order of their numbers; drafts count as last."
    )
    TOTAL = enum_value("TOTAL", description="By total in minor units.")
    AMOUNT_DUE = enum_value("AMOUNT_DUE", description="By what is due in minor units.")


@strawberry.input(description="How to order invoices.")
class InvoiceOrder:
    """A field and a direction."""

    field: InvoiceOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Up or down; down where left out."
    )


INVOICE_ORDERS: Mapping[str, Order] = {
    **BY_CREATION,
    "ISSUED_AT": by(
        lambda row: f"coalesce({row.issued_at}, 'infinity'::timestamptz)", "timestamptz"
    ),
    "DUE_AT": by("due_at", "timestamptz"),
    "UPDATED_AT": by("updated_at", "timestamptz"),
    "NUMBER": Order(
        (
            (lambda row: f"coalesce({row.number_period}, '~') COLLATE \"C\"", "text"),
            (lambda row: f"coalesce({row.number_sequence}, {2**63 - 1})", "bigint"),
        )
    ),
    "TOTAL": by("total_minor", "bigint"),
    "AMOUNT_DUE": by("amount_due_minor", "bigint"),
}


def _stored(values: list[Any]) -> list[str]:
    return [value.value for value in values if value.value not in DERIVED_STATUSES]


def _status(row: Row, given: Given, bind: Bind) -> str:
    """Stored values match the stored status, the derived one what it is derived from."""
    derived = any(value.value in DERIVED_STATUSES for value in given.example)
    if not _stored(given.example):
        return overdue(row) if derived else "false"
    stored = among(row.status, given, bind, "text", _stored)
    return f"({stored} OR {overdue(row)})" if derived else stored


def _metadata(row: Row, given: Given, bind: Bind) -> str:
    pairs = bind(given, "jsonb[]", lambda wanted: [_pair(item) for item in wanted])
    return f"{row.metadata} @> ALL ({pairs})"


def _pair(item: Mapping[str, str]) -> str:
    return orjson.dumps({item["key"]: item["value"]}).decode()


def _search(row: Row, given: Given, bind: Bind) -> str:
    pattern = bind(given, "text", containing)
    customer = (
        f"EXISTS (SELECT FROM customers c WHERE c.workspace_id = {row.workspace} "
        f"AND c.id = {row.customer_id} AND c.name ILIKE {pattern})"
    )
    line = (
        f"EXISTS (SELECT FROM line_items l WHERE l.workspace_id = {row.workspace} "
        f"AND l.invoice_id = {row.id} AND (l.description ILIKE {pattern} OR l.code ILIKE {pattern}))"
    )
    return f"({row.number} ILIKE {pattern} OR {customer} OR {line})"


FILTER: Mapping[str, Condition] = {
    "status": _status,
    "customerId": ids("cus", column("customer_id"), decode_id),
    "matterId": ids("mat", column("matter_id"), decode_id),
    "subscriptionId": ids("bs", column("subscription_id"), decode_id),
    "currency": any_of(column("currency")),
    "number": matched(column("number")),
    "total": compared(column("total_minor"), "bigint"),
    "amountDue": compared(column("amount_due_minor"), "bigint"),
    "dueAt": compared(column("due_at"), "timestamptz"),
    "issuedAt": compared(column("issued_at"), "timestamptz"),
    "createdAt": compared(column("created_at"), "timestamptz"),
    "updatedAt": compared(column("updated_at"), "timestamptz"),
    "paidAt": compared(column("paid_at"), "timestamptz"),
    "metadata": _metadata,
    "search": _search,
}

INVOICE_CONDITIONS = {"filter": FILTER}
INVOICE_ARGUMENTS = {
    **argument("filter", InvoiceFilter | None, "Which invoices; all where left out."),
    **argument("order_by", InvoiceOrder | None, "In which order; newest first."),
}
