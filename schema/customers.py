"""Customers: whom invoices go to."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from plans.arguments import Given
from plans.filters import Bind
from plans.rows import Row, column
from plans.sources import ManyParts
from resolvers import customers
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.addresses import Address, AddressInput
from schema.connections import Connection
from schema.enums import enum_value
from schema.fields import computed, field, json_object, many, page, read_back, reads, scalar
from schema.filters import containing
from schema.inputs import INPUT, KEY_DESCRIPTION, VERSION_DESCRIPTION
from schema.invoices.filters import INVOICE_ARGUMENTS, INVOICE_CONDITIONS, INVOICE_ORDERS
from schema.matters import Matter
from schema.money import Money
from schema.nodes import Node
from schema.ordering import BY_CREATION
from schema.payloads import Outcome, Payload, changes, outcome, perform, uuid_of
from schema.payment_methods import PaymentMethod
from schema.payments import CREDIT_ACCOUNTS, unspent
from schema.scalars import CurrencyCode, Metadata, TimeZone

if TYPE_CHECKING:
    from schema.invoices.types import Invoice


@strawberry.enum(description="Whether a customer has agreed to be sent invoices by e-mail.")
class EmailConsent(Enum):
    """Only GRANTED lets mail out."""

    UNKNOWN = enum_value("UNKNOWN", description="Never asked: nothing is mailed.")
    GRANTED = enum_value("GRANTED", description="Agreed: invoices can be mailed.")
    WITHDRAWN = enum_value(
        "WITHDRAWN", description="Taken back: nothing is mailed, not even what was queued."
    )


@strawberry.enum(description="How sales to a customer are taxed.")
class TaxTreatment(Enum):
    """What automatic taxes follow."""

    STANDARD = enum_value("STANDARD", description="By the rates of their address.")
    EXEMPT = enum_value("EXEMPT", description="Exempt: automatic taxes are 0%.")
    REVERSE_CHARGE = enum_value(
        "REVERSE_CHARGE", description="The customer accounts for the tax; both tax ids are needed."
    )


@reads("customers", "cus", "CUSTOMERS_READ", "id")
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
    credit_balances: list[Money] = field(
        ManyParts(
            CREDIT_ACCOUNTS,
            "customer_id",
            "currency",
            {"minor": unspent, "currency": column("currency")},
            lambda account: f"{unspent(account)} > 0",
        ),
        "Their unspent credit, one entry a currency; their next invoice in it takes it by itself.",
    )
    payment_methods: list[PaymentMethod] = many(
        "customer_id", "id", "What they pay with, the oldest first."
    )
    created_at: datetime = scalar("created_at", "When they were made.")
    updated_at: datetime = scalar("updated_at", "When they last changed.")


def _found(row: Row, given: Given, bind: Bind) -> str:
    pattern = bind(given, "text", containing)
    return f"({row.name} ILIKE {pattern} OR {row.email} ILIKE {pattern})"


def _archived(row: Row, given: Given, _: Bind) -> str:
    return "true" if given.example else f"{row.archived_at} IS NULL"


CUSTOMER_CONDITIONS = {"search": _found, "includeArchived": _archived}


@strawberry.input(description="A new customer.")
class CustomerCreateInput:
    """Only the name is needed."""

    name: str = strawberry.field(description="A person's or a company's name.")
    email: str | None = strawberry.field(default=None, description="Where to send invoices.")
    email_consent: EmailConsent | None = strawberry.field(
        default=EmailConsent.UNKNOWN, description="Whether they agreed to that."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="What their invoices are in by default."
    )
    locale: str | None = strawberry.field(
        default=None, description="A language tag, such as `de-AT`."
    )
    time_zone: TimeZone | None = strawberry.field(default=None, description="Their time zone.")
    address: AddressInput | None = strawberry.field(default=None, description="Their address.")
    tax_id: str | None = strawberry.field(default=None, description="Their tax id.")
    tax_treatment: TaxTreatment | None = strawberry.field(
        default=TaxTreatment.STANDARD, description="How sales to them are taxed."
    )
    payment_terms_days: int | None = strawberry.field(
        default=None, description="Days from issue to due date; 0 is due on receipt."
    )
    metadata: Metadata | None = strawberry.field(default=None, description="Your own notes.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="What to change of a customer: only fields given; null clears.")
class CustomerUpdateInput:
    """Absent, null and a value are three different things."""

    id: strawberry.ID = strawberry.field(description="The customer.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION_DESCRIPTION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Their name.")
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where to send invoices."
    )
    email_consent: EmailConsent | None = strawberry.field(
        default=strawberry.UNSET, description="Whether they agree; WITHDRAWN stops queued mail too."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET, description="What their invoices are in by default."
    )
    locale: str | None = strawberry.field(
        default=strawberry.UNSET, description="A language tag, such as `de-AT`."
    )
    time_zone: TimeZone | None = strawberry.field(
        default=strawberry.UNSET, description="Their time zone."
    )
    address: AddressInput | None = strawberry.field(
        default=strawberry.UNSET, description="Their whole address."
    )
    tax_id: str | None = strawberry.field(default=strawberry.UNSET, description="Their tax id.")
    tax_treatment: TaxTreatment | None = strawberry.field(
        default=strawberry.UNSET, description="How sales to them are taxed."
    )
    payment_terms_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="Days from issue to due date; 0 is due on receipt."
    )
    metadata: Metadata | None = strawberry.field(
        default=strawberry.UNSET, description="Your own notes, all of them: they are replaced."
    )


@strawberry.input(description="Which customer to archive.")
class CustomerArchiveInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The customer.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION_DESCRIPTION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What customerCreate answers.")
class CustomerCreatePayload(Payload):
    """The new customer."""

    customer: Customer | None = read_back("The new customer; null where refused.")


@strawberry.type(description="What customerUpdate answers.")
class CustomerUpdatePayload(Payload):
    """The changed customer."""

    customer: Customer | None = read_back("The customer after the change; null where refused.")


@strawberry.type(description="What customerArchive answers.")
class CustomerArchivePayload(Payload):
    """The archived customer."""

    customer: Customer | None = read_back("The archived customer; null where refused.")


@strawberry.type
class CustomerMutations:
    """What can be done to customers."""

    @computed(description="Create a customer.", takes="CUSTOMERS_WRITE")
    async def customer_create(
        self, info: strawberry.Info, input: Annotated[CustomerCreateInput, INPUT]
    ) -> CustomerCreatePayload | None:
        """Creates a customer."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            given = changes(input, "idempotency_key")
            return outcome({"customer": await customers.create(caller, given, once=once)})

        return await perform(info, CustomerCreatePayload, input, act)

    @computed(
        description="Change a customer. Issued invoices keep the customer as they were.",
        takes="CUSTOMERS_WRITE",
    )
    async def customer_update(
        self, info: strawberry.Info, input: Annotated[CustomerUpdateInput, INPUT]
    ) -> CustomerUpdatePayload | None:
        """Changes a customer."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            changed = await customers.update(
                caller,
                uuid_of("cus", input.id),
                changes(input, "id", "expected_version", "idempotency_key"),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"customer": changed})

        return await perform(info, CustomerUpdatePayload, input, act)

    @computed(
        description="Archive a customer: no new invoices go to them, old ones stay as they are.",
        takes="CUSTOMERS_WRITE",
    )
    async def customer_archive(
        self, info: strawberry.Info, input: Annotated[CustomerArchiveInput, INPUT]
    ) -> CustomerArchivePayload | None:
        """Archives a customer."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            archived = await customers.archive(
                caller,
                uuid_of("cus", input.id),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"customer": archived})

        return await perform(info, CustomerArchivePayload, input, act)
