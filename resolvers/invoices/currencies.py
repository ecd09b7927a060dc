"""The currencies of an invoice, how it is calculated in them, and the rate that is locked between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.currencies import check_currency
from domain.errors import Collector, FxPairUnsupported
from domain.exchange import Rate, choose, settled
from domain.totals import Policies
from resolvers.fields import one_of
from resolvers.invoices.inputs import InvoiceInput
from resolvers.invoices.parties import Parties
from resolvers.policies import DISCOUNT_TAX_TREATMENTS, TAX_ROUNDINGS
from resolvers.rate_sources import RateSource
from resolvers.refusals import at

_PRESENTMENT = ("presentmentCurrency",)


@dataclass(frozen=True, slots=True)
class Currencies:
    """What an invoice is written in, shown in, and settled in."""

    currency: str
    presentment: str
    settlement: str

    @property
    def needs_rate(self) -> bool:
        """Whether it cannot be issued without an exchange rate."""
        return self.presentment != self.settlement


@dataclass(frozen=True, slots=True)
class Locked:
    """The rate that an invoice is issued at: settlement units for one presentment unit."""

    rate: Rate
    at: datetime
    settlement_total_minor: int

    @property
    def columns(self) -> dict[str, Any]:
        """What the invoice keeps of it for good."""
        return {
            "fx_rate": self.rate.rate,
            "fx_rate_source": self.rate.source,
            "fx_rate_locked_at": self.at,
            "settlement_total_minor": self.settlement_total_minor,
        }


def presumed(wanted: InvoiceInput, among: Parties) -> Currencies:
    """The currencies given, or their defaults, as they are (rules: Currencies)."""
    seller, buyer = among.seller, among.buyer
    default = wanted.presentment_currency or buyer.currency or seller.currency
    currency = wanted.currency or default
    return Currencies(
        currency=currency,
        presentment=wanted.presentment_currency or currency,
        settlement=wanted.settlement_currency or seller.currency,
    )


def chosen(wanted: InvoiceInput, among: Parties, on: date) -> Currencies:
    """The currencies given, or their defaults, each money on that day (rules: Currencies).

    Raises Refusals of CurrencyUnsupported at the field, FxPairUnsupported at ("currency",).
    """
    money, found = presumed(wanted, among), Collector()
    found.keep(check_currency, money.currency, on, ("currency",))
    found.keep(check_currency, money.presentment, on, _PRESENTMENT)
    found.keep(check_currency, money.settlement, on, ("settlementCurrency",))
    found.refuse()
    if money.currency not in (money.presentment, money.settlement):
        message = f"It is in {money.currency}, so present or settle it in {money.currency} too."
        raise FxPairUnsupported(message, field=("currency",))
    return money


async def rates(
    wanted: InvoiceInput, among: Parties, now: datetime, source: RateSource
) -> Sequence[Rate]:
    """The rates that may be locked, asked for where one is needed."""
    money = presumed(wanted, among)
    if not money.needs_rate:
        return ()
    return await source.pair(among.workspace_id, money.presentment, money.settlement, now)


def newest(money: Currencies, known: Sequence[Rate], among: Parties, now: datetime) -> Rate | None:
    """The rate to lock; None where none is needed.

    Raises Refusals of FxRateUnavailable and FxRateStale at ("presentmentCurrency",).
    """
    if not money.needs_rate:
        return None
    oldest = timedelta(hours=among.seller.fx_rate_max_age_h)
    pair = {"base": money.presentment, "quote": money.settlement}
    with at(*_PRESENTMENT):
        return choose(known, **pair, now=now, stale_after=oldest)


def lock(money: Currencies, rate: Rate | None, total_minor: int, now: datetime) -> Locked | None:
    """What an invoice of this total comes to at a rate; None without one.

    Raises Refusals of AmountTooLarge at ("presentmentCurrency",).
    """
    if rate is None:
        return None
    with at(*_PRESENTMENT):
        total = settled(total_minor, rate.rate, money.currency, money.settlement)
    return Locked(rate, now, total)


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
