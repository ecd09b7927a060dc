"""Numbers that people write: exact decimals within bounds."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import InvalidFormat, OutOfRange
from domain.limits import PERCENT_DECIMALS, PERCENT_MAX
from domain.money import plain


def check_decimal(
    number: Decimal, path: tuple[str, ...], *, least: Decimal, most: Decimal, decimals: int
) -> Decimal:
    """The number without trailing zeros, where it is from `least` to `most`.

    Raises OutOfRange with meta {min, max}, or InvalidFormat where it is not finite or has more
    than `decimals` decimals, at `path`.
    """
    check_finite(number, path)
    if not least <= number <= most:
        raise OutOfRange(
            f"Write a number from {least} to {most}.",
            field=path,
            meta={"min": str(least), "max": str(most)},
        )
    return check_decimals(number, path, decimals)


def check_percent(percent: Decimal, path: tuple[str, ...]) -> Decimal:
    """A percentage from 0 to 100 with at most 6 decimals. Raises as `check_decimal` does."""
    return check_decimal(
        percent, path, least=Decimal(0), most=PERCENT_MAX, decimals=PERCENT_DECIMALS
    )


def check_finite(number: Decimal, path: tuple[str, ...]) -> None:
    """Refuse NaN and infinities by InvalidFormat at `path`."""
    if not number.is_finite():
        raise InvalidFormat("Write a plain decimal number, such as 12.5.", field=path)


def check_decimals(number: Decimal, path: tuple[str, ...], decimals: int) -> Decimal:
    """The number without trailing zeros, where it then has at most `decimals` decimals.

    Raises InvalidFormat with meta {decimals} at `path`. Takes numbers of bounded size.
    """
    exact = plain(number)
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        raise InvalidFormat(
            f"Write at most {decimals} decimals.", field=path, meta={"decimals": decimals}
        )
    return exact
