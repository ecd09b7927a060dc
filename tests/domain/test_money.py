"""Money: one rounding, and splits that lose nothing."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currencies import CURRENCIES
from domain.money import MAX_MINOR, plain, round_half_away, spread, to_major, to_minor

totals = st.integers(0, MAX_MINOR)
weights = st.lists(st.integers(0, 1000) | st.fractions(0, 10), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("x", "rounded"),
    [
        ("0.5", 1),
        ("-0.5", -1),
        ("1.5", 2),
        ("2.5", 3),
        ("-2.5", -3),
        ("0.49999999999999999999999999999999999", 0),
        ("-0.4", 0),
        ("0", 0),
        ("99999999999999999999999999999999999.5", 10**35),
    ],
)
def test_halves_round_away_from_zero(x: str, rounded: int) -> None:
    assert round_half_away(Decimal(x)) == rounded


@given(st.decimals(-(10**20), 10**20, allow_nan=False, places=6))
def test_rounding_agrees_with_the_decimal_modules_own(x: Decimal) -> None:
    own = x.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=Context(prec=60))

    assert round_half_away(x) == int(own)


def test_a_float_never_touches_money() -> None:
    with pytest.raises(TypeError):
        round_half_away(0.5)  # type: ignore[arg-type]  # what the test is about
    with pytest.raises(TypeError):
        to_minor(1.1, "USD")  # type: ignore[arg-type]  # what the test is about


@pytest.mark.parametrize(
    ("major", "currency", "minor"),
    [
        ("2500.00", "USD", 250000),
        ("0.005", "USD", 1),
        ("499.5", "JPY", 500),
        ("3.7035", "KWD", 3704),
        ("12.34565", "CLF", 123457),
    ],
)
def test_major_units_become_minor_units(major: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(major), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [
        (11900, "USD", "119.00"),
        (1240, "JPY", "1240"),
        (3704, "KWD", "3.704"),
        (0, "USD", "0.00"),
        (-5, "USD", "-0.05"),
        (MAX_MINOR, "CLF", "10000000000.0000"),
    ],
)
def test_minor_units_are_shown_with_the_currencys_decimals(
    minor: int, currency: str, major: str
) -> None:
    assert str(to_major(minor, currency)) == major


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(sorted(CURRENCIES)))
def test_money_survives_the_way_to_major_units_and_back(minor: int, currency: str) -> None:
    with localcontext(Context(prec=5)):
        assert to_minor(to_major(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("written", "shown"),
    [("8.2500", "8.25"), ("1E+2", "100"), ("0E-9", "0"), ("0E+9", "0"), ("-0.10", "-0.1")],
)
def test_a_plain_number_has_no_trailing_zeros_and_no_exponent(written: str, shown: str) -> None:
    assert str(plain(Decimal(written))) == shown


@given(st.decimals(-(10**12), 10**12, places=12))
def test_a_plain_number_is_the_same_number(number: Decimal) -> None:
    assert plain(number) == number


def test_only_finite_numbers_can_be_plain() -> None:
    with pytest.raises(ValueError, match="not finite"):
        plain(Decimal("Infinity"))


@given(totals, weights)
def test_parts_sum_to_the_total_and_are_never_negative(
    total: int, weights: list[Fraction | int]
) -> None:
    parts = spread(total if any(weights) else 0, weights)

    assert sum(parts) == (total if any(weights) else 0)
    assert min(parts) >= 0


@given(totals, weights.filter(any))
def test_each_part_is_within_one_unit_of_its_exact_share(
    total: int, weights: list[Fraction | int]
) -> None:
    whole = sum(weights)
    for part, weight in zip(spread(total, weights), weights, strict=True):
        assert abs(part - Fraction(total) * weight / whole) < 1
        assert weight or part == 0


@given(totals, weights.filter(any))
def test_a_heavier_weight_never_gets_less_and_an_equal_one_less_only_behind(
    total: int, weights: list[Fraction | int]
) -> None:
    parts = spread(total, weights)
    for i, (part, weight) in enumerate(zip(parts, weights, strict=True)):
        for later_part, later_weight in zip(parts[i:], weights[i:], strict=True):
            assert part >= later_part or weight < later_weight


@given(totals, weights.filter(any), st.integers(1, 50))
def test_only_the_proportions_of_weights_matter(
    total: int, weights: list[Fraction | int], factor: int
) -> None:
    assert spread(total, [weight * factor for weight in weights]) == spread(total, weights)


@given(totals, weights.filter(any), st.integers(0, 12))
def test_a_zero_weight_takes_no_part_wherever_it_stands(
    total: int, weights: list[Fraction | int], position: int
) -> None:
    with_zero = [*weights[:position], 0, *weights[position:]]

    parts = spread(total, with_zero)

    place = min(position, len(weights))
    assert parts.pop(place) == 0
    assert parts == spread(total, weights)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (2, [1, 1, 1], [1, 1, 0]),
        (100, [1, 2, 0, 3], [17, 33, 0, 50]),
        (7, [Fraction(1, 3), Fraction(2, 3)], [2, 5]),
        (0, [], []),
        (0, [0, 0], [0, 0]),
    ],
)
def test_the_largest_remainders_get_the_odd_units_and_ties_the_lower_position(
    total: int, weights: list[Fraction | int], parts: list[int]
) -> None:
    assert spread(total, weights) == parts


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [1, -1]), (1, [0, 0]), (1, [])])
def test_what_cannot_be_spread_is_an_error(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="spread"):
        spread(total, weights)
