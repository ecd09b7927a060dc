"""Cells: SQL that writes values as RFC 4180 and spreadsheets want them."""

from types import SimpleNamespace
from typing import Any, cast

from schema.money import major

# What a spreadsheet takes for the beginning of a formula, whatever blanks stand before it.
FORMULA = r"^\s*[=+@\-＝＋－＠]|^[\t\r\n]"


def text(expression: str) -> str:
    """Any text, in quotes. One that a spreadsheet might calculate begins with an apostrophe."""
    given = f"({expression})"
    harmless = f"CASE WHEN {given} ~ '{FORMULA}' THEN '''' || {given} ELSE {given} END"
    return f"""'"' || replace({harmless}, '"', '""') || '"'"""


def word(expression: str) -> str:
    """Something of ours that needs no quotes, such as a status or a currency."""
    return f"({expression})::text"


def identity(prefix: str, expression: str) -> str:
    """A row's global id."""
    return f"'{prefix}_' || encode(uuid_send({expression}), 'hex')"


def day(expression: str) -> str:
    """A calendar day: 2026-01-31."""
    return f"to_char({expression}, 'YYYY-MM-DD')"


def instant(expression: str) -> str:
    """An instant in UTC: 2026-01-31T09:30:00.000000Z."""
    return f"""to_char({expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def number(expression: str) -> str:
    """An exact decimal, without zeros that say nothing."""
    return f"trim_scale({expression})::text"


def money(minor: str, currency: str) -> str:
    """An amount in major units, with its currency's decimals."""
    return major(cast(Any, SimpleNamespace(minor=minor, currency=currency)))
