"""Line items: what an invoice is for."""

from datetime import date
from decimal import Decimal

import strawberry

from plans import sources
from plans.rows import Row
from schema.fields import field, json_list, money, of_its_invoice, reads, scalar
from schema.money import Money
from schema.nodes import Node
from schema.scalars import Metadata
from schema.taxes import LineTax


def effective_percent(line: Row) -> str:
    """SQL of what the tax comes to in percent of the amount, with two decimals."""
    return f"round(coalesce(100.0 * {line.tax_minor} / nullif({line.amount_minor}, 0), 0), 2)::text"


@reads("line_items", "il", "INVOICES_READ", of_its_invoice)
@strawberry.type(description="A line of an invoice.")
class LineItem(Node):
    """Its amounts are those of the totals calculator."""

    position: int = scalar("position", "Its place on the invoice, from 1.")
    code: str | None = scalar("code", "Your own code of what is sold.")
    description: str = scalar("description", "What is sold, as the customer reads it.")
    quantity: Decimal = scalar("quantity", "How many, up to 8 decimals.")
    unit_amount: Decimal = scalar(
        "unit_amount", "The price of one in major units, up to 12 decimals."
    )
    amount: Money = money(
        "amount_minor", "quantity x unitAmount, rounded; before discount and tax."
    )
    discount: Money = money("discount_minor", "The line's own discount.")
    allocated_discount: Money = money(
        "allocated_discount_minor", "Its share of the invoice's discounts."
    )
    tax: Money = money("tax_minor", "All its taxes together.")
    taxes: list[LineTax] = json_list("taxes", "Its taxes, one by one.")
    tax_percent: Decimal = scalar("tax_percent", "The sum of its taxes' percents: `8.25`.")
    tax_rate: Decimal = scalar(
        lambda line: f"({line.tax_percent} / 100)", "The same as a fraction: `0.0825`."
    )
    effective_tax_percent: Decimal = field(
        sources.Scalar(effective_percent, written=True),
        "What the tax comes to in percent of amount, with two decimals.",
    )
    period_start: date | None = scalar("period_start", "The first day of what it is for.")
    period_end: date | None = scalar(
        "period_end", "The day after the last: the period is half-open, [start, end)."
    )
    metadata: Metadata = scalar("metadata", "Your own notes on it.")
