"""Revenue recognition: the golden examples, a second opinion by the day, and what always sums."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from math import floor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import to_major, to_minor
from domain.recognition import (
    Change,
    Granularity,
    RevenueLine,
    Schedule,
    Status,
    entries_at_most,
    recognised_through,
    revenue_line,
    schedule,
)
from tests.domain.reading_examples import FOLDER

EXAMPLES = {path.stem: path for path in sorted((FOLDER / "recognition").glob("*.toml"))}
START = date(2026, 1, 1)
DAY = timedelta(days=1)
FAR = START + 900 * DAY

near = st.integers(-30, 500).map(lambda days: START + days * DAY)
granularities = st.sampled_from(Granularity)


@st.composite
def lines(draw: st.DrawFn) -> RevenueLine:
    net = draw(st.integers(0, 10**7))
    start = draw(near)
    changes, left = [], net
    for on in sorted(draw(st.lists(near, max_size=4))):
        minor = draw(st.integers(-left, net - left))
        left += minor
        changes.append(Change(on, minor))
    end = start + draw(st.integers(1, 400)) * DAY
    return RevenueLine(net, start, end, tuple(draw(st.permutations(changes))))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_comes_to_what_it_says(name: str) -> None:
    example = tomllib.loads(EXAMPLES[name].read_text(encoding="utf-8"))
    expected = example["expect"]
    expected["entries"] = [{"line": 1} | entry for entry in expected["entries"]]

    assert _answer(example) == expected


@given(lines(), granularities, near, st.none() | near)
@settings(max_examples=200, deadline=None)
def test_a_second_opinion_that_goes_day_by_day_agrees(
    line: RevenueLine, granularity: str, as_of: date, voided_on: date | None
) -> None:
    line = _until(line, voided_on)

    found = schedule([line], granularity, as_of, voided_on=voided_on)

    total, recognised, by_day = _day_by_day(line, as_of, voided_on)
    assert (found.total_minor, found.recognised_minor) == (total, recognised)
    for entry in found.entries:
        if entry.days:
            assert entry.amount_minor == sum(
                by_day[entry.start + day * DAY] for day in range(entry.days)
            )


@given(lines(), granularities, near, st.none() | near)
@settings(max_examples=200, deadline=None)
def test_entries_sum_to_the_line_and_only_what_is_taken_back_is_negative(
    line: RevenueLine, granularity: str, as_of: date, voided_on: date | None
) -> None:
    line = _until(line, voided_on)

    found = schedule([line], granularity, as_of, voided_on=voided_on)

    assert sum(entry.amount_minor for entry in found.entries) == found.total_minor
    assert found.total_minor == found.recognised_minor + found.deferred_minor
    assert min(found.total_minor, found.recognised_minor, found.deferred_minor) >= 0
    cumulative = 0
    for entry in found.entries:
        cumulative += entry.amount_minor
        assert entry.cumulative_minor == cumulative
        assert entry.deferred_after_minor >= 0
        assert (entry.amount_minor < 0) == (entry.status is Status.REVERSED)
        assert entry.days == (entry.end - entry.start).days or not entry.days


@given(lines(), near)
@settings(deadline=None)
def test_days_sum_to_months_months_to_quarters_and_quarters_to_years(
    line: RevenueLine, as_of: date
) -> None:
    by = {granularity: schedule([line], granularity, as_of) for granularity in Granularity}

    assert _sums(by[Granularity.DAY], _month) == _sums(by[Granularity.MONTH], _month)
    assert _sums(by[Granularity.MONTH], _quarter) == _sums(by[Granularity.QUARTER], _quarter)
    assert _sums(by[Granularity.QUARTER], _year) == _sums(by[Granularity.YEAR], _year)
    assert len({(one.total_minor, one.recognised_minor) for one in by.values()}) == 1


@given(lines(), granularities, near)
@settings(deadline=None)
def test_what_is_recognised_is_what_the_entries_of_past_days_sum_to(
    line: RevenueLine, granularity: str, as_of: date
) -> None:
    found = schedule([line], Granularity.DAY, as_of)

    past = [entry for entry in found.entries if entry.status is not Status.SCHEDULED]
    assert sum(entry.amount_minor for entry in past) == found.recognised_minor
    assert recognised_through(line, as_of) == found.recognised_minor
    assert len(schedule([line], granularity, as_of).entries) <= entries_at_most([line], granularity)


@given(st.lists(lines(), max_size=3), granularities, near)
@settings(deadline=None)
def test_an_invoice_is_the_sum_of_its_lines(
    several: list[RevenueLine], granularity: str, as_of: date
) -> None:
    whole = schedule(several, granularity, as_of)

    alone = [schedule([line], granularity, as_of) for line in several]
    assert whole.total_minor == sum(one.total_minor for one in alone)
    assert whole.recognised_minor == sum(one.recognised_minor for one in alone)
    assert [entry.line for entry in whole.entries] == [
        i for i, one in enumerate(alone) for _ in one.entries
    ]


def test_what_comes_after_a_day_was_not_known_on_it() -> None:
    line = RevenueLine(10_000, START, START + 100 * DAY)
    credited = RevenueLine(10_000, line.start, line.end, (Change(START + 50 * DAY, -5000),))

    before = START + 49 * DAY
    assert schedule([credited], "MONTH", before) == schedule([line], "MONTH", before)
    voided_on = START + 50 * DAY
    assert schedule([line], "MONTH", before, voided_on=voided_on).total_minor == 10_000


def test_an_invoice_voided_on_the_day_it_was_issued_never_had_revenue() -> None:
    line = revenue_line(5000, period_start=None, period_end=None, issued_on=START)

    assert schedule([line], "DAY", FAR, voided_on=START).entries == ()


def test_a_credit_on_the_day_of_a_line_without_a_period_leaves_less_to_earn() -> None:
    change = Change(START, -2000)
    line = revenue_line(5000, period_start=None, period_end=None, issued_on=START, changes=[change])

    (entry,) = schedule([line], "MONTH", FAR).entries
    assert (entry.amount_minor, entry.days) == (3000, 1)


def test_a_line_given_away_has_no_entries() -> None:
    assert schedule([RevenueLine(0, START, FAR)], "MONTH", FAR).entries == ()


def test_a_line_that_comes_to_less_than_nothing_is_earned_as_such() -> None:
    line = RevenueLine(-1000, START, START + 4 * DAY)

    found = schedule([line], "DAY", START + DAY)

    assert [entry.amount_minor for entry in found.entries] == [-250] * 4
    assert (found.recognised_minor, found.deferred_minor) == (-500, -500)


@pytest.mark.parametrize("granularity", list(Granularity))
def test_a_schedule_may_run_to_the_end_of_the_calendar(granularity: str) -> None:
    line = RevenueLine(1000, date.max - 20 * DAY, date.max)

    assert sum(one.days for one in schedule([line], granularity, START).entries) == 20


def _answer(example: dict[str, Any]) -> dict[str, Any]:
    currency = example["currency"]

    def text(minor: int) -> str:
        return str(to_major(minor, currency))

    found = schedule(
        [_line(line, example) for line in example["lines"]],
        example["by"],
        example["as_of"],
        voided_on=example.get("voided_on"),
        projected=example.get("projected", False),
    )
    return {
        "total": text(found.total_minor),
        "recognised": text(found.recognised_minor),
        "deferred": text(found.deferred_minor),
        "entries": [
            {
                "line": entry.line + 1,
                "start": entry.start,
                "days": entry.days,
                "amount": text(entry.amount_minor),
                "earned": text(entry.cumulative_minor),
                "deferred": text(entry.deferred_after_minor),
                "status": entry.status,
            }
            for entry in found.entries
        ],
    }


def _line(line: dict[str, Any], example: dict[str, Any]) -> RevenueLine:
    def minor(text: str) -> int:
        return to_minor(Decimal(text), example["currency"])

    return revenue_line(
        minor(line["net"]),
        period_start=line.get("start"),
        period_end=line.get("end"),
        issued_on=example["issued_on"],
        changes=[Change(row["on"], minor(row["change"])) for row in line.get("changes", [])],
    )


def _until(line: RevenueLine, voided_on: date | None) -> RevenueLine:
    """Without what happens after voiding: then nothing does."""
    if voided_on is None:
        return line
    kept = tuple(change for change in line.changes if change.on <= voided_on)
    return RevenueLine(line.net_minor, line.start, line.end, kept)


def _day_by_day(
    line: RevenueLine, as_of: date, voided_on: date | None
) -> tuple[int, int, dict[date, int]]:
    """Total and recognised as of the day, and what each day earns at the net that it ends with."""

    def net(day: date) -> int:
        known = min(day, as_of)
        if voided_on is not None and voided_on <= known:
            return 0
        return line.net_minor + sum(change.minor for change in line.changes if change.on <= known)

    def earned(day: date, through: date) -> int:
        passed = sum(1 for k in range(line.days) if line.start + k * DAY <= through)
        return floor(Fraction(net(day) * passed, line.days) + Fraction(1, 2))

    by_day: dict[date, int] = defaultdict(int)
    for k in range(line.days):
        day = line.start + k * DAY
        by_day[day] = earned(day, day) - earned(day, day - DAY)
    return net(as_of), earned(as_of, as_of), by_day


def _sums(of: Schedule, bucket: Any) -> dict[Any, tuple[int, int]]:
    def key(entry: Any) -> Any:
        return bucket(entry.start)

    grouped = groupby(sorted(of.entries, key=key), key=key)
    both = {name: list(entries) for name, entries in grouped}
    return {
        name: (sum(one.amount_minor for one in entries), sum(one.days for one in entries))
        for name, entries in both.items()
    }


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3


def _year(day: date) -> int:
    return day.year
