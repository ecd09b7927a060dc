"""Currencies: as ISO 4217 has them, and those it had."""

from __future__ import annotations

from datetime import date

import iso4217
import pytest

from domain.currencies import CURRENCIES, check_currency, decimals_of
from domain.errors import CurrencyUnsupported

TODAY = date(2026, 7, 1)


def test_the_current_currencies_are_those_of_iso_4217_with_minor_units() -> None:
    current = {c.code: c.decimals for c in CURRENCIES.values() if c.withdrawn_on is None}

    assert current == {c.code: c.exponent for c in iso4217.Currency if c.exponent is not None}


def test_a_withdrawn_currency_is_no_current_one() -> None:
    withdrawn = {c.code for c in CURRENCIES.values() if c.withdrawn_on is not None}

    assert withdrawn >= {"DEM", "HRK", "BGN", "ANG"}
    assert not withdrawn & {c.code for c in iso4217.Currency}


def test_codes_are_three_capital_letters_in_the_alphabets_order() -> None:
    for code, currency in CURRENCIES.items():
        assert code == currency.code
        assert len(code) == 3
        assert code.isascii()
        assert code.isupper()
        assert currency.name


@pytest.mark.parametrize(
    ("code", "decimals"), [("JPY", 0), ("USD", 2), ("IQD", 3), ("KWD", 3), ("CLF", 4), ("HRK", 2)]
)
def test_a_currency_has_its_decimals(code: str, decimals: int) -> None:
    assert decimals_of(code) == decimals


@pytest.mark.parametrize("code", ["XXX", "XAU", "usd", "US", "", "USDX" * 1000, "€"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(CurrencyUnsupported):
        decimals_of(code)
    with pytest.raises(CurrencyUnsupported) as caught:
        check_currency(code, TODAY, ("invoice", "currency"))
    assert caught.value.field == ("invoice", "currency")
    assert len(caught.value.message) < 100


def test_a_withdrawn_currency_is_good_until_the_day_before() -> None:
    assert check_currency("HRK", date(2022, 12, 31)) == "HRK"
    with pytest.raises(CurrencyUnsupported, match="withdrawn on 2023-01-01"):
        check_currency("HRK", date(2023, 1, 1))
    assert check_currency("EUR", TODAY) == "EUR"
