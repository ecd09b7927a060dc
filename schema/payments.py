"""Payments: money that came in, what it pays, and what of it went back."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.allocations import Part
from domain.identifiers import decode_id
from plans.filters import Condition, any_of, compared, ids
from plans.rows import Row, column
from plans.sources import Table
from resolvers import payments
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.payments import MoneyIn
from schema.connections import Connection
from schema.enums import enum_value
from schema.fields import (
    argument,
    by_id,
    computed,
    many,
    money,
    one,
    page,
    read_back,
    reads,
    scalar,
)
from schema.filters import DateTimeFilter
from schema.gateways import gateways_of
from schema.inputs import INPUT, KEY_DESCRIPTION, VERSION_DESCRIPTION
from schema.money import Money
from schema.nodes import Node
from schema.ordering import BY_CREATION
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of
from schema.payment_methods import PaymentMethodType
from schema.scalars import CurrencyCode, MinorUnits

if TYPE_CHECKING:
    from schema.customers import Customer
    from schema.invoices.types import Invoice

SCOPE = "PAYMENTS_READ"


@strawberry.enum(description="How far a payment has come.")
class PaymentStatus(Enum):
    """REFUNDED and PARTIALLY_REFUNDED have succeeded before."""

    PENDING = enum_value(
        "PENDING",
        description="Not decided yet: the payer or the bank has to act, or the gateway's answer is "
        "awaited. It becomes SUCCEEDED or FAILED by itself.",
    )
    SUCCEEDED = enum_value("SUCCEEDED", description="The money is there.")
    FAILED = enum_value("FAILED", description="Nothing was charged; see failureCode.")
    REFUNDED = enum_value("REFUNDED", description="All of it went back to the payer.")
    PARTIALLY_REFUNDED = enum_value(
        "PARTIALLY_REFUNDED", description="Some of it went back to the payer."
    )


def _payer(allocation: Row) -> str:
    return (
        f"(SELECT p.customer_id FROM payments p WHERE p.workspace_id = {allocation.workspace} "
        f"AND p.id = {allocation.payment_id})"
    )


@reads("payment_allocations", "", SCOPE, _payer)
@strawberry.type(
    description="What a payment pays of one invoice; what it would have, where it failed."
)
class PaymentAllocation:
    """A part of a payment."""

    invoice: Annotated["Invoice", strawberry.lazy("schema.invoices.types")] = one(
        "invoice_id", "The invoice that it is for."
    )
    amount: Money = money("amount_minor", "How much of the payment went there.")


@reads("payments", "pay", SCOPE, "customer_id")
@strawberry.type(
    description="Money of a customer: charged through the gateway, or recorded as it came."
)
class Payment(Node):
    """What exceeded its invoices became the customer's credit."""

    status: PaymentStatus = scalar("status", "How far it has come.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = one(
        "customer_id", "Who paid, or was to pay."
    )
    amount: Money = money("amount_minor", "What was paid, without the fee.")
    fee: Money = money("fee_minor", "Payer's surcharge on top; never part of amount.")
    amount_refunded: Money = money("amount_refunded_minor", "What of it went back to the payer.")
    amount_overpaid: Money = money(
        "amount_overpaid_minor",
        "What exceeded the invoices and went to the customer's credit balance.",
    )
    allocations: list[PaymentAllocation] = many(
        "payment_id", "position", "What it pays of which invoice, in order."
    )
    method: PaymentMethodType = scalar("method", "How it was paid.")
    gateway: str | None = scalar(
        "gateway", "The gateway that charged it, such as `stripe`; null where it was recorded."
    )
    gateway_reference: str | None = scalar("gateway_reference", "What the gateway calls it.")
    next_action_url: str | None = scalar(
        "next_action_url",
        "Where to send the payer while it is PENDING: the page where their bank has them approve it.",
    )
    reference: str | None = scalar("reference", "Your own reference, where it was recorded.")
    failure_code: str | None = scalar(
        "failure_code", "Why it FAILED, in the gateway's words: `card_declined`."
    )
    failure_message: str | None = scalar("failure_message", "The same for the payer to read.")
    received_at: datetime | None = scalar(
        "received_at", "When the money came; null while it has not."
    )
    created_at: datetime = scalar("created_at", "When it was begun or recorded.")


def of_invoice(payment: Row, invoice: Row) -> str:
    """Whether a payment pays of an invoice, or would have."""
    return (
        f"{payment.id} IN (SELECT a.payment_id FROM payment_allocations a "
        f"WHERE a.workspace_id = {payment.workspace} AND a.invoice_id = {invoice.id})"
    )


CREDIT_ACCOUNTS = Table("ledger_accounts", "", SCOPE, column("customer_id"))
"""Those that a customer owns are their credit, one a currency."""


def unspent(account: Row) -> str:
    """What is left of a customer's credit."""
    return f"({account.credits_minor} - {account.debits_minor})"


@strawberry.input(
    description="Keeps payments that satisfy every field given; a list means any of it."
)
class PaymentFilter:
    """Fields are joined by AND."""

    status: list[PaymentStatus] | None = strawberry.field(
        default=None, description="Any of these statuses."
    )
    customer_id: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of any of these customers."
    )
    created_at: DateTimeFilter | None = strawberry.field(
        default=None, description="By when they were begun or recorded."
    )


_FILTER: Mapping[str, Condition] = {
    "status": any_of(column("status")),
    "customerId": ids("cus", column("customer_id"), decode_id),
    "createdAt": compared(column("created_at"), "timestamptz"),
}


