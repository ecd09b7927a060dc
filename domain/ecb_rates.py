"""Reads the euro reference rates as the European Central Bank publishes them, in XML or CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from xml.parsers import expat
from zoneinfo import ZoneInfo

from domain.exchange import Rate

BASE = "EUR"
SOURCE = "ECB"
MAX_BYTES = 16 * 2**20
"""The whole history since 1999 is some 8 MB of XML; more than twice that is something else."""

_CUBE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref Cube"
_RATE = re.compile(r"\d{1,12}(\.\d{1,10})?", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_ABSENT = {"", "N/A"}
_PUBLISHED_AT = time(16, tzinfo=ZoneInfo("Europe/Berlin"))
_MONTHS = [
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
]


class RatesUnreadable(ValueError):
    """The bytes are not a file of reference rates; the message says why."""


@dataclass(frozen=True, slots=True)
class ReferenceRates:
    """One day's rates: so many units of each currency for one euro."""

    on: date
    rates: Mapping[str, Decimal]

    @property
    def published_at(self) -> datetime:
        """About when the bank publishes them: 16:00 in Frankfurt, in UTC."""
        return datetime.combine(self.on, _PUBLISHED_AT).astimezone(UTC)

    def as_rates(self) -> list[Rate]:
        """The same as rates from EUR, by currency."""
        return [
            Rate(BASE, currency, rate, SOURCE, self.published_at)
            for currency, rate in sorted(self.rates.items())
        ]


def read(content: bytes) -> tuple[ReferenceRates, ...]:
    """The days of a file in either format, daily or historical, newest first.

    Raises RatesUnreadable for anything else, for a file above 16 MiB, with a DTD, without a
    day, with a day or a currency twice, or with a rate that is not above 0. A currency without a
    rate on a day ("N/A") is left out of it.
    """
    if len(content) > MAX_BYTES:
        raise RatesUnreadable(f"more than {MAX_BYTES} bytes")
    is_xml = content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    days = read_xml(content) if is_xml else read_csv(content)
    if not days:
        raise RatesUnreadable("no day in it")
    return tuple(
        ReferenceRates(on, rates)
        for on, rates in sorted(days.items(), key=lambda day: day[0], reverse=True)
    )


Days = dict[date, dict[str, Decimal]]


def read_xml(content: bytes) -> Days:
    """The days of a `eurofxref-daily.xml`, `-hist-90d.xml` or `-hist.xml`."""
    parser = expat.ParserCreate(namespace_separator=" ")
    days: Days = {}
    # Without a DTD there are no entities, so nothing can grow or reach outside.
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = _cubes_into(days)
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, UnicodeError, LookupError) as error:
        raise RatesUnreadable(f"not well-formed XML: {error}") from error
    return days


def read_csv(content: bytes) -> Days:
    """The days of a `eurofxref.csv` or `eurofxref-hist.csv`."""
    try:
        text = content.decode("utf-8-sig")
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines())]
    except (UnicodeError, csv.Error) as error:
        raise RatesUnreadable(f"not CSV: {error}") from error
    header, *rows = [row for row in rows if any(row)] or [[]]
    if header[:1] != ["Date"]:
        raise RatesUnreadable("not a file of reference rates")
    days: Days = {}
    for day, *cells in rows:
        rates = _open_day(days, day)
        if len(cells) != len(header) - 1:
            raise RatesUnreadable(f"{day} has {len(cells)} rates for {len(header) - 1} currencies")
        for currency, rate in zip(header[1:], cells, strict=True):
            if rate not in _ABSENT:
                _add(rates, currency, rate)
    return days


def _cubes_into(days: Days) -> Callable[[str, dict[str, str]], None]:
    open_day: list[dict[str, Decimal]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name != _CUBE:
            return
        if "time" in attributes:
            open_day[:] = [_open_day(days, attributes["time"])]
        elif "currency" in attributes:
            if not open_day:
                raise RatesUnreadable("a rate without a day")
            _add(open_day[0], attributes["currency"], attributes.get("rate", ""))

    return start


def _refuse_dtd(*_: object) -> None:
    raise RatesUnreadable("it has a DTD")


def _open_day(days: Days, written: str) -> dict[str, Decimal]:
    on = _day(written)
    if on in days:
        raise RatesUnreadable(f"{on} is in it twice")
    return days.setdefault(on, {})


def _add(rates: dict[str, Decimal], currency: str, rate: str) -> None:
    if not _CODE.fullmatch(currency):
        raise RatesUnreadable(f"{currency[:20]!r} is no currency")
    if currency in rates:
        raise RatesUnreadable(f"{currency} is in it twice")
    if not _RATE.fullmatch(rate) or not Decimal(rate):
        raise RatesUnreadable(f"{rate[:40]!r} is no rate for {currency}")
    rates[currency] = Decimal(rate)


def _day(written: str) -> date:
    """2026-07-01 or, in the daily CSV, 01 July 2026."""
    try:
        if match := re.fullmatch(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})", written, re.ASCII):
            return date(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise RatesUnreadable(f"{written[:40]!r} is no day")
