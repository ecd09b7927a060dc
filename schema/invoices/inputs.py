"""What clients write: an invoice, its lines and discounts, and how they become what resolvers take."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from domain.lines import LineDraft
from domain.totals import Discount, Tax
from resolvers.invoices.inputs import InvoiceInput as Wanted
from schema.payloads import plain, uuid_of
from schema.scalars import CurrencyCode, DueDate, Metadata, MinorUnits
from schema.taxes import TaxCategory
from schema.workspaces import DiscountTaxTreatment, TaxRounding


@strawberry.input(one_of=True, description="The price of one: in minor or in major units.")
class UnitAmountInput:
    """One of the two."""

    minor: MinorUnits | None = strawberry.field(
        default=strawberry.UNSET, description="In minor units, such as 1250 cents."
    )
    decimal: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="In major units, up to 12 decimals: `0.000125`."
    )


@strawberry.input(one_of=True, description="A discount on one line.")
class LineDiscountInput:
    """One of the two."""

    percent: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Percent of the line's amount, 0 to 100."
    )
    minor: MinorUnits | None = strawberry.field(
        default=strawberry.UNSET, description="A fixed amount, at most the line's."
    )


@strawberry.input(description="A discount on the whole invoice: exactly one of percent and minor.")
class DiscountInput:
    """They apply in order, each on what those before it have left."""

    name: str | None = strawberry.field(default=None, description="What to call it.")
    code: str | None = strawberry.field(default=None, description="The code it was given for.")
    percent: Decimal | None = strawberry.field(default=None, description="Percent, 0 to 100.")
    minor: MinorUnits | None = strawberry.field(default=None, description="A fixed amount.")


@strawberry.input(description="A tax on a line.")
class LineTaxInput:
    """Several taxes of a line add up on the same base."""

    name: str = strawberry.field(description="Its name, such as VAT.")
    percent: Decimal = strawberry.field(description="Its rate in percent: `8.25` is 8.25%.")
    category: TaxCategory | None = strawberry.field(
        default=TaxCategory.STANDARD, description="What kind of tax; all but STANDARD have 0%."
    )


@strawberry.input(description="A line of an invoice.")
class LineItemInput:
    """At most one of taxRate, taxPercent and taxes; none is untaxed."""

    code: str | None = strawberry.field(default=None, description="Your own code of what is sold.")
    description: str = strawberry.field(description="What is sold, 1 to 1000 characters.")
    quantity: Decimal = strawberry.field(description="How many: above 0, up to 8 decimals.")
    unit_amount: UnitAmountInput = strawberry.field(description="The price of one.")
    discount: LineDiscountInput | None = strawberry.field(
        default=None, description="A discount on this line."
    )
    tax_rate: Decimal | None = strawberry.field(
        default=None, description="One tax as a fraction: 0.0825 is 8.25%."
    )
    tax_percent: Decimal | None = strawberry.field(
        default=None, description="One tax in percent: 8.25 is 8.25%."
    )
    taxes: list[LineTaxInput] | None = strawberry.field(
        default=None, description="Several taxes, or one with a name."
    )
    automatic_tax: bool | None = strawberry.field(
        default=None, description="Look the taxes up by code and the customer's address instead."
    )
    period_start: date | None = strawberry.field(
        default=None, description="The first day of what it is for."
    )
    period_end: date | None = strawberry.field(
        default=None, description="The day after the last: periods are half-open, [start, end)."
    )
    metadata: Metadata | None = strawberry.field(default=None, description="Your own notes on it.")


@strawberry.input(description="An invoice as it is wanted.")
class InvoiceInput:
    """What is left out follows the customer, then the workspace."""

    customer_id: strawberry.ID = strawberry.field(description="Whom it goes to.")
    due_date: DueDate | None = strawberry.field(
        default=None,
        description="When it is due; needed unless customer or workspace has payment terms.",
    )
    lines: list[LineItemInput] = strawberry.field(
        description="What it is for; a draft may have none yet. At most 500."
    )
    discounts: list[DiscountInput] | None = strawberry.field(
        default=None, description="Discounts on the whole of it, in order."
    )
    issued_at: datetime | None = strawberry.field(
        default=None, description="Its fiscal issue instant, where it isn't the moment of issue."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="The customer's, else the workspace's, where left out."
    )
    presentment_currency: CurrencyCode | None = strawberry.field(
        default=None, description="What the customer is charged in; currency where left out."
    )
    settlement_currency: CurrencyCode | None = strawberry.field(
        default=None, description="What the books are kept in; the workspace's where left out."
    )
    prices_include_tax: bool | None = strawberry.field(
        default=None, description="Whether the prices hold their taxes."
    )
    discount_tax_treatment: DiscountTaxTreatment | None = strawberry.field(
        default=None, description="Whether discounts come off before tax."
    )
    tax_rounding: TaxRounding | None = strawberry.field(
        default=None, description="How taxes are rounded."
    )
    notes: str | None = strawberry.field(default=None, description="A note to the customer.")
    internal_notes: str | None = strawberry.field(
        default=None, description="A note to yourselves, that the customer never sees."
    )
    fees_waived: bool | None = strawberry.field(
        default=None, description="Whether no payment fee is put on top."
    )
    matter_id: strawberry.ID | None = strawberry.field(
        default=None, description="What it is about: a matter of this customer."
    )
    metadata: Metadata | None = strawberry.field(default=None, description="Your own notes on it.")


def wanted(given: InvoiceInput) -> Wanted:
    """The input as resolvers take it."""
    return Wanted(**invoice_fields(vars(given)))


def invoice_fields(given: dict[str, Any]) -> dict[str, Any]:
    """Fields of an invoice input by name, each as resolvers take it."""
    return {
        name: READERS.get(name, plain)(value) if value is not None else None
        for name, value in given.items()
    }


def line_draft(line: LineItemInput) -> LineDraft:
    """A line as resolvers take it."""
    return LineDraft(
        code=line.code,
        description=line.description,
        quantity=line.quantity,
        unit_amount_minor=_given(line.unit_amount.minor),
        unit_amount=_given(line.unit_amount.decimal),
        discount=None if line.discount is None else _line_discount(line.discount),
        tax_rate=line.tax_rate,
        tax_percent=line.tax_percent,
        taxes=None if line.taxes is None else tuple(map(_tax, line.taxes)),
        automatic_tax=bool(line.automatic_tax),
        period_start=line.period_start,
        period_end=line.period_end,
        metadata=line.metadata or {},
    )


def _lines(lines: list[LineItemInput]) -> tuple[LineDraft, ...]:
    return tuple(map(line_draft, lines))


def _discounts(discounts: list[DiscountInput]) -> tuple[Discount, ...]:
    return tuple(
        Discount(percent=one.percent, fixed_minor=one.minor, name=one.name, code=one.code)
        for one in discounts
    )


def _line_discount(discount: LineDiscountInput) -> Discount:
    return Discount(percent=_given(discount.percent), fixed_minor=_given(discount.minor))


def _tax(tax: LineTaxInput) -> Tax:
    category = (tax.category or TaxCategory.STANDARD).value
    return Tax(tax.name, tax.percent, category)


def _given(value: Any) -> Any:
    return None if value is strawberry.UNSET else value


READERS: Mapping[str, Callable[[Any], Any]] = {
    "customer_id": lambda text: uuid_of("cus", text),
    "matter_id": lambda text: uuid_of("mat", text),
    "lines": _lines,
    "discounts": _discounts,
}
