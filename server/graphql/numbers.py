"""Numbers in requests, by their digits: a JSON number never becomes a float on its way to a Decimal."""

import json
from decimal import Decimal
from typing import Any

DIGITS_AT_MOST = 60


def has_inexact_number(value: Any) -> bool:
    """Whether fast decoding made a float of a number, and may have lost digits of it."""
    if isinstance(value, dict):
        return any(map(has_inexact_number, value.values()))
    if isinstance(value, list):
        return any(map(has_inexact_number, value))
    return isinstance(value, float)


def exact_numbers(body: bytes) -> Any:
    """The JSON with its fractions as decimals. Raises ValueError for absurdly long numbers."""
    return json.loads(body, parse_float=_decimal, parse_int=_integer)


def _decimal(digits: str) -> Decimal | float:
    """By its digits; one with an exponent stays a float, which no exact scalar takes.

    As a decimal, 1e-999999999 would fill the memory where it is written out.
    """
    if len(digits) > DIGITS_AT_MOST:
        raise ValueError("a number is too long")
    return float(digits) if "e" in digits.lower() else Decimal(digits)


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_AT_MOST:
        raise ValueError("a number is too long")
    return int(digits)
