"""The currencies of an invoice, and how it is calculated in them."""

from dataclasses import dataclass
from datetime import date

from domain.currencies import check_currency
from domain.errors import Collector, FxPairUnsupported, FxRateUnavailable, Refusal
from domain.totals import Policies
from resolvers.fields import one_of
from resolvers.invoices.inputs import InvoiceInput
from resolvers.invoices.parties import Parties
from resolvers.policies import DISCOUNT_TAX_TREATMENTS, TAX_ROUNDINGS

_PRESENTMENT = ("presentmentCurrency",)


@dataclass(frozen=True, slots=True)
class Currencies:
    """What an invoice is written in, shown in, and settled in."""

    currency: str
    presentment: str
    settlement: str

    @property
    def unlocked(self) -> list[Refusal]:
        """Why it cannot be issued in them: no rate of two different ones is known yet."""
        if self.presentment == self.settlement:
            return []
        message = f"No exchange rate from {self.presentment} to {self.settlement} is known."
        meta = {"base": self.presentment, "quote": self.settlement}
        return [FxRateUnavailable(message, field=_PRESENTMENT, meta=meta)]


def chosen(wanted: InvoiceInput, among: Parties, on: date) -> Currencies:
    """The currencies given, or their defaults, each money on that day (rules: Currencies).

    Raises Refusals of CurrencyUnsupported at the field, FxPairUnsupported at ("currency",).
    """
    seller, buyer = among.seller, among.buyer
    default = wanted.presentment_currency or buyer.currency or seller.currency
    currency = wanted.currency or default
    presentment = wanted.presentment_currency or currency
    settlement = wanted.settlement_currency or seller.currency
    found = Collector()
    found.keep(check_currency, currency, on, ("currency",))
    found.keep(check_currency, presentment, on, _PRESENTMENT)
    found.keep(check_currency, settlement, on, ("settlementCurrency",))
    found.refuse()
    if currency not in (presentment, settlement):
        message = f"It is in {currency}, so present or settle it in {currency} too."
        raise FxPairUnsupported(message, field=("currency",))
    return Currencies(currency, presentment, settlement)


def policies(wanted: InvoiceInput, among: Parties, currency: str) -> Policies:
    """How the invoice is calculated: as given, else as the workspace does (rules: Totals).

    Raises InvalidFormat for a policy that there is not.
    """
    seller, inclusive = among.seller, wanted.prices_include_tax
    rounding = wanted.tax_rounding or seller.tax_rounding
    treatment = wanted.discount_tax_treatment or seller.discount_tax_treatment
    return Policies(
        currency=currency,
        tax_rounding=one_of(TAX_ROUNDINGS)(rounding, ("taxRounding",)),
        discount_tax_treatment=one_of(DISCOUNT_TAX_TREATMENTS)(
            treatment, ("discountTaxTreatment",)
        ),
        prices_include_tax=seller.prices_include_tax if inclusive is None else inclusive,
    )
