"""Taxes of an invoice's lines: each rounding policy, for prices with and without tax in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from domain.money import round_half_away, spread


class Rate(NamedTuple):
    """What makes two taxes the same one."""

    name: str
    percent: Decimal
    category: str


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on a line; `source` is MANUAL, or AUTO where it was looked up."""

    name: str
    percent: Decimal
    category: str = "STANDARD"
    source: str = "MANUAL"

    @property
    def rate(self) -> Rate:
        """Its identity: lines with the same name, percent and category share one tax."""
        return Rate(self.name, self.percent, self.category)


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """What one tax of a line comes to."""

    tax: Tax
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TaxSubtotal:
    """What one tax comes to on the whole invoice.

    `taxable_minor` is the base that the percent applies to, so without tax also where the prices
    include it.
    """

    name: str
    percent: Decimal
    category: str
    taxable_minor: int
    tax_minor: int


LineTaxes = list[dict[Rate, int]]
"""For each line, what each of its taxes comes to, in minor units."""


def in_order(rates: Iterable[Rate]) -> list[Rate]:
    """The distinct rates in the order of the breakdown: percent descending, then name.

    Remainders go to the lower position in this order, so the order in which a caller writes a
    line's taxes changes nothing.
    """
    return sorted(set(rates), key=lambda rate: (-rate.percent, rate.name, rate.category))


def tax_exclusive(
    taxable: Sequence[int], rates: Sequence[Sequence[Rate]], rounding: str
) -> LineTaxes:
    """Taxes on top of prices, for lines with these taxable amounts and rates.

    PER_RATE rounds once for each rate, PER_LINE for each line and rate, PER_INVOICE once for all
    (rules: Totals). Several rates on a line add up on the same base.
    """
    if rounding == "PER_LINE":
        return [
            {rate: round_half_away(_exact_tax(base, rate)) for rate in own}
            for base, own in zip(taxable, rates, strict=True)
        ]
    members = _members(rates)
    exact = [_exact_tax(sum(taxable[i] for i in of), rate) for rate, of in members.items()]
    if rounding == "PER_INVOICE":
        rounded = spread(round_half_away(sum(exact, Fraction())), exact)
    else:
        rounded = [round_half_away(tax) for tax in exact]
    taxes: LineTaxes = [{} for _ in taxable]
    for (rate, of), tax in zip(members.items(), rounded, strict=True):
        _place(taxes, rate, of, tax, taxable)
    return taxes


def tax_inclusive(
    taxable: Sequence[int], rates: Sequence[Sequence[Rate]], rounding: str
) -> LineTaxes:
    """Taxes inside prices: lines with the same set of rates are taken together, by gross.

    PER_LINE takes each line by itself. The gross never changes (rules: Totals).
    """
    groups: dict[object, list[int]] = {}
    for i, own in enumerate(rates):
        groups.setdefault(i if rounding == "PER_LINE" else frozenset(own), []).append(i)
    taxes: LineTaxes = [{} for _ in taxable]
    for of in groups.values():
        ordered = in_order(rates[of[0]])
        percents = [Fraction(rate.percent) for rate in ordered]
        whole = round_half_away(_tax_inside(sum(taxable[i] for i in of), sum(percents, Fraction())))
        for rate, tax in zip(ordered, spread(whole, percents), strict=True):
            _place(taxes, rate, of, tax, taxable)
    return taxes


def break_down(bases: Sequence[int], taxes: LineTaxes) -> tuple[TaxSubtotal, ...]:
    """One row for each rate, percent descending, then name; rows of zero tax stay."""
    return tuple(
        TaxSubtotal(
            *rate,
            taxable_minor=sum(bases[i] for i in of),
            tax_minor=sum(taxes[i][rate] for i in of),
        )
        for rate, of in _members(taxes).items()
    )


def _members(rates: Sequence[Iterable[Rate]]) -> Mapping[Rate, list[int]]:
    ordered = in_order(rate for own in rates for rate in own)
    members: dict[Rate, list[int]] = {rate: [] for rate in ordered}
    for i, own in enumerate(rates):
        for rate in own:
            members[rate].append(i)
    return members


def _place(
    taxes: LineTaxes, rate: Rate, of: Sequence[int], tax: int, taxable: Sequence[int]
) -> None:
    parts = spread(tax, [taxable[i] for i in of])
    for i, part in zip(of, parts, strict=True):
        taxes[i][rate] = part


def _exact_tax(base: int, rate: Rate) -> Fraction:
    return base * Fraction(rate.percent) / 100


def _tax_inside(gross: int, percents: Fraction) -> Fraction:
    return gross * percents / (100 + percents)
