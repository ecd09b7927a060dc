"""Reference rates of the European Central Bank: both formats, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ecb_rates import MAX_BYTES, RatesUnreadable, ReferenceRates, read
from domain.exchange import Rate

FOLDER = Path(__file__).parent / "ecb"
DAILY = {
    "USD": Decimal("1.0842"),
    "JPY": Decimal("171.94"),
    "GBP": Decimal("0.84815"),
    "ISK": Decimal("148.90"),
    "IDR": Decimal("17543.61"),
}
XML = (FOLDER / "eurofxref-daily.xml").read_text(encoding="utf-8")
CSV = (FOLDER / "eurofxref.csv").read_text(encoding="utf-8")
BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">
<!ENTITY c SYSTEM "file:///etc/passwd">]><x>&b;&c;</x>"""


@pytest.mark.parametrize("name", ["eurofxref-daily.xml", "eurofxref.csv"])
def test_both_daily_formats_say_the_same(name: str) -> None:
    assert read((FOLDER / name).read_bytes()) == (ReferenceRates(date(2026, 7, 1), DAILY),)


def test_the_history_is_read_newest_first_without_the_rates_that_a_day_lacks() -> None:
    days = read((FOLDER / "eurofxref-hist.csv").read_bytes())

    assert [day.on for day in days] == [date(2026, 7, 1), date(2026, 6, 30), date(2004, 12, 31)]
    assert sorted(days[0].rates) == ["GBP", "JPY", "USD"]
    assert days[2].rates["TRL"] == 1_836_200


def test_a_history_in_xml_has_a_cube_a_day() -> None:
    older = "<Cube time='2026-06-30'><Cube currency='USD' rate='1.0810'/></Cube>"
    days = read(XML.replace("\t</Cube>\n</gesmes", f"{older}\t</Cube>\n</gesmes").encode())

    assert [(day.on.day, day.rates["USD"]) for day in days] == [
        (1, Decimal("1.0842")),
        (30, Decimal("1.0810")),
    ]


def test_a_byte_order_mark_and_other_line_ends_change_nothing() -> None:
    for text in (XML, CSV):
        assert read(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())[0].rates == DAILY


def test_rates_are_published_in_the_afternoon_in_frankfurt() -> None:
    summer, winter = (ReferenceRates(date(2026, month, 1), DAILY) for month in (7, 12))

    assert summer.published_at == datetime(2026, 7, 1, 14, tzinfo=UTC)
    assert winter.published_at == datetime(2026, 12, 1, 15, tzinfo=UTC)
    assert summer.as_rates()[0] == Rate(
        "EUR", "GBP", Decimal("0.84815"), "ECB", summer.published_at
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "not a file of reference rates"),
        ("<html><body>Not found</body></html>", "no day"),
        ("<html><body>Not found", "not well-formed"),
        (BOMB, "DTD"),
        (XML.replace("1.0842", "-1.0842"), "no rate for USD"),
        (XML.replace("1.0842", "1e5"), "no rate for USD"),
        (XML.replace("1.0842", "0.000"), "no rate for USD"),
        (XML.replace("1.0842", "NaN"), "no rate for USD"),
        (XML.replace("1.0842", "١"), "no rate for USD"),
        (XML.replace(" rate='1.0842'", ""), "no rate for USD"),
        (XML.replace("'USD'", "'usd'"), "no currency"),
        (XML.replace("'JPY'", "'USD'"), "USD is in it twice"),
        (XML.replace("2026-07-01", "2026-02-30"), "no day"),
        (XML.replace("<Cube time='2026-07-01'>", "<Cube>"), "without a day"),
        (XML.replace("UTF-8", "no-such-encoding"), "not well-formed"),
        ("Date, USD, \n", "no day"),
        (CSV.replace("1.0842", "1,0842"), "6 rates for 5|7 rates for 6"),
        (CSV.replace("July", "Juli"), "no day"),
        (CSV.replace("01 July", "31 June"), "no day"),
        (CSV + CSV.splitlines()[1], "2026-07-01 is in it twice"),
        ("Day, USD\n01 July 2026, 1\n", "not a file of reference rates"),
        ('Date, "USD\n', "no day"),
    ],
)
def test_anything_else_is_unreadable(content: str, why: str) -> None:
    with pytest.raises(RatesUnreadable, match=why):
        read(content.encode())


def test_a_file_larger_than_the_whole_history_is_unreadable() -> None:
    with pytest.raises(RatesUnreadable, match="bytes"):
        read(b" " * (MAX_BYTES + 1))


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(content: bytes) -> None:
    for prefix in (b"", b"Date, USD\n", b"<?xml version='1.0'?>", XML.encode()[:400]):
        try:
            days = read(prefix + content)
        except RatesUnreadable:
            continue
        assert all(rate > 0 for day in days for rate in day.rates.values())
