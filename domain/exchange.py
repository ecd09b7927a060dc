"""Exchange rates: which one is locked on an invoice, and what amounts come to in settlement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from domain.decimals import check_decimals, check_finite
from domain.errors import (
    AmountTooLarge,
    FxPairUnsupported,
    FxRateStale,
    FxRateUnavailable,
    OutOfRange,
)
from domain.limits import AMOUNT_MAX_MINOR, FX_RATE_DECIMALS, FX_RATE_MAX
from domain.money import plain, round_half_away, to_major, to_minor

INVERSE_DECIMALS = 10
STALE_AFTER = timedelta(hours=96)
"""A rate of Friday afternoon holds until Tuesday afternoon."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`rate` units of `quote` for one of `base`, as its source had it at `as_of`."""

    base: str
    quote: str
    rate: Decimal
    source: str
    as_of: datetime


def check_rate(rate: Decimal, path: tuple[str, ...] = ("rate",)) -> Decimal:
    """An exchange rate without trailing zeros: above 0, at most 10^12, at most 12 decimals.

    Raises OutOfRange with meta {max}, or InvalidFormat, at `path`.
    """
    check_finite(rate, path)
    if not 0 < rate <= FX_RATE_MAX:
        message = f"A rate is above 0, and at most {FX_RATE_MAX}."
        raise OutOfRange(message, field=path, meta={"max": str(FX_RATE_MAX)})
    return check_decimals(rate, path, FX_RATE_DECIMALS)


def check_pair(currency: str, presentment: str, settlement: str) -> bool:
    """Whether the invoice needs a rate: presentment and settlement currency differ.

    Raises FxPairUnsupported at ("currency",) where the invoice's currency is neither of them
    (rules: Currencies).
    """
    if currency not in (presentment, settlement):
        raise FxPairUnsupported(
            f"The currency is {presentment}, that of presentment, or {settlement}, that of "
            "settlement.",
            field=("currency",),
            meta={"allowed": sorted({presentment, settlement})},
        )
    return presentment != settlement


def choose(
    rates: Iterable[Rate],
    *,
    base: str,
    quote: str,
    now: datetime,
    stale_after: timedelta = STALE_AFTER,
) -> Rate:
    """The newest rate from `base` to `quote` known at `now`: a direct one, or the inverse.

    An inverse is rounded to 10 decimals; of two as new, the direct one is chosen. Rates of other
    pairs and of later than `now` do not count. Raises FxRateUnavailable where there is none, and
    FxRateStale with meta {asOf, maxAgeHours} where the newest is older than `stale_after`
    (rules: Currencies).
    """
    known = [_towards(base, rate) for rate in rates if _joins(rate, base, quote)]
    usable = [(rate.as_of, direct, rate) for direct, rate in known if rate.rate]
    usable = [found for found in usable if found[0] <= now]
    if not usable:
        raise FxRateUnavailable(
            f"No exchange rate from {base} to {quote} is known; set one first.",
            meta={"base": base, "quote": quote},
        )
    newest = max(usable, key=lambda found: found[:2])[2]
    if now - newest.as_of > stale_after:
        raise _stale(newest, stale_after)
    return newest


def inverse(rate: Decimal) -> Decimal:
    """1 / rate, rounded to 10 decimals, without trailing zeros: 1.25 -> 0.8."""
    ten_billionths = round_half_away(10**INVERSE_DECIMALS / Fraction(rate))
    return plain(Decimal((0, tuple(map(int, str(ten_billionths))), -INVERSE_DECIMALS)))


def settled(minor: int, rate: Decimal | None, currency: str, settlement: str) -> int:
    """An amount or balance of an invoice in minor units of its settlement currency: r(it x rate).

    `rate` is the invoice's fxRate, None where it has none. An invoice in its settlement currency is
    settled as it is, whatever its rate. Raises AmountTooLarge with meta {max} (rules: Currencies).
    """
    if currency == settlement or rate is None:
        return minor
    amount = to_minor(Fraction(to_major(minor, currency)) * Fraction(rate), settlement)
    if abs(amount) > AMOUNT_MAX_MINOR:
        raise AmountTooLarge(
            f"In {settlement} this comes to more than an amount can be.",
            meta={"max": AMOUNT_MAX_MINOR},
        )
    return amount


def settled_entry(
    before_minor: int, after_minor: int, rate: Decimal | None, currency: str, settlement: str
) -> int:
    """What a ledger entry that moves the balance from `before` to `after` comes to in settlement.

    The difference of the two balances settled, so that any entries sum to their whole exactly: 100
    at 1.0842 paid by 33.33, 33.33 and 33.34 settles by 36.14, 36.13 and 36.15 (rules: Currencies).
    Raises AmountTooLarge with meta {max}.
    """
    after = settled(after_minor, rate, currency, settlement)
    return after - settled(before_minor, rate, currency, settlement)


def _joins(rate: Rate, base: str, quote: str) -> bool:
    return base != quote and {rate.base, rate.quote} == {base, quote}


def _towards(base: str, rate: Rate) -> tuple[bool, Rate]:
    if rate.base == base:
        return True, rate
    return False, replace(rate, base=base, quote=rate.base, rate=inverse(rate.rate))


def _stale(rate: Rate, stale_after: timedelta) -> FxRateStale:
    hours = stale_after // timedelta(hours=1)
    as_of = rate.as_of.astimezone(UTC)
    return FxRateStale(
        f"The newest exchange rate from {rate.base} to {rate.quote} is of "
        f"{as_of:%Y-%m-%d %H:%M} UTC, more than {hours} hours ago; set a fresh one first.",
        meta={"asOf": f"{as_of:%Y-%m-%dT%H:%M:%S.%f}Z", "maxAgeHours": hours},
    )
