"""Customers: whom invoices go to."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from plans.arguments import Given
from plans.filters import Bind
from plans.rows import Row
from schema.addresses import Address
from schema.connections import Connection
from schema.fields import json_object, page, reads, scalar
from schema.filters import containing
from schema.invoices.filters import INVOICE_ARGUMENTS, INVOICE_CONDITIONS, INVOICE_ORDERS
from schema.matters import Matter
from schema.nodes import Node
from schema.ordering import BY_CREATION
from schema.scalars import CurrencyCode, Metadata, TimeZone

if TYPE_CHECKING:
    from schema.invoices.types import Invoice


@strawberry.enum(description="Whether a customer has agreed to be sent invoices by e-mail.")
class EmailConsent(Enum):
    """Only GRANTED lets mail out."""

    UNKNOWN = strawberry.enum_value("UNKNOWN", description="Never asked: nothing is mailed.")
    GRANTED = strawberry.enum_value("GRANTED", description="Agreed: invoices can be mailed.")
    WITHDRAWN = strawberry.enum_value(
        "WITHDRAWN", description="Taken back: nothing is mailed, not even what was queued."
    )


@strawberry.enum(description="How sales to a customer are taxed.")
class TaxTreatment(Enum):
    """What automatic taxes follow."""

    STANDARD = strawberry.enum_value("STANDARD", description="By the rates of their address.")
    EXEMPT = strawberry.enum_value("EXEMPT", description="Exempt: automatic taxes are 0%.")
    REVERSE_CHARGE = strawberry.enum_value(
        "REVERSE_CHARGE", description="The customer accounts for the tax; both tax ids are needed."
    )


@reads("customers", "cus", "CUSTOMERS_READ")
@strawberry.type(description="Whom invoices go to, as they are now.")
class Customer(Node):
    """An issued invoice keeps its own snapshot of its customer."""

    version: int = scalar("version", "Goes up by one on every change; send it as expectedVersion.")
    name: str = scalar("name", "A person's or a company's name.")
    email: str | None = scalar("email", "Where invoices are sent.")
    email_consent: EmailConsent = scalar("email_consent", "Whether they may be sent there.")
    email_consent_at: datetime | None = scalar(
        "email_consent_at", "When that was last said; null while UNKNOWN."
    )
    currency: CurrencyCode | None = scalar(
        "currency", "What their invoices are in by default; null: the workspace's currency."
    )
    locale: str | None = scalar(
        "locale", "A language tag, such as `de-AT`, for pages, documents and mail to them."
    )
    time_zone: TimeZone | None = scalar("time_zone", "Their time zone, for times shown to them.")
    address: Address | None = json_object("address", "Their postal address.")
    tax_id: str | None = scalar("tax_id", "Their tax id, such as ATU12345675.")
    tax_treatment: TaxTreatment = scalar("tax_treatment", "How sales to them are taxed.")
    payment_terms_days: int | None = scalar(
        "payment_terms_days",
        "Days from issue to due date for them; 0 is due on receipt; null: the workspace's.",
    )
    archived_at: datetime | None = scalar(
        "archived_at", "Since when no new invoice can go to them; null while active."
    )
    metadata: Metadata = scalar("metadata", "Your own notes on them.")
    matters: Connection[Matter] = page(
        "Their matters, newest first.", BY_CREATION, points_here="customer_id"
    )
    invoices: Connection[Annotated["Invoice", strawberry.lazy("schema.invoices.types")]] = page(
        "Their invoices.",
        INVOICE_ORDERS,
        points_here="customer_id",
        conditions=INVOICE_CONDITIONS,
        arguments=INVOICE_ARGUMENTS,
    )
    created_at: datetime = scalar("created_at", "When they were made.")
    updated_at: datetime = scalar("updated_at", "When they last changed.")


def _found(row: Row, given: Given, bind: Bind) -> str:
    pattern = bind(given, "text", containing)
    return f"({row.name} ILIKE {pattern} OR {row.email} ILIKE {pattern})"


def _archived(row: Row, given: Given, _: Bind) -> str:
    return "true" if given.example else f"{row.archived_at} IS NULL"


CUSTOMER_CONDITIONS = {"search": _found, "includeArchived": _archived}