@strawberry.type
class PaymentQueries:
    """What can be read of payments."""

    payment: Payment | None = by_id("A payment.")
    payments: Connection[Payment] | None = page(
        "Payments, newest first.",
        BY_CREATION,
        conditions={"filter": _FILTER},
        arguments=argument("filter", PaymentFilter | None, "Which payments; all where left out."),
    )


@strawberry.input(description="Which invoice to charge for.")
class InvoicePayInput:
    """The card is charged at once."""

    id: strawberry.ID = strawberry.field(description="The invoice.")
    amount: MinorUnits | None = strawberry.field(
        default=None, description="In minor units; the whole balance where left out."
    )
    payment_method_id: strawberry.ID | None = strawberry.field(
        default=None, description="What to charge; the customer's default where left out."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION_DESCRIPTION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="What of a payment goes to which invoice.")
class PaymentAllocationInput:
    """An invoice is named once."""

    invoice_id: strawberry.ID = strawberry.field(description="The invoice.")
    amount: MinorUnits = strawberry.field(description="At most what is due on it.")


@strawberry.input(description="Money that came in by itself.")
class PaymentRecordInput:
    """What is left over becomes the customer's credit."""

    customer_id: strawberry.ID = strawberry.field(description="Who paid.")
    amount: MinorUnits = strawberry.field(description="How much, in minor units.")
    currency: CurrencyCode = strawberry.field(description="Of which currency.")
    method: PaymentMethodType = strawberry.field(description="How it came.")
    reference: str | None = strawberry.field(
        default=None, description="Your own reference, such as a line of your bank statement."
    )
    received_at: datetime | None = strawberry.field(
        default=None, description="When it came; now where left out."
    )
    allocations: list[PaymentAllocationInput] | None = strawberry.field(
        default=None,
        description="Oldest due first where left out; what is left over becomes credit.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which payment to give back.")
class PaymentRefundInput:
    """The invoices that it paid are due again; to lower them instead, make a credit note."""

    id: strawberry.ID = strawberry.field(description="The payment.")
    amount: MinorUnits | None = strawberry.field(
        default=None, description="In minor units; all that is left where left out."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the record.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What invoicePay answers.")
class InvoicePayPayload(Payload):
    """The invoice and the payment of it."""

    invoice: Annotated["Invoice", strawberry.lazy("schema.invoices.types")] | None = read_back(
        "The invoice after it; null where refused."
    )
    payment: Payment | None = read_back(
        "The payment: SUCCEEDED, or PENDING with what has to happen next. Null where refused; one "
        "that was declined is named by the refusal's meta."
    )


@strawberry.type(description="What paymentRecord answers.")
class PaymentRecordPayload(Payload):
    """The new payment."""

    payment: Payment | None = read_back("The new payment; null where refused.")


@strawberry.type(description="What paymentRefund answers.")
class PaymentRefundPayload(Payload):
    """The payment."""

    payment: Payment | None = read_back("The payment after the refund; null where refused.")


@strawberry.type
class PaymentMutations:
    """What can be done about payments."""

    @computed(
        description="Charge an invoice's customer through the payment gateway. Two at once charge once.",
        takes="PAYMENTS_WRITE",
    )
    async def invoice_pay(
        self, info: strawberry.Info, input: Annotated[InvoicePayInput, INPUT]
    ) -> InvoicePayPayload | None:
        """Pays an invoice."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            method = input.payment_method_id
            paid = await payments.pay(
                caller,
                gateways_of(info).of(caller),
                uuid_of("inv", input.id),
                input.amount,
                None if method is None else uuid_of("pm", method),
                expected_version=input.expected_version,
                once=once,
            )
            return outcome({"invoice": paid.invoice_id, "payment": paid.payment_id})

        return await perform(info, InvoicePayPayload, input, act)

    @computed(
        description="Record money that came in by itself: a transfer, cash, a cheque.",
        takes="PAYMENTS_WRITE",
    )
    async def payment_record(
        self, info: strawberry.Info, input: Annotated[PaymentRecordInput, INPUT]
    ) -> PaymentRecordPayload | None:
        """Records a payment."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            return outcome({"payment": await payments.record(caller, _money(input), once=once)})

        return await perform(info, PaymentRecordPayload, input, act)

    @computed(
        description="Give money of a payment back to its payer: what it paid is due again. To lower "
        "an invoice as well, make a credit note that refunds.",
        takes="PAYMENTS_WRITE",
    )
    async def payment_refund(
        self, info: strawberry.Info, input: Annotated[PaymentRefundInput, INPUT]
    ) -> PaymentRefundPayload | None:
        """Refunds a payment."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            refunded = await payments.refund(
                caller,
                gateways_of(info),
                uuid_of("pay", input.id),
                input.amount,
                input.reason,
                once=once,
            )
            return outcome({"payment": refunded.payment_id})

        return await perform(info, PaymentRefundPayload, input, act)


def _money(given: PaymentRecordInput) -> MoneyIn:
    parts = None
    if given.allocations is not None:
        parts = tuple(Part(uuid_of("inv", one.invoice_id), one.amount) for one in given.allocations)
    return MoneyIn(
        customer_id=uuid_of("cus", given.customer_id),
        amount_minor=given.amount,
        currency=given.currency,
        method=given.method.value,
        reference=given.reference,
        received_at=given.received_at,
        allocations=parts,
    )
