"""Money as whole minor units: exact arithmetic inside, one rounding, and a fair way to split."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from domain.currencies import decimals_of

MAX_MINOR = 10**14
"""No amount has more minor units than this (rules: Money and rounding)."""


def round_half_away(x: Fraction | Decimal | int) -> int:
    """The nearest whole number, halves away from zero: 0.5 -> 1, -0.5 -> -1.

    The one rounding there is (rules: Money and rounding). Exact for any size of number.
    """
    exact = _exact(x)
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return magnitude if exact >= 0 else -magnitude


def to_minor(major: Decimal | Fraction | int, currency: str) -> int:
    """An amount in major units as minor units, rounded: 3.7045 KWD -> 3705.

    Raises CurrencyUnsupported for a code that is no currency.
    """
    return round_half_away(_exact(major) * 10 ** decimals_of(currency))


def to_major(minor: int, currency: str) -> Decimal:
    """Minor units in major units with exactly the currency's decimals: 11900 USD -> 119.00.

    Raises CurrencyUnsupported for a code that is no currency.
    """
    digits = tuple(int(digit) for digit in str(abs(minor)))
    return Decimal((int(minor < 0), digits, -decimals_of(currency)))


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros or an exponent: 8.2500 -> 8.25, 1E+2 -> 100."""
    if not number.is_finite():
        raise ValueError(f"{number} is not finite")
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if not any(digits):
        return Decimal(0)
    while exponent < 0 and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    return Decimal((sign, digits + (0,) * max(exponent, 0), min(exponent, 0)))


def spread(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Split `total` minor units in proportion to the weights, by largest remainder.

    Each part is the floor of its exact share; the units left over go one each to the largest
    fractional parts, ties to the lower position. A zero weight gets 0, and the parts always sum to
    `total` (rules: Money and rounding). Total and weights are not negative.
    """
    whole = sum(weights)
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("spread takes no negative numbers")
    if whole == 0:
        if total:
            raise ValueError("spread cannot place an amount where every weight is 0")
        return [0] * len(weights)
    shares = [divmod(total * weight, whole) for weight in weights]
    parts = [int(floor) for floor, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def _exact(x: Decimal | Fraction | int) -> Fraction:
    if isinstance(x, float):
        raise TypeError("a float never touches money")
    return Fraction(x)
