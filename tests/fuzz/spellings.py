"""Spellings: for every scalar, what it must take and what it must refuse, however odd."""

import string
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from domain.currencies import CURRENCIES
from domain.money import MAX_MINOR
from schema.scalars import DECIMAL_LENGTH, TIME_ZONES
from tests.fuzz.writing import Bare, read
from tests.schema.scalar_values import REFUSED

Spelling = SearchStrategy[Any]

ODD_TEXTS = (
    *("\0", "a\0b", "\x1b[31m", "\x7f", "\x85", "\ufeff", "\ufffe", "\uffff", "\U0010ffff"),
    *("\u202eevil", "\u2066a\u2069", "\u200b", "\u200d", "\u2028", "\u2029", "\r\n", "\t"),
    *("🧾", "👩‍👩‍👧‍👦", "e\u0301" * 50, "Z̷̡͉͗a̵̢̛͓l̸̰̈́g̶̼̈́ơ̵̝", "ﷺ", "ǅ", "İ", "ß", "\u0130"),
    *("'", '"', "\\", "`", "--", ";", "%", "_", "%s", "{}", "{0}", "$1", "$$", "\\u0000"),
    *("' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "${7*7}", "#panic()", "../../etc"),
    *("null", "NULL", "undefined", "true", "NaN", "Infinity", "-0", "1e999999", "0x10", "١٢"),
    *("x" * 300, "é" * 5_000, "🧾" * 1_100, " ", "", "\n" * 50, '"""', "#", "\\u{110000}"),
)
BROKEN_TEXTS = ("\ud800", "a\udfffb", "\udc00\ud800")
"""Halves of characters, which no UTF-8 holds."""

NUMBERS = tuple(
    map(
        Bare,
        (
            *("-0", "0", "1", "-1", "0.0", "-0.0", "1.0", "1e2", "1E+2", "1e-7", "1e999999"),
            *("-1e999999", "1e-999999999", "9007199254740993", "2147483648", "-2147483649"),
            *("9" * 30, "9" * 59, "9" * 5_000, f"0.{'1' * 45}", f"0.{'9' * 5_000}"),
        ),
    )
)
NOT_JSON = tuple(map(Bare, ("NaN", "Infinity", "-Infinity", "0x10", "1_000", "01", ".5", "1.")))
KINDS: tuple[Any, ...] = (True, False, [], {}, [[]], {"a": "b"}, [1], {"a": {"b": []}})

odd_texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=40)
broken_texts = st.sampled_from(BROKEN_TEXTS)


def _refused(name: str) -> SearchStrategy[Any]:
    return st.sampled_from(
        [read(text) for scalar, text in REFUSED if scalar == name and _is_json(text)]
    )


def _is_json(text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _wrong(*kinds: Any) -> Spelling:
    return st.sampled_from([*kinds, *KINDS])


def _decimal() -> Spelling:
    numbers = st.decimals(
        min_value=-(10**20), max_value=10**20, allow_nan=False, allow_infinity=False
    )
    texts = numbers.map(lambda number: format(number, "f")).filter(
        lambda text: len(text) <= DECIMAL_LENGTH
    )
    return texts | texts.map(Bare)


def _dates() -> SearchStrategy[str]:
    return st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat)


@st.composite
def _instants(draw: st.DrawFn) -> str:
    wall = draw(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)))  # noqa: DTZ001 - the offset is added below
    minutes = draw(st.integers(-14 * 60, 14 * 60))
    instant = wall.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    text = instant.isoformat()
    if minutes == 0:
        text = text.replace("+00:00", draw(st.sampled_from(("Z", "z", "+00:00", "-00:00"))))
    return text.replace("T", draw(st.sampled_from("Tt")))


def _either_case(texts: SearchStrategy[str]) -> SearchStrategy[str]:
    return texts | texts.map(str.lower) | texts.map(str.title)


def _addresses() -> SearchStrategy[str]:
    label = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20)
    rest = st.text(string.ascii_letters + string.digits + "-._~/?=&%:@!$'()*+,;é", max_size=60)
    return st.builds("https://{}.example/{}".format, label, rest)


storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))

TAKEN: Mapping[str, Spelling] = {
    "Decimal": _decimal(),
    "MinorUnits": st.integers(-MAX_MINOR, MAX_MINOR),
    "Date": _dates(),
    "DateTime": _instants(),
    "DueDate": _dates() | _instants(),
    "CurrencyCode": _either_case(st.sampled_from(sorted(CURRENCIES))),
    "CountryCode": _either_case(st.text(string.ascii_uppercase, min_size=2, max_size=2)),
    "TimeZone": st.sampled_from(sorted(TIME_ZONES)),
    "URL": _addresses(),
    "Metadata": st.dictionaries(storable, storable, max_size=5),
    "ID": odd_texts | st.integers(),
    "String": odd_texts,
    "Int": st.integers(-(2**31), 2**31 - 1),
    "Boolean": st.booleans(),
}

WRONG: Mapping[str, Spelling] = {
    "Decimal": _refused("Decimal") | st.sampled_from([*ODD_TEXTS, *KINDS]),
    "MinorUnits": _refused("MinorUnits") | st.sampled_from([*ODD_TEXTS, *KINDS]),
    "Date": _refused("Date") | st.sampled_from([*ODD_TEXTS, *NUMBERS, *KINDS]),
    "DateTime": _refused("DateTime") | st.sampled_from([*ODD_TEXTS, *NUMBERS, *KINDS]),
    "DueDate": _refused("DueDate") | st.sampled_from([*ODD_TEXTS, *NUMBERS, *KINDS]),
    "CurrencyCode": _refused("CurrencyCode") | st.sampled_from([*ODD_TEXTS, *NUMBERS, *KINDS]),
    "CountryCode": _refused("CountryCode") | st.sampled_from([*ODD_TEXTS, *NUMBERS, *KINDS]),
    "TimeZone": _refused("TimeZone") | st.sampled_from([*ODD_TEXTS, *NUMBERS, *KINDS]),
    "URL": _refused("URL") | st.sampled_from([*ODD_TEXTS, *NUMBERS, *KINDS]),
    "Metadata": _refused("Metadata") | st.sampled_from([*ODD_TEXTS, *NUMBERS]),
    "ID": st.sampled_from([True, False, Bare("1.5"), {"a": "b"}, [[]]]),
    "String": st.sampled_from([*NUMBERS, *KINDS]),
    "Int": st.sampled_from([*ODD_TEXTS, *KINDS]),
    "Boolean": st.sampled_from([*ODD_TEXTS, *NUMBERS, [], {}, {"a": "b"}]),
}
