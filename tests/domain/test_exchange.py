"""Exchange: the newest rate of a pair either way round, and settlements that sum exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import (
    AmountTooLarge,
    FxPairUnsupported,
    FxRateStale,
    FxRateUnavailable,
    InvalidFormat,
    OutOfRange,
)
from domain.exchange import (
    STALE_AFTER,
    Rate,
    check_pair,
    check_rate,
    choose,
    inverse,
    settled,
    settled_entry,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
rates = st.decimals("0.0001", 100_000, places=6)


def rate(text: str, pair: str = "EUR USD", age: timedelta = HOUR) -> Rate:
    base, quote = pair.split()
    return Rate(base, quote, Decimal(text), "MANUAL", NOW - age)


def chosen(*known: Rate, base: str = "EUR", quote: str = "USD") -> Rate:
    return choose(known, base=base, quote=quote, now=NOW)


def test_the_newest_rate_of_the_pair_is_chosen() -> None:
    newest = rate("1.0842")

    assert chosen(rate("1.1", age=2 * HOUR), newest, rate("1.2", age=3 * HOUR)) == newest


def test_a_rate_the_other_way_round_is_inverted_to_10_decimals() -> None:
    found = chosen(rate("0.92", "USD EUR"))

    assert found == Rate("EUR", "USD", Decimal("1.0869565217"), "MANUAL", NOW - HOUR)


def test_the_newer_of_a_direct_rate_and_an_inverse_is_chosen_and_the_direct_one_of_two_as_new() -> (
    None
):
    direct = rate("1.1", age=2 * HOUR)

    assert chosen(direct, rate("0.8", "USD EUR")).rate == Decimal("1.25")
    assert chosen(rate("0.8", "USD EUR", 2 * HOUR), direct) == direct


def test_rates_of_other_pairs_and_of_the_future_do_not_count() -> None:
    with pytest.raises(FxRateUnavailable) as caught:
        chosen(rate("170", "EUR JPY"), rate("1.1", age=-HOUR))
    assert caught.value.meta == {"base": "EUR", "quote": "USD"}


def test_a_rate_whose_inverse_is_nothing_is_none() -> None:
    with pytest.raises(FxRateUnavailable):
        chosen(rate("1000000000000", "USD EUR"))


def test_a_rate_is_stale_after_96_hours() -> None:
    assert chosen(rate("1.1", age=STALE_AFTER))
    with pytest.raises(FxRateStale) as caught:
        chosen(rate("1.1", age=STALE_AFTER + timedelta(microseconds=1)))
    assert caught.value.meta == {"asOf": "2026-06-27T11:59:59.999999Z", "maxAgeHours": 96}


def test_an_invoice_is_in_its_presentment_or_its_settlement_currency() -> None:
    assert check_pair("EUR", "EUR", "USD")
    assert check_pair("USD", "EUR", "USD")
    assert not check_pair("USD", "USD", "USD")
    with pytest.raises(FxPairUnsupported) as caught:
        check_pair("GBP", "EUR", "USD")
    assert caught.value.field == ("currency",)
    assert caught.value.meta == {"allowed": ["EUR", "USD"]}


def test_a_hundred_euros_paid_in_three_parts_settle_to_the_cent() -> None:
    balances = [10_000, 6667, 3334, 0]

    parts = [
        -settled_entry(before, after, Decimal("1.0842"), "EUR", "USD")
        for before, after in pairwise(balances)
    ]

    assert parts == [3614, 3613, 3615]
    assert sum(parts) == settled(10_000, Decimal("1.0842"), "EUR", "USD") == 10_842


@pytest.mark.parametrize(
    ("minor", "rate_", "currency", "settlement", "amount"),
    [
        (10_000, "171.94", "EUR", "JPY", 17_194),
        (17_194, "0.0058159823", "JPY", "EUR", 10_000),
        (1000, "3.254321", "KWD", "USD", 325),
        (-5, "0.1", "EUR", "USD", -1),
        (5, "0.1", "EUR", "USD", 1),
    ],
)
def test_amounts_settle_in_the_decimals_of_their_currency(
    minor: int, rate_: str, currency: str, settlement: str, amount: int
) -> None:
    assert settled(minor, Decimal(rate_), currency, settlement) == amount


def test_an_invoice_in_its_settlement_currency_settles_as_it_is() -> None:
    assert settled(1234, Decimal("1.1"), "USD", "USD") == 1234
    assert settled(1234, None, "USD", "USD") == 1234


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=8), rates)
def test_parts_settle_to_their_whole_and_none_against_its_sign(
    parts: list[int], rate: Decimal
) -> None:
    balances = list(accumulate(parts, lambda left, part: left - part, initial=sum(parts)))

    entries = [
        settled_entry(before, after, rate, "EUR", "JPY") for before, after in pairwise(balances)
    ]

    assert -sum(entries) == settled(sum(parts), rate, "EUR", "JPY")
    assert all(entry <= 0 for entry in entries)


def test_a_settlement_has_the_bounds_of_all_amounts() -> None:
    with pytest.raises(AmountTooLarge):
        settled(10**13, Decimal(1000), "USD", "EUR")


@given(rates)
def test_an_inverse_is_within_half_a_unit_of_its_last_decimal(rate: Decimal) -> None:
    assert abs(Fraction(inverse(rate)) - 1 / Fraction(rate)) <= Fraction(1, 2 * 10**10)


def test_a_rate_is_above_zero_and_has_at_most_12_decimals() -> None:
    assert str(check_rate(Decimal("1.084200"))) == "1.0842"
    assert check_rate(Decimal("0.000000000001"))
    for wrong in ("0", "-1", "1000000000000.1"):
        with pytest.raises(OutOfRange):
            check_rate(Decimal(wrong))
    for wrong in ("0.0000000000001", "NaN", "Infinity"):
        with pytest.raises(InvalidFormat):
            check_rate(Decimal(wrong))
