"""Automatic tax: the taxes of a line that asks for them to be looked up."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from domain.lines import CheckedLine
from domain.tax_rates import TaxRate, holding
from domain.totals import Tax
from resolvers.invoices.inputs import InvoiceInput
from resolvers.invoices.parties import Buyer, Parties
from resolvers.tax_providers import TaxProvider

_BY_TREATMENT = {
    "EXEMPT": (Tax("Exempt", Decimal(0), "EXEMPT", "AUTO"),),
    "REVERSE_CHARGE": (Tax("Reverse charge", Decimal(0), "REVERSE_CHARGE", "AUTO"),),
}


async def known(wanted: InvoiceInput, among: Parties, provider: TaxProvider) -> Sequence[TaxRate]:
    """The rates of the customer's country, asked for where a line has its taxes looked up in them."""
    country = _of_address(among.buyer, "country")
    asks = any(line.automatic_tax for line in wanted.lines)
    if not asks or country is None or among.buyer.tax_treatment in _BY_TREATMENT:
        return ()
    return await provider.rates(among.workspace_id, country)


def look_up(
    line: CheckedLine, buyer: Buyer, issued_on: date, rates: Sequence[TaxRate]
) -> tuple[Tax, ...] | None:
    """The taxes that hold for a line on its issue date; None where none is known.

    How the customer is treated comes before any rate of their country (rules: Tax look-up).
    """
    treated = _BY_TREATMENT.get(buyer.tax_treatment)
    region = _of_address(buyer, "region")
    return treated or holding(rates, region=region, code=line.code, on=issued_on)


def _of_address(buyer: Buyer, part: str) -> str | None:
    found = (buyer.address or {}).get(part)
    return None if found is None else str(found)
