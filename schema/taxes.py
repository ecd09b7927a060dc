"""Taxes: on a line, and summed over an invoice."""

from decimal import Decimal
from enum import Enum

import strawberry

from plans.rows import Row
from schema.enums import enum_value
from schema.fields import entry_money, scalar
from schema.money import Money


@strawberry.enum(description="What kind of tax, or of no tax.")
class TaxCategory(Enum):
    """All but STANDARD are 0%."""

    STANDARD = enum_value("STANDARD", description="Taxed at its percent.")
    ZERO = enum_value("ZERO", description="Taxed at 0%.")
    EXEMPT = enum_value("EXEMPT", description="Exempt from tax.")
    REVERSE_CHARGE = enum_value("REVERSE_CHARGE", description="The customer accounts for it.")
    INTRA_COMMUNITY = enum_value(
        "INTRA_COMMUNITY", description="Supplied within the European Union."
    )
    EXPORT = enum_value("EXPORT", description="Exported.")
    OUT_OF_SCOPE = enum_value("OUT_OF_SCOPE", description="Not a matter of this tax.")


@strawberry.enum(description="Where a tax on a line comes from.")
class TaxSource(Enum):
    """Given or looked up."""

    MANUAL = enum_value("MANUAL", description="It was given with the line.")
    AUTO = enum_value("AUTO", description="It was looked up by the customer's address.")


def percent(entry: Row) -> str:
    """SQL of the percent in a jsonb entry."""
    return f"{entry.percent}::numeric"


@strawberry.type(description="One tax on a line.")
class LineTax:
    """An entry of the line's taxes."""

    name: str = scalar("name", "Its name, such as VAT.")
    percent: Decimal = scalar(percent, "Its rate in percent, as entered: `8.25`.")
    category: TaxCategory = scalar("category", "What kind of tax it is.")
    source: TaxSource = scalar("source", "Where it comes from.")
    amount: Money = entry_money("amount_minor", "What it comes to on this line.")


@strawberry.type(description="One tax over the whole invoice.")
class TaxSubtotal:
    """An entry of the invoice's breakdown."""

    name: str = scalar("name", "Its name, such as VAT.")
    percent: Decimal = scalar(percent, "Its rate in percent.")
    category: TaxCategory = scalar("category", "What kind of tax it is.")
    taxable: Money = entry_money("taxable_minor", "The amount that it is reckoned on.")
    tax: Money = entry_money("tax_minor", "What it comes to.")
