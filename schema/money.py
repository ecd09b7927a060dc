"""Money: an amount with its currency, in minor units and in major ones."""

from decimal import Decimal

import strawberry

from domain.currencies import CURRENCIES
from plans import sources
from plans.rows import Row
from schema.fields import field, scalar
from schema.scalars import CurrencyCode, MinorUnits


def major(money: Row) -> str:
    """SQL of an amount in major units, with exactly its currency's decimals."""
    others = {currency.decimals for currency in CURRENCIES.values()} - {2}
    cases = " ".join(
        f"WHEN {money.currency} IN ({_codes(decimals)}) THEN {_shifted(money.minor, decimals)}"
        for decimals in sorted(others)
    )
    return f"CASE {cases} ELSE {_shifted(money.minor, 2)} END"


def _codes(decimals: int) -> str:
    return ", ".join(
        f"'{code}'" for code, currency in CURRENCIES.items() if currency.decimals == decimals
    )


def _shifted(minor: str, decimals: int) -> str:
    if decimals == 0:
        return f"({minor})::text"
    return f"round({minor} * {10**-decimals:.{decimals}f}, {decimals})::text"


@strawberry.type(description="An exact amount in one currency.")
class Money:
    """Made of a column of minor units and one of currency codes."""

    minor: MinorUnits = scalar(
        "minor",
        "A whole count of the currency's minor units: 11900 for 119.00 USD. Reckon with this.",
    )
    amount: Decimal = field(
        sources.Scalar(major, written=True),
        "The same in major units, with exactly the currency's decimals: `119.00`, `1240`, `3.704`. "
        "Show this.",
    )
    currency: CurrencyCode = scalar("currency", "The currency that both are in.")
