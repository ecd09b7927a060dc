"""What the mutations of invoices take and answer."""

from datetime import datetime

import strawberry

from schema.fields import read_back
from schema.inputs import KEY_DESCRIPTION, VERSION_DESCRIPTION
from schema.invoices.inputs import DiscountInput, InvoiceInput, LineItemInput
from schema.invoices.types import Invoice
from schema.line_items import LineItem
from schema.payloads import Payload
from schema.scalars import CurrencyCode, DueDate, Metadata
from schema.workspaces import DiscountTaxTreatment, TaxRounding

THE_INVOICE = "The invoice after the change; null where refused."


def _key() -> str | None:
    made: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)
    return made


def _version() -> int | None:
    made: int | None = strawberry.field(default=None, description=VERSION_DESCRIPTION)
    return made


@strawberry.input(description="An invoice to draft.")
class InvoiceDraftInput:
    """Nothing is issued."""

    invoice: InvoiceInput = strawberry.field(description="The invoice as it is wanted.")
    idempotency_key: str | None = _key()


@strawberry.input(description="An invoice to issue at once.")
class InvoiceIssueInput:
    """Draft and finalize in one."""

    invoice: InvoiceInput = strawberry.field(description="The invoice as it is wanted.")
    idempotency_key: str | None = _key()


@strawberry.input(description="An invoice to send: exactly one of id and invoice.")
class InvoiceSendInput:
    """An existing one, or a new one."""

    id: strawberry.ID | None = strawberry.field(default=None, description="One that exists.")
    invoice: InvoiceInput | None = strawberry.field(default=None, description="A new one.")
    expected_version: int | None = _version()
    idempotency_key: str | None = _key()


@strawberry.input(description="Which draft to finalize.")
class InvoiceFinalizeInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The draft.")
    expected_version: int | None = _version()
    idempotency_key: str | None = _key()


@strawberry.input(description="Which invoice to void.")
class InvoiceVoidInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The invoice.")
    reason: str | None = strawberry.field(default=None, description="Why, for the record.")
    expected_version: int | None = _version()
    idempotency_key: str | None = _key()


@strawberry.input(description="What to change of an invoice: only fields given; null clears.")
class InvoiceUpdateInput:
    """Drafts: any field. Later: internalNotes, metadata, feesWaived and a later dueDate alone."""

    id: strawberry.ID = strawberry.field(description="The invoice.")
    expected_version: int | None = _version()
    idempotency_key: str | None = _key()
    customer_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Whom it goes to."
    )
    due_date: DueDate | None = strawberry.field(
        default=strawberry.UNSET, description="When it is due; null: by payment terms."
    )
    lines: list[LineItemInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All its lines: they are replaced."
    )
    discounts: list[DiscountInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All its discounts: they are replaced."
    )
    issued_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Its fiscal issue instant; null: the moment of issue."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET, description="What it is in."
    )
    presentment_currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET, description="What the customer is charged in."
    )
    settlement_currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET, description="What the books are kept in."
    )
    prices_include_tax: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether the prices hold their taxes."
    )
    discount_tax_treatment: DiscountTaxTreatment | None = strawberry.field(
        default=strawberry.UNSET, description="Whether discounts come off before tax."
    )
    tax_rounding: TaxRounding | None = strawberry.field(
        default=strawberry.UNSET, description="How taxes are rounded."
    )
    notes: str | None = strawberry.field(
        default=strawberry.UNSET, description="A note to the customer."
    )
    internal_notes: str | None = strawberry.field(
        default=strawberry.UNSET, description="A note to yourselves."
    )
    fees_waived: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether no payment fee is put on top."
    )
    matter_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="What it is about."
    )
    metadata: Metadata | None = strawberry.field(
        default=strawberry.UNSET, description="Your own notes, all of them: they are replaced."
    )


@strawberry.input(description="Which draft to delete.")
class InvoiceDeleteInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The draft.")
    expected_version: int | None = _version()
    idempotency_key: str | None = _key()


@strawberry.input(description="Which invoice to make a new draft of.")
class InvoiceDuplicateInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The invoice, in any status.")
    idempotency_key: str | None = _key()


@strawberry.input(description="A line to add to a draft.")
class InvoiceLineAddInput:
    """At a position, or at the end."""

    invoice_id: strawberry.ID = strawberry.field(description="The draft.")
    line: LineItemInput = strawberry.field(description="The line.")
    position: int | None = strawberry.field(
        default=None, description="Its place, from 1; the end where left out."
    )
    expected_version: int | None = _version()
    idempotency_key: str | None = _key()


@strawberry.input(description="A line of a draft to write anew.")
class InvoiceLineUpdateInput:
    """The whole line."""

    line_id: strawberry.ID = strawberry.field(description="The line.")
    line: LineItemInput = strawberry.field(description="All of it, as it is wanted now.")
    expected_version: int | None = _version()
    idempotency_key: str | None = _key()


@strawberry.input(description="A line of a draft to remove.")
class InvoiceLineRemoveInput:
    """By id."""

    line_id: strawberry.ID = strawberry.field(description="The line.")
    expected_version: int | None = _version()
    idempotency_key: str | None = _key()


@strawberry.type(description="What invoiceDraft answers.")
class InvoiceDraftPayload(Payload):
    """The draft."""

    invoice: Invoice | None = read_back("The new draft; null where refused.")


@strawberry.type(description="What invoiceIssue answers.")
class InvoiceIssuePayload(Payload):
    """The issued invoice."""

    invoice: Invoice | None = read_back("The issued invoice; null where refused.")


@strawberry.type(description="What invoiceSend answers.")
class InvoiceSendPayload(Payload):
    """The invoice, whose mail is on its way."""

    invoice: Invoice | None = read_back(
        "The invoice; null where refused. Its sentAt follows once the mail server has the mail."
    )


@strawberry.type(description="What invoiceFinalize answers.")
class InvoiceFinalizePayload(Payload):
    """The issued invoice."""

    invoice: Invoice | None = read_back("The issued invoice; null where refused.")


@strawberry.type(description="What invoiceVoid answers.")
class InvoiceVoidPayload(Payload):
    """The voided invoice."""

    invoice: Invoice | None = read_back("The voided invoice; null where refused.")


@strawberry.type(description="What invoiceUpdate answers.")
class InvoiceUpdatePayload(Payload):
    """The changed invoice."""

    invoice: Invoice | None = read_back(THE_INVOICE)


@strawberry.type(description="What invoiceDelete answers.")
class InvoiceDeletePayload(Payload):
    """The id that is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The id of the deleted draft; null where refused."
    )


@strawberry.type(description="What invoiceDuplicate answers.")
class InvoiceDuplicatePayload(Payload):
    """The new draft."""

    invoice: Invoice | None = read_back("The new draft; null where refused.")


@strawberry.type(description="What invoiceLineAdd answers.")
class InvoiceLineAddPayload(Payload):
    """The draft and its new line."""

    invoice: Invoice | None = read_back(THE_INVOICE)
    line: LineItem | None = read_back("The new line; null where refused.")


@strawberry.type(description="What invoiceLineUpdate answers.")
class InvoiceLineUpdatePayload(Payload):
    """The draft and its changed line."""

    invoice: Invoice | None = read_back(THE_INVOICE)
    line: LineItem | None = read_back("The line after the change; null where refused.")


@strawberry.type(description="What invoiceLineRemove answers.")
class InvoiceLineRemovePayload(Payload):
    """The draft without the line."""

    invoice: Invoice | None = read_back(THE_INVOICE)
