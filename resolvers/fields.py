"""Fields as callers give them: checked by their noun's table, whatever is wrong refused at once."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from domain.calendar import check_zone
from domain.currencies import check_currency
from domain.decimals import check_percent
from domain.errors import Collector, InvalidFormat, OutOfRange, Required
from domain.limits import AMOUNT_MAX_MINOR, PAYMENT_TERMS_DAYS_MAX
from domain.texts import check_optional_text, check_text

Path = tuple[str, ...]
Check = Callable[[Any, Path], Any]
"""Answers a value as it is stored, or refuses it at the path; null arrives as None."""

Given = Mapping[str, Any]
"""What a caller gave, by the contract's names in snake_case; what is absent was not given."""


def camel(name: str) -> str:
    """The contract's spelling of a column: payment_terms_days -> paymentTermsDays."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def checked(given: Given, checks: Mapping[str, Check]) -> dict[str, Any]:
    """Every given field as it is stored; Refusals of all that is wrong, each at its own name."""
    found = Collector()
    values = {
        name: found.keep(checks[name], value, (camel(name),)) for name, value in given.items()
    }
    found.refuse()
    return values


def text(length_max: int) -> Check:
    """Text that must be there."""
    return required(lambda value, path: check_text(value, path, length_max))


def optional_text(length_max: int) -> Check:
    """Text that may be null; blank is null."""
    return lambda value, path: check_optional_text(value, path, length_max)


def required(check: Check) -> Check:
    """Refuses null with Required, else checks."""

    def checking(value: Any, path: Path) -> Any:
        if value is None:
            raise Required("This cannot be empty.", field=path)
        return check(value, path)

    return checking


def optional(check: Check) -> Check:
    """Lets null through, else checks."""
    return lambda value, path: None if value is None else check(value, path)


def or_else(default: Any, check: Check) -> Check:
    """Takes null as a default, else checks."""
    return lambda value, path: default if value is None else check(value, path)


def one_of(choices: Collection[str]) -> Check:
    """One of these words."""

    def checking(value: str, path: Path) -> str:
        if value not in choices:
            raise InvalidFormat(f"This is one of {', '.join(choices)}.", field=path)
        return value

    return checking


def whole(least: int, most: int) -> Check:
    """A whole number within limits."""

    def checking(value: int, path: Path) -> int:
        if not least <= value <= most:
            limits = {"min": least, "max": most}
            raise OutOfRange(f"This is from {least} to {most}.", field=path, meta=limits)
        return value

    return checking


def as_it_is(value: Any, _: Path) -> Any:
    """A value whose type says it all."""
    return value


def currency_on(day: date) -> Check:
    """A currency that is money on this day."""
    return lambda value, path: check_currency(value, day, path)


def percent(value: Decimal, path: Path) -> Decimal:
    """A percentage from 0 to 100."""
    return check_percent(value, path)


def zone(value: str, path: Path) -> str:
    """An IANA time zone."""
    return check_zone(value, path)


terms_days = whole(0, PAYMENT_TERMS_DAYS_MAX)
amount_minor = whole(0, AMOUNT_MAX_MINOR)
