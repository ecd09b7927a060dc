"""The taxes that a caller gives a line: a fraction, a percentage, or a list, and never two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from domain.decimals import check_decimals, check_finite
from domain.errors import Collector, InvalidArgument, OutOfRange, TaxRateInvalid
from domain.limits import (
    NAME_LENGTH_MAX,
    PERCENT_DECIMALS,
    PERCENT_MAX,
    TAX_RATE_DECIMALS,
    TAX_RATE_MAX,
    TAXES_PER_LINE_MAX,
)
from domain.money import plain
from domain.taxes import Tax
from domain.texts import check_text

UNNAMED = "Tax"
"""The name of a tax that was given by its rate alone."""

UNTAXED = (Tax(UNNAMED, Decimal(0)),)
"""What a line bears that was given no tax: the same as a rate of 0."""

Path = tuple[str, ...]


def check_line_taxes(
    path: Path,
    *,
    tax_rate: Decimal | None,
    tax_percent: Decimal | None,
    taxes: Sequence[Tax] | None,
    automatic: bool,
) -> tuple[Tax, ...]:
    """The taxes of the line at `path`; where none are given and none are looked up, one of 0 percent.

    So every sale has its place in the breakdown. Raises
    InvalidArgument where more than one of the four is given, or a tax twice; TaxRateInvalid outside
    0 to 1 or 0 to 100 (with a hint what was meant) and for a percentage on an exempt category;
    InvalidFormat for too many decimals (rules: Money and rounding, Totals).
    """
    _check_one_way(path, tax_rate, tax_percent, taxes, automatic)
    if tax_rate is not None:
        return (Tax(UNNAMED, _percent_of_rate(tax_rate, (*path, "taxRate"))),)
    if tax_percent is not None:
        return (Tax(UNNAMED, check_tax_percent(tax_percent, (*path, "taxPercent"))),)
    return _check_list(taxes or (), (*path, "taxes")) or (() if automatic else UNTAXED)


def check_tax_percent(percent: Decimal, path: Path) -> Decimal:
    """A tax's percentage, 0 to 100 with at most 6 decimals.

    Raises TaxRateInvalid with meta {min, max}, or InvalidFormat, at `path`.
    """
    check_finite(percent, path)
    if not 0 <= percent <= PERCENT_MAX:
        raise TaxRateInvalid(
            "A tax is from 0 to 100 percent; 8.25% is 8.25.",
            field=path,
            meta={"min": "0", "max": str(PERCENT_MAX)},
        )
    return check_decimals(percent, path, PERCENT_DECIMALS)


def _check_one_way(
    path: Path,
    tax_rate: Decimal | None,
    tax_percent: Decimal | None,
    taxes: Sequence[Tax] | None,
    automatic: bool,
) -> None:
    given = {"taxRate": tax_rate, "taxPercent": tax_percent, "taxes": taxes}
    names = [name for name, value in given.items() if value is not None]
    names += ["automaticTax"] if automatic else []
    if len(names) > 1:
        raise InvalidArgument(
            f"Give a line's tax in one way; here are {' and '.join(names)}.",
            field=(*path, names[-1]),
        )


def _percent_of_rate(tax_rate: Decimal, path: Path) -> Decimal:
    check_finite(tax_rate, path)
    if not 0 <= tax_rate <= TAX_RATE_MAX:
        raise TaxRateInvalid(
            "taxRate is a fraction from 0 to 1: 8.25% is 0.0825, or taxPercent: 8.25.",
            field=path,
            meta={"min": "0", "max": str(TAX_RATE_MAX)},
        )
    rate = check_decimals(tax_rate, path, TAX_RATE_DECIMALS)
    # A product of bounded decimals: at most 9 digits, so exact in any decimal context.
    return plain(rate.scaleb(2))


def _check_list(taxes: Sequence[Tax], path: Path) -> tuple[Tax, ...]:
    if len(taxes) > TAXES_PER_LINE_MAX:
        raise OutOfRange(
            f"A line has at most {TAXES_PER_LINE_MAX} taxes.",
            field=path,
            meta={"max": TAXES_PER_LINE_MAX},
        )
    found = Collector()
    kept = [found.keep(_check_tax, tax, (*path, str(k))) for k, tax in enumerate(taxes)]
    checked = tuple(tax for tax in kept if tax is not None)
    found.refuse()
    if len({tax.rate for tax in checked}) < len(checked):
        raise InvalidArgument("The same tax is on this line twice.", field=path)
    return checked


def _check_tax(tax: Tax, path: Path) -> Tax:
    found = Collector()
    name = found.keep(check_text, tax.name, (*path, "name"), NAME_LENGTH_MAX)
    percent = found.keep(check_tax_percent, tax.percent, (*path, "percent"))
    if percent and tax.category != "STANDARD":
        found.refusals.append(
            TaxRateInvalid(
                f"A tax of category {tax.category} has 0 percent.",
                field=(*path, "percent"),
                meta={"max": "0"},
            )
        )
    found.refuse()
    assert name is not None
    assert percent is not None
    return replace(tax, name=name, percent=percent)
