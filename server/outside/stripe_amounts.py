"""Amounts as Stripe counts them, which for some currencies is not as ISO 4217 does."""

from domain.currencies import decimals_of

ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV"}
    | {"XAF", "XOF", "XPF"}
)
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Whole units alone, which Stripe wants as if there were hundredths of them.
WHOLE_HUNDREDS = frozenset({"ISK", "UGX"})


class AmountNotChargeable(ValueError):
    """An amount that has no equal in what Stripe counts in, such as 0.50 of what has no cents."""


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units (ISO 4217) of a currency as Stripe's integer.

    Nothing is rounded: AmountNotChargeable where the amount cannot be said exactly.
    Source: Stripe, Supported currencies: zero-decimal, three-decimal, special cases.
    """
    amount, rest = divmod(minor * _parts(_decimals(currency)), _parts(decimals_of(currency)))
    if rest or amount % _step(currency):
        raise AmountNotChargeable(f"Stripe takes no such fraction of {currency}.")
    return amount


def _decimals(currency: str) -> int:
    """How many of them Stripe counts, UGX and ISK included."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def _step(currency: str) -> int:
    """What an amount must be a multiple of."""
    if currency in WHOLE_HUNDREDS:
        return 100
    # The last of the three digits must be 0, for the card networks know two.
    return 10 if currency in THREE_DECIMAL else 1


def _parts(decimals: int) -> int:
    return int(10**decimals)
