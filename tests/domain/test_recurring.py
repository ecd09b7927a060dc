"""Billing periods: they follow one another without a gap, and months clip to their last day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import OutOfRange
from domain.recurring import (
    BillingInterval,
    Period,
    begun,
    first_after_pause,
    index_from,
    period,
    retry_at,
)

DAY = timedelta(days=1)
starts = st.dates(date(1999, 1, 1), date(2100, 12, 31))
intervals = st.sampled_from(BillingInterval)
indexes = st.integers(0, 400)


def starts_of(start_on: str, interval: str, count: int) -> list[str]:
    first = date.fromisoformat(start_on)
    return [period(first, interval, index).start.isoformat() for index in range(count)]


@pytest.mark.parametrize(
    ("interval", "start_on", "begin"),
    [
        ("WEEK", "2026-12-24", ["2026-12-24", "2026-12-31", "2027-01-07"]),
        ("MONTH", "2026-01-15", ["2026-01-15", "2026-02-15", "2026-03-15"]),
        ("MONTH", "2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("MONTH", "2027-12-30", ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]),
        ("QUARTER", "2026-11-30", ["2026-11-30", "2027-02-28", "2027-05-30", "2027-08-30"]),
        ("YEAR", "2024-02-29", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"]),
        ("YEAR", "2024-02-29", [f"{y}-02-{29 if y % 4 == 0 else 28}" for y in range(2024, 2033)]),
    ],
)
def test_periods_start_on_the_same_day_or_on_the_last_one_there_is(
    interval: str, start_on: str, begin: list[str]
) -> None:
    assert starts_of(start_on, interval, len(begin)) == begin


@given(starts, intervals, indexes)
def test_each_period_ends_where_the_next_one_starts(
    start_on: date, interval: str, index: int
) -> None:
    this, following = (period(start_on, interval, i) for i in (index, index + 1))

    assert this.start < this.end == following.start


@given(starts, intervals, st.integers(0, 4000))
def test_what_has_begun_covers_every_day_once(start_on: date, interval: str, days: int) -> None:
    through = start_on + days * DAY

    periods = list(begun(start_on, interval, through))

    assert periods[0].start == start_on
    assert periods[-1].start <= through < periods[-1].end
    assert [one.index for one in periods] == list(range(len(periods)))
    covered = sum((one.end - one.start).days for one in periods)
    assert covered == (periods[-1].end - start_on).days


def test_a_period_is_billed_on_its_first_day_and_not_before() -> None:
    first = date(2026, 1, 31)

    assert list(begun(first, "MONTH", first - DAY)) == []
    assert list(begun(first, "MONTH", first)) == [Period(0, first, date(2026, 2, 28))]
    assert len(list(begun(first, "MONTH", date(2026, 2, 28)))) == 2


def test_a_worker_that_was_away_gets_all_it_missed() -> None:
    missed = list(begun(date(2026, 1, 31), "MONTH", date(2026, 4, 1), first_index=1))

    assert [one.start for one in missed] == [date(2026, 2, 28), date(2026, 3, 31)]


@given(starts, intervals, st.integers(-10, 4000))
def test_a_subscription_goes_on_with_the_first_period_that_starts_by_then_or_later(
    start_on: date, interval: str, days: int
) -> None:
    day = start_on + days * DAY

    index = index_from(start_on, interval, day)

    assert period(start_on, interval, index).start >= day or day < start_on
    assert index == 0 or period(start_on, interval, index - 1).start < day


def test_periods_beyond_the_calendar_are_out_of_range() -> None:
    with pytest.raises(OutOfRange) as caught:
        period(date(9999, 6, 1), "YEAR", 0)
    assert caught.value.field == ("startOn",)
    with pytest.raises(OutOfRange):
        list(islice(begun(date(9999, 12, 1), "WEEK", date.max), 9))


@pytest.mark.parametrize(
    ("paused_on", "resumed_on", "index"),
    [
        (date(2026, 4, 1), date(2026, 4, 29), 2),
        (date(2026, 4, 1), date(2026, 4, 30), 2),
        (date(2026, 4, 1), date(2026, 5, 1), 4),
        (date(2026, 4, 1), date(2026, 5, 31), 4),
        (date(2026, 4, 1), date(2027, 1, 1), 12),
    ],
)
def test_a_pause_skips_what_begins_in_it_and_nothing_else(
    paused_on: date, resumed_on: date, index: int
) -> None:
    """The third period, of 31 March, is the next one to bill when it is paused."""
    start = date(2026, 1, 31)
    found = first_after_pause(start, "MONTH", 2, paused_on=paused_on, resumed_on=resumed_on)

    assert found == index


def test_what_was_refused_is_tried_again_after_as_long_as_it_is_late() -> None:
    due_at = datetime(2026, 6, 9, tzinfo=UTC)

    def wait(late: timedelta) -> timedelta:
        return retry_at(due_at, due_at + late) - (due_at + late)

    assert wait(timedelta(seconds=1)) == timedelta(minutes=1)
    assert wait(timedelta(minutes=8)) == timedelta(minutes=8)
    assert wait(timedelta(days=3)) == timedelta(hours=1)
