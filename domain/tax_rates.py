"""Tax rates: which of those of a country hold for one line on one day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.errors import OutOfRange
from domain.taxes import Tax


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax of a country: everywhere in it or in one region, on every line or on those of a code.

    It holds from its first day on, through its last one where it has one. `percent` is 8.25 for
    8.25%.
    """

    name: str
    percent: Decimal
    valid_from: date
    valid_to: date | None = None
    region: str | None = None
    code: str | None = None
    category: str = "STANDARD"

    @property
    def tax(self) -> Tax:
        """The same as a tax of a line, found rather than given."""
        return Tax(self.name, self.percent, self.category, "AUTO")


def holding(
    rates: Iterable[TaxRate], *, region: str | None, code: str | None, on: date
) -> tuple[Tax, ...] | None:
    """The taxes of a line with this code, sold on this day to someone in this region of the country.

    Of the rates that hold the most specific ones: those of region and code, else of the region,
    else of the code, else of the whole country; all of these, by name. Of one name the one that
    began last. None where none holds. Letter case in regions does not count (rules: Tax look-up).
    """
    known = [rate for rate in rates if _holds(rate, region, code, on)]
    if not known:
        return None
    most = max(map(_specificity, known))
    newest: dict[str, TaxRate] = {}
    for rate in sorted(known, key=lambda rate: rate.valid_from):
        if _specificity(rate) == most:
            newest[rate.name] = rate
    return tuple(newest[name].tax for name in sorted(newest))


def check_days(valid_from: date, valid_to: date | None, path: tuple[str, ...]) -> None:
    """Refuses a rate that would end before it begins, with OutOfRange (meta {min}) at `path`."""
    if valid_to is not None and valid_to < valid_from:
        first = valid_from.isoformat()
        message = f"It begins on {first}, so its last day is that or a later one."
        raise OutOfRange(message, field=path, meta={"min": first})


def _holds(rate: TaxRate, region: str | None, code: str | None, on: date) -> bool:
    return (
        rate.valid_from <= on
        and (rate.valid_to is None or on <= rate.valid_to)
        and (rate.region is None or _folded(rate.region) == _folded(region))
        and (rate.code is None or rate.code == code)
    )


def _specificity(rate: TaxRate) -> tuple[bool, bool]:
    return rate.region is not None, rate.code is not None


def _folded(region: str | None) -> str | None:
    return None if region is None else region.strip().casefold()
