"""Snapshots: objects as events tell them, by the contract's names, money in minor units.

They hold what a webhook may see: never internal notes, tokens or secrets.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from domain.identifiers import encode_id
from domain.money import plain
from models.credit_notes import CreditNote, CreditNoteLine
from models.customers import Customer
from models.invoices import Invoice
from models.line_items import LineItem
from models.payments import Payment, PaymentAllocation
from resolvers.fields import camel

Snapshot = dict[str, Any]

_INVOICE = (
    *("version", "number", "status", "currency", "presentment_currency", "settlement_currency"),
    *("fx_rate", "fx_rate_source", "fx_rate_locked_at", "settlement_total_minor"),
    *("issued_at", "due_at", "due_on", "sent_at", "viewed_at", "paid_at", "voided_at"),
    *("marked_uncollectible_at", "closed_by", "created_at", "updated_at"),
    *("notes", "fees_waived", "metadata"),
    *("prices_include_tax", "discount_tax_treatment", "tax_rounding"),
    *("subtotal_minor", "discount_minor", "tax_minor", "total_minor", "interest_minor"),
    *("amount_paid_minor", "amount_credited_minor", "amount_refunded_minor"),
    *("amount_written_off_minor", "credit_balance_applied_minor", "amount_due_minor"),
)
_LINE = (
    *("position", "code", "description", "quantity", "unit_amount", "amount_minor"),
    *("discount_minor", "allocated_discount_minor", "tax_minor", "tax_percent"),
    *("period_start", "period_end", "metadata"),
)
_CUSTOMER = (
    *("version", "name", "email", "email_consent", "email_consent_at", "currency", "locale"),
    *("time_zone", "address", "tax_id", "tax_treatment", "payment_terms_days", "archived_at"),
    *("metadata", "created_at", "updated_at"),
)
_PAYMENT = (
    *("status", "currency", "amount_minor", "fee_minor", "amount_refunded_minor"),
    *("amount_overpaid_minor", "method", "gateway", "gateway_reference", "reference"),
    *("failure_code", "failure_message", "received_at", "created_at", "updated_at"),
)

_CREDIT_NOTE = (
    *("number", "status", "reason", "memo", "currency", "subtotal_minor", "tax_minor"),
    *("total_minor", "pre_payment_minor", "post_payment_minor", "refunded_minor"),
    *("out_of_band_minor", "issued_at", "voided_at", "created_at"),
)


def of_invoice(invoice: Invoice, lines: Sequence[LineItem]) -> Snapshot:
    """An invoice with its lines, in order."""
    return {
        "id": encode_id("inv", invoice.id),
        "customerId": encode_id("cus", invoice.customer_id),
        "matterId": _id("mat", invoice.matter_id),
        "subscriptionId": _id("bs", invoice.subscription_id),
        **_told(invoice, _INVOICE),
        "lines": [_line(line) for line in lines],
        "discounts": [_renamed(discount) for discount in invoice.discounts],
        "taxBreakdown": [_renamed(row) for row in invoice.tax_breakdown],
    }


def of_customer(customer: Customer) -> Snapshot:
    """A customer."""
    address = None if customer.address is None else _renamed(customer.address)
    told = _told(customer, _CUSTOMER)
    return {"id": encode_id("cus", customer.id), **told, "address": address}


def of_payment(payment: Payment, allocations: Sequence[PaymentAllocation]) -> Snapshot:
    """A payment with what it pays of each invoice, in order."""
    parts = [
        {"invoiceId": encode_id("inv", part.invoice_id), "amount": part.amount_minor}
        for part in allocations
    ]
    return {
        "id": encode_id("pay", payment.id),
        "customerId": encode_id("cus", payment.customer_id),
        **_told(payment, _PAYMENT),
        "allocations": parts,
    }


def of_credit_note(note: CreditNote, lines: Sequence[CreditNoteLine]) -> Snapshot:
    """A credit note with what it takes of each line, in order."""
    return {
        "id": encode_id("cn", note.id),
        "invoiceId": encode_id("inv", note.invoice_id),
        **_told(note, _CREDIT_NOTE),
        "toCreditBalance": note.credit_balance_minor,
        "lines": [
            {
                "lineItemId": encode_id("il", line.line_item_id),
                "net": line.net_minor,
                "tax": line.tax_minor,
                "taxes": [_renamed(tax) for tax in line.taxes],
            }
            for line in lines
        ],
        "taxBreakdown": [_renamed(row) for row in note.tax_breakdown],
    }


def difference(before: Snapshot, after: Snapshot) -> Snapshot:
    """What of `before` is another thing in `after`."""
    return {name: value for name, value in before.items() if after.get(name) != value}


def rfc3339(instant: datetime) -> str:
    """The contract's form of an instant: UTC, six fractional digits, Z."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _line(line: LineItem) -> Snapshot:
    taxes = [_renamed(tax) for tax in line.taxes]
    return {"id": encode_id("il", line.id), **_told(line, _LINE), "taxes": taxes}


def _told(row: object, columns: Sequence[str]) -> Snapshot:
    return {_name(column): _value(getattr(row, column)) for column in columns}


def _renamed(stored: Mapping[str, Any]) -> Snapshot:
    return {_name(key): value for key, value in stored.items()}


@cache
def _name(column: str) -> str:
    return camel(column.removesuffix("_minor"))


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(plain(value))
    return value


def _id(prefix: str, uuid: UUID | None) -> str | None:
    return None if uuid is None else encode_id(prefix, uuid)
