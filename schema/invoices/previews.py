"""Previews: an invoice calculated as saving would, and not saved."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, cast

import strawberry

from domain.errors import Refused
from domain.money import plain, to_major
from domain.taxes import TaxAmount
from domain.taxes import TaxSubtotal as Subtotal
from domain.totals import Discount as Given
from domain.totals import LineTotals
from resolvers import invoices
from schema.discounts import Discount
from schema.errors import UserError, user_errors
from schema.fields import computed
from schema.invoices.inputs import InvoiceInput, wanted
from schema.money import Money
from schema.scalars import CurrencyCode
from schema.taxes import LineTax, TaxCategory, TaxSource, TaxSubtotal

LINES_AT_ONCE = 10


@strawberry.type(description="A line as it would be calculated.")
class LineItemPreview:
    """The amounts of one line."""

    amount: Money = strawberry.field(description="quantity x unitAmount, rounded.")
    discount: Money = strawberry.field(description="The line's own discount.")
    allocated_discount: Money = strawberry.field(
        description="Its share of the invoice's discounts."
    )
    tax: Money = strawberry.field(description="All its taxes together.")
    taxes: list[LineTax] = strawberry.field(description="Its taxes, one by one.")


@strawberry.type(
    description="A computed, unsaved invoice, by the same calculator that saving uses."
)
class InvoicePreview:
    """To the unit what saving the same input would store."""

    currency: CurrencyCode = strawberry.field(description="What it is in.")
    lines: list[LineItemPreview] = strawberry.field(description="Its lines, in order.")
    discounts: list[Discount] = strawberry.field(description="Its discounts, in order.")
    subtotal: Money = strawberry.field(description="The sum of line amounts.")
    discount: Money = strawberry.field(description="All discounts.")
    tax: Money = strawberry.field(description="All taxes.")
    total: Money = strawberry.field(description="What would be due.")
    tax_breakdown: list[TaxSubtotal] = strawberry.field(description="Its taxes, a row for each.")


@strawberry.type(description="What invoicePreview answers.")
class InvoicePreviewPayload:
    """The preview, or what saving would refuse."""

    preview: InvoicePreview | None = strawberry.field(
        description="The calculated invoice; null where saving it would be refused."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why saving it would be refused; empty where it would not."
    )


@strawberry.type
class PreviewQueries:
    """The one query that calculates instead of reading."""

    @computed(
        description="What an invoice would come to, and what saving it would refuse; nothing is "
        "stored.",
        takes="INVOICES_READ",
    )
    async def invoice_preview(
        self,
        info: strawberry.Info,
        invoice: Annotated[
            InvoiceInput, strawberry.argument(description="The invoice as it is wanted.")
        ],
    ) -> InvoicePreviewPayload | None:
        """Previews."""
        try:
            found = await invoices.preview(info.context.caller, wanted(invoice))
        except Refused as refused:
            return InvoicePreviewPayload(preview=None, user_errors=user_errors(refused.refusals))
        return InvoicePreviewPayload(preview=_preview(found), user_errors=[])


@dataclass(frozen=True)
class _Shown:
    """Calculated values in one currency, as the schema's objects; graphql-core reads them by name."""

    currency: str

    def money(self, minor: int) -> Any:
        """An amount of this currency."""
        return _fields(minor=minor, amount=to_major(minor, self.currency), currency=self.currency)

    def discount(self, given: Given, amount_minor: int) -> Any:
        """A discount with what it comes to."""
        fixed = None if given.fixed_minor is None else self.money(given.fixed_minor)
        return _fields(
            name=given.name,
            code=given.code,
            percent=_percent(given.percent),
            fixed=fixed,
            amount=self.money(amount_minor),
        )

    def line(self, line: LineTotals) -> LineItemPreview:
        """A line's amounts."""
        return LineItemPreview(
            amount=self.money(line.amount_minor),
            discount=self.money(line.discount_minor),
            allocated_discount=self.money(line.allocated_discount_minor),
            tax=self.money(line.tax_minor),
            taxes=[self.line_tax(amount) for amount in line.taxes],
        )

    def line_tax(self, amount: TaxAmount) -> Any:
        """One tax of a line."""
        tax = amount.tax
        return _fields(
            name=tax.name,
            percent=_percent(tax.percent),
            category=TaxCategory(tax.category),
            source=TaxSource(tax.source),
            amount=self.money(amount.amount_minor),
        )

    def tax_subtotal(self, row: Subtotal) -> Any:
        """One row of the breakdown."""
        return _fields(
            name=row.name,
            percent=_percent(row.percent),
            category=TaxCategory(row.category),
            taxable=self.money(row.taxable_minor),
            tax=self.money(row.tax_minor),
        )


@dataclass(frozen=True)
class _Lines:
    """Lines that are shown as they are read, in turns with whatever else the server does."""

    shown: _Shown
    totals: Sequence[LineTotals]

    async def __aiter__(self) -> AsyncIterator[LineItemPreview]:
        for place, line in enumerate(self.totals):
            if place % LINES_AT_ONCE == 0:
                await asyncio.sleep(0)
            yield self.shown.line(line)


def _preview(found: invoices.Preview) -> InvoicePreview:
    shown, totals = _Shown(found.currency), found.totals
    return InvoicePreview(
        currency=CurrencyCode(found.currency),
        lines=cast(list[LineItemPreview], _Lines(shown, totals.lines)),
        discounts=[
            shown.discount(given, amount)
            for given, amount in zip(found.discounts, totals.discounts_minor, strict=True)
        ],
        subtotal=shown.money(totals.subtotal_minor),
        discount=shown.money(totals.discount_minor),
        tax=shown.money(totals.tax_minor),
        total=shown.money(totals.total_minor),
        tax_breakdown=[shown.tax_subtotal(row) for row in totals.breakdown],
    )


def _percent(percent: Decimal | None) -> Decimal | None:
    return None if percent is None else plain(percent)


def _fields(**values: Any) -> Any:
    """Values by field name: what a type that plans answer has instead of a constructor."""
    return SimpleNamespace(**values)
