"""Amounts, days and addresses read as the customer is used to, and exactly."""

import re
import tomllib
from datetime import date
from decimal import Decimal

import pytest

from server.locales import WORDING, Address, accepted_reader, languages, reader_of


@pytest.mark.parametrize(
    ("locale", "minor", "currency", "text"),
    [
        ("en-US", 269485, "USD", "$2,694.85"),
        ("de-DE", 269485, "EUR", "2.694,85\u00a0€"),
        ("de-CH", 269485, "CHF", "CHF\u00a02’694.85"),
        ("en-US", 1240, "JPY", "¥1,240"),
        ("ja-JP", 1240, "JPY", "￥1,240"),
        ("en-US", 3704, "KWD", "KWD\u00a03.704"),
        ("en-US", -500, "USD", "−$5.00"),
        ("en-US", 10**14, "USD", "$1,000,000,000,000.00"),
        ("en-IN", 10**9, "INR", "₹1,00,00,000.00"),
        (None, 5, "USD", "$0.05"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(
    locale: str | None, minor: int, currency: str, text: str
) -> None:
    assert reader_of(locale).money(minor, currency) == text


def test_decimals_are_those_of_iso_4217_where_cldr_shows_fewer() -> None:
    assert reader_of("en-US").money(12345, "CLF") == "CLF\u00a01.2345"
    assert reader_of("hu-HU").money(12345, "HUF") == "123,45\u00a0Ft"


def test_a_unit_price_keeps_every_digit_that_was_entered() -> None:
    reader = reader_of("en-US")
    assert reader.unit_price(Decimal(15), "USD") == "$15.00"
    assert reader.unit_price(Decimal("0.000000000125"), "USD") == "$0.000000000125"
    assert reader.unit_price(Decimal("15.000000"), "JPY") == "¥15"


def test_quantities_and_percents_lose_their_trailing_zeros_alone() -> None:
    reader = reader_of("de-DE")
    assert reader.quantity(Decimal("1234.50000000")) == "1.234,5"
    assert reader.quantity(Decimal("0.00000001")) == "0,00000001"
    assert reader.percent(Decimal("8.250000")) == "8,25\u00a0%"
    assert reader.percent(Decimal("0.000001")) == "0,000001\u00a0%"


def test_days_are_written_out() -> None:
    assert reader_of("en-US").day(date(2026, 6, 9)) == "June 9, 2026"
    assert reader_of("de-DE").day(date(2026, 6, 9)) == "9. Juni 2026"


def test_a_town_is_written_as_in_its_country() -> None:
    reader = reader_of("en-US")
    american = Address("1 Main St", "Austin", "US", region="TX", postal_code="78701")
    german = Address("Lindenstraße 4", "Berlin", "DE", postal_code="10969")
    assert reader.address_lines(american) == ["1 Main St", "Austin TX 78701", "United States"]
    assert reader.address_lines(german) == ["Lindenstraße 4", "10969 Berlin", "Germany"]


@pytest.mark.parametrize("tag", ["xx", "tlh-KL", "", "de_", "../../etc/passwd", "e" * 500, "en-🙂"])
def test_an_unknown_or_malformed_locale_reads_english(tag: str) -> None:
    assert reader_of(tag).language in ("en", "de")
    assert reader_of(tag).money(100, "USD")


def test_a_language_without_words_of_its_own_gets_english_words_and_its_own_numbers() -> None:
    reader = reader_of("pl-PL")
    assert reader.say("amount_due") == "Amount due"
    assert reader.money(12345678, "PLN") == "123\u00a0456,78\u00a0zł"


def test_arabic_runs_from_right_to_left() -> None:
    assert reader_of("ar-EG").direction == "rtl"
    assert reader_of("pl-PL").direction == "ltr"


def test_the_first_accepted_language_that_we_have_is_taken() -> None:
    assert accepted_reader("pl-PL,de-AT;q=0.9,en;q=0.8").language == "de"
    assert accepted_reader("").language == "en"
    assert accepted_reader(",;,,*").language == "en"


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_words_with_the_same_gaps(language: str) -> None:
    def gaps(name: str) -> dict[str, set[str]]:
        words = tomllib.loads((WORDING / f"{name}.toml").read_text("utf-8"))
        return {word: set(re.findall(r"{\w+}", text)) for word, text in words.items()}

    assert gaps(language) == gaps("en")
