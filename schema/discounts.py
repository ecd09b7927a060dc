"""Discounts on a whole invoice."""

from decimal import Decimal

import strawberry

from schema.fields import entry_money, scalar
from schema.money import Money


@strawberry.type(description="A discount on the whole invoice; it is shared out over the lines.")
class Discount:
    """An entry of the invoice's discounts, in the order they apply."""

    name: str | None = scalar("name", "What it is called on the invoice.")
    code: str | None = scalar("code", "The code that it was given for.")
    percent: Decimal | None = scalar(
        lambda entry: f"{entry.percent}::numeric",
        "Percent of what the discounts before it have left; null for a fixed one.",
    )
    fixed: Money | None = entry_money("fixed_minor", "The amount, where it is a fixed one.")
    amount: Money = entry_money("amount_minor", "What it comes to.")
