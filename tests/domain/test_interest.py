"""Interest: the golden examples, a slow second opinion day by day, and posting late or often."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.interest import PrincipalChange, accrued, to_post
from domain.money import to_major, to_minor
from tests.domain.reading_examples import FOLDER

EXAMPLES = {path.stem: path for path in sorted((FOLDER / "interest").glob("*.toml"))}
DUE_ON = date(2026, 7, 1)
DAY = timedelta(days=1)

near = st.integers(-40, 80).map(lambda days: DUE_ON + days * DAY)
changes_of_any_kind = st.lists(
    st.builds(PrincipalChange, near, st.integers(-(10**6), 10**7)), max_size=8
)
percents = st.decimals(0, 100, places=6)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_comes_to_what_it_says(name: str) -> None:
    example = tomllib.loads(EXAMPLES[name].read_text(encoding="utf-8"))

    answers = [_answer(example, row["through"]) for row in example["expect"]]

    assert answers == [row["accrued"] for row in example["expect"]]


@given(changes_of_any_kind, percents, st.integers(0, 30), near)
def test_a_second_opinion_that_goes_day_by_day_agrees(
    changes: list[PrincipalChange], percent: Decimal, grace_days: int, through: date
) -> None:
    found = accrued(changes, due_on=DUE_ON, percent=percent, grace_days=grace_days, through=through)

    assert found == _day_by_day(changes, percent, grace_days, through)


@given(changes_of_any_kind, percents, st.lists(near, min_size=1).map(sorted))
def test_posting_now_and_then_comes_to_the_same_as_posting_once(
    changes: list[PrincipalChange], percent: Decimal, runs: list[date]
) -> None:
    posted = 0
    for through in runs:
        new = to_post(_total(changes, percent, through), posted)
        assert new >= 0
        posted += new
        assert to_post(_total(changes, percent, through), posted) == 0

    assert posted == _total(changes, percent, runs[-1])


@given(changes_of_any_kind, percents, near)
def test_a_day_more_never_bears_less(
    changes: list[PrincipalChange], percent: Decimal, through: date
) -> None:
    today = _total(changes, percent, through)

    assert 0 <= today <= _total(changes, percent, through + DAY)


@pytest.mark.parametrize("paid_on", [DUE_ON, DUE_ON + DAY])
def test_an_invoice_paid_by_the_day_after_it_was_due_bears_nothing(paid_on: date) -> None:
    changes = [PrincipalChange(DUE_ON, 100_000), PrincipalChange(paid_on, -100_000)]

    assert _total(changes, Decimal(100), date(2030, 1, 1)) == 0


def test_an_invoice_paid_within_the_grace_days_bears_nothing_ever() -> None:
    changes = [PrincipalChange(DUE_ON, 100_000), PrincipalChange(DUE_ON + 9 * DAY, -100_000)]

    found = accrued(
        changes, due_on=DUE_ON, percent=Decimal(12), grace_days=10, through=date(2030, 1, 1)
    )

    assert found == 0


def test_what_was_posted_too_much_is_not_posted_again() -> None:
    assert to_post(100, 150) == 0
    assert to_post(170, 150) == 20


def test_interest_runs_to_the_end_of_the_calendar() -> None:
    changes = [PrincipalChange(DUE_ON, 36_500)]

    days = (date.max - DUE_ON).days
    assert _total(changes, Decimal(1), date.max) == days
    assert accrued(changes, due_on=date.max, percent=Decimal(1), grace_days=9, through=DUE_ON) == 0


def _total(changes: list[PrincipalChange], percent: Decimal, through: date) -> int:
    return accrued(changes, due_on=DUE_ON, percent=percent, through=through)


def _day_by_day(
    changes: list[PrincipalChange], percent: Decimal, grace_days: int, through: date
) -> int:
    def outstanding(day: date) -> int:
        return max(0, sum(change.minor for change in changes if change.on <= day))

    grace_end = DUE_ON + grace_days * DAY
    if through <= grace_end:
        return 0
    total, day = Fraction(0), DUE_ON + DAY
    while day <= through:
        principal = outstanding(day)
        if day <= grace_end:
            principal = min(principal, outstanding(grace_end))
        total += principal * Fraction(percent) / 36_500
        day += DAY
    return floor(total + Fraction(1, 2))


def _answer(example: dict[str, Any], through: date) -> str:
    currency = example["currency"]
    minor = accrued(
        [
            PrincipalChange(row["on"], to_minor(Decimal(row["change"]), currency))
            for row in example["principal"]
        ],
        due_on=example["due_on"],
        percent=Decimal(example["percent"]),
        grace_days=example.get("grace_days", 0),
        through=through,
    )
    return str(to_major(minor, currency))
