"""What a caller wants an invoice to be: as it came, or read back from a draft that is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.lines import LineDraft
from domain.totals import Discount, Tax
from models.invoices import Invoice
from models.line_items import LineItem

NOTES_LENGTH_MAX = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceInput:
    """The contract's InvoiceInput in snake_case; None is not given, so its default holds.

    `due_date` is a date (its whole local day) or an aware instant; money is in minor units of
    `currency` or, in `unit_amount`, in major units.
    """

    customer_id: UUID
    lines: tuple[LineDraft, ...] = ()
    due_date: date | datetime | None = None
    discounts: tuple[Discount, ...] | None = None
    issued_at: datetime | None = None
    currency: str | None = None
    presentment_currency: str | None = None
    settlement_currency: str | None = None
    prices_include_tax: bool | None = None
    discount_tax_treatment: str | None = None
    tax_rounding: str | None = None
    notes: str | None = None
    internal_notes: str | None = None
    fees_waived: bool | None = None
    matter_id: UUID | None = None
    metadata: Mapping[str, str] | None = None


INPUT_FIELDS = tuple(field.name for field in fields(InvoiceInput))
_KEPT_AS_GIVEN = (
    *("customer_id", "matter_id", "issued_at", "currency", "prices_include_tax"),
    *("discount_tax_treatment", "tax_rounding", "notes", "internal_notes", "fees_waived"),
    "metadata",
)


def read_back(invoice: Invoice, lines: Sequence[LineItem], workspace_currency: str) -> InvoiceInput:
    """The input that would make this invoice again, so that a part of it can be replaced.

    Currencies that are what they would default to count as not given: they follow the others.
    """
    presentment, settlement = invoice.presentment_currency, invoice.settlement_currency
    return InvoiceInput(
        lines=tuple(line_draft(line) for line in lines),
        due_date=_due_date(invoice),
        discounts=tuple(_discount(given) for given in invoice.discounts),
        presentment_currency=None if presentment == invoice.currency else presentment,
        settlement_currency=None if settlement == workspace_currency else settlement,
        **{name: getattr(invoice, name) for name in _KEPT_AS_GIVEN},
    )


def line_draft(line: LineItem) -> LineDraft:
    """What was asked for a stored line."""
    given = line.discount_given
    return LineDraft(
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        code=line.code,
        discount=None if given is None else _discount(given),
        taxes=None if line.automatic_tax else tuple(_tax(tax) for tax in line.taxes),
        automatic_tax=line.automatic_tax,
        period_start=line.period_start,
        period_end=line.period_end,
        metadata=line.metadata,
    )


def due_given(due_date: date | datetime | None) -> str:
    """How a due date was given, so that finalizing reckons it in the same way."""
    if due_date is None:
        return "TERMS"
    return "INSTANT" if isinstance(due_date, datetime) else "DATE"


def _due_date(invoice: Invoice) -> date | datetime | None:
    if invoice.due_given == "TERMS":
        return None
    return invoice.due_at if invoice.due_given == "INSTANT" else invoice.due_on


def _discount(given: Mapping[str, Any]) -> Discount:
    percent = given["percent"]
    return Discount(
        percent=None if percent is None else Decimal(percent),
        fixed_minor=given["fixed_minor"],
        name=given.get("name"),
        code=given.get("code"),
    )


def _tax(given: Mapping[str, Any]) -> Tax:
    return Tax(given["name"], Decimal(given["percent"]), given["category"], given["source"])
