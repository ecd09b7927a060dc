"""Automatic tax: the taxes of a line that asks for them to be looked up."""

from datetime import date
from decimal import Decimal

from domain.lines import CheckedLine
from domain.totals import Tax
from resolvers.invoices.parties import Buyer

_BY_TREATMENT = {
    "EXEMPT": (Tax("Exempt", Decimal(0), "EXEMPT", "AUTO"),),
    "REVERSE_CHARGE": (Tax("Reverse charge", Decimal(0), "REVERSE_CHARGE", "AUTO"),),
}


def look_up(line: CheckedLine, buyer: Buyer, issued_on: date) -> tuple[Tax, ...] | None:
    """The taxes that hold for a line on its issue date; None where none is known.

    How the customer is treated comes before any rate (rules: Tax look-up). Rates by country,
    region and code are to be looked up here once there are any.
    """
    return _BY_TREATMENT.get(buyer.tax_treatment)
