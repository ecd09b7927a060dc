"""How amounts, days and addresses read in a customer's locale, and the words around them."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern

from domain.currencies import decimals_of
from domain.money import plain, to_major

WORDING = Path(__file__).parent / "wording"
FALLBACK = "en"
# CLDR keeps a code apart from its number (KWD 3.704), which Babel leaves out.
LETTER_AND_DIGIT = re.compile(r"(?<=[A-Z])(?=[0-9])")
POSTAL_CODE_LAST = frozenset({"AU", "CA", "GB", "IE", "IN", "NZ", "US"})


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as it was frozen on the invoice; country is an ISO 3166-1 code."""

    line1: str
    city: str
    country: str
    line2: str | None = None
    region: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True)
class Reader:
    """Someone who reads: `locale` forms numbers and days, `words` are of a language we have."""

    locale: Locale
    language: str
    words: Mapping[str, str]

    @property
    def direction(self) -> str:
        """The direction of the words: ltr or rtl."""
        return Locale(self.language).text_direction

    def say(self, word: str, **values: str) -> str:
        return self.words[word].format_map(values)

    def money(self, minor: int, currency: str) -> str:
        """Minor units in the locale's style, with the currency's decimals: ¥1,240, KWD 3.704."""
        return self._currency(to_major(minor, currency), currency, decimals_of(currency))

    def unit_price(self, amount: Decimal, currency: str) -> str:
        """Major units with at least the currency's decimals, and all those entered: $0.00125."""
        exact = plain(amount)
        return self._currency(exact, currency, max(decimals_of(currency), _decimals(exact)))

    def quantity(self, number: Decimal) -> str:
        exact = plain(number)
        pattern = _with_decimals(self.locale.decimal_formats[None], 0, _decimals(exact))
        return pattern.apply(exact, self.locale)

    def percent(self, percent: Decimal) -> str:
        exact = plain(percent).scaleb(-2)
        pattern = _with_decimals(self.locale.percent_formats[None], 0, _decimals(plain(percent)))
        return pattern.apply(exact, self.locale)

    def percents(self, percents: Sequence[Decimal]) -> str:
        return " + ".join(self.percent(percent) for percent in percents)

    def day(self, day: date) -> str:
        return format_date(day, "long", locale=self.locale)

    def address_lines(self, address: Address) -> list[str]:
        parts = [address.city, address.region, address.postal_code]
        if address.country not in POSTAL_CODE_LAST:
            parts = [address.postal_code, address.city, address.region]
        town = " ".join(part for part in parts if part)
        country = self.locale.territories.get(address.country, address.country)
        return [line for line in (address.line1, address.line2, town, country) if line]

    def _currency(self, amount: Decimal, currency: str, decimals: int) -> str:
        pattern = _with_decimals(self.locale.currency_formats["standard"], decimals, decimals)
        text = pattern.apply(amount, self.locale, currency=currency, currency_digits=False)
        return LETTER_AND_DIGIT.sub("\u00a0", text).replace("-", "\u2212")


@cache
def languages() -> tuple[str, ...]:
    """The languages that there are words in, English first."""
    found = sorted(file.stem for file in WORDING.glob("*.toml"))
    return (FALLBACK, *(language for language in found if language != FALLBACK))


@cache
def reader_of(tag: str | None) -> Reader:
    """The reader of a BCP 47 tag such as de-CH; English where it is unknown, malformed or None."""
    locale = _locale(tag or FALLBACK)
    language = locale.language if locale.language in languages() else FALLBACK
    words = tomllib.loads((WORDING / f"{language}.toml").read_text("utf-8"))
    return Reader(locale, language, words)


def accepted_reader(accept_language: str) -> Reader:
    """The reader of a browser's Accept-Language, by the first of its languages that we have."""
    for part in accept_language.split(",")[:10]:
        tag = part.partition(";")[0].strip()
        if tag[:2].lower() in languages():
            return reader_of(tag[:2].lower())
    return reader_of(None)


def _locale(tag: str) -> Locale:
    base = tag.replace("_", "-").partition("-u-")[0].partition("-x-")[0]
    try:
        return Locale.parse(base, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(FALLBACK)


def _with_decimals(pattern: NumberPattern, least: int, most: int) -> NumberPattern:
    """A copy of a locale's pattern for so many decimals: Babel would take CLDR's own number."""
    changed = copy(pattern)
    changed.frac_prec = (least, most)
    return changed


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)
