"""Days and instants: due dates count whole local days, and issue dates have their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import (
    ISSUE_AHEAD_MAX,
    Due,
    check_issue_date,
    check_zone,
    due,
    end_of_day,
    local_date,
    start_of_day,
)
from domain.errors import InvalidFormat, OutOfRange, Refused, Required

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def codes_of(**asked: Any) -> list[tuple[str, tuple[str, ...]]]:
    sound: dict[str, Any] = {"issued_at": NOON, "now": NOON, "zone": "UTC"}
    with pytest.raises(Refused) as caught:
        check_issue_date(**sound | asked)
    return [(refusal.code, refusal.field) for refusal in caught.value.refusals]


@pytest.mark.parametrize(
    ("day", "zone", "ends_at"),
    [
        (date(2026, 7, 1), "UTC", "2026-07-01T23:59:59.999999+00:00"),
        (date(2026, 7, 1), "Europe/Berlin", "2026-07-01T21:59:59.999999+00:00"),
        (date(2026, 7, 1), "America/Los_Angeles", "2026-07-02T06:59:59.999999+00:00"),
        (date(2026, 7, 1), "Pacific/Kiritimati", "2026-07-01T09:59:59.999999+00:00"),
        # Clocks went back at midnight, so this day had 25 hours.
        (date(2018, 2, 17), "America/Sao_Paulo", "2018-02-18T02:59:59.999999+00:00"),
        # Clocks went forward at midnight: the next day began at 01:00.
        (date(2018, 11, 3), "America/Sao_Paulo", "2018-11-04T02:59:59.999999+00:00"),
        # The last hour of this day was skipped.
        (date(2024, 3, 30), "America/Nuuk", "2024-03-31T00:59:59.999999+00:00"),
    ],
)
def test_a_day_ends_with_its_last_microsecond_there(day: date, zone: str, ends_at: str) -> None:
    assert end_of_day(day, zone) == at(ends_at)


def test_a_day_that_a_zone_skipped_ends_with_the_day_before() -> None:
    skipped, before = date(2011, 12, 30), date(2011, 12, 29)

    assert end_of_day(skipped, "Pacific/Apia") == end_of_day(before, "Pacific/Apia")


@given(st.dates(date(1975, 1, 1), date(2100, 1, 1)), st.sampled_from(ZONES))
@settings(max_examples=400, deadline=None)
def test_one_microsecond_after_its_end_a_day_is_over(day: date, zone: str) -> None:
    ends_at = end_of_day(day, zone)

    assert local_date(ends_at, zone) <= day < local_date(ends_at + TICK, zone)


@given(st.dates(date(1975, 1, 1), date(2100, 1, 1)), st.sampled_from(ZONES))
@settings(max_examples=400, deadline=None)
def test_one_microsecond_before_its_start_a_day_has_not_begun(day: date, zone: str) -> None:
    starts_at = start_of_day(day, zone)

    assert local_date(starts_at - TICK, zone) < day <= local_date(starts_at, zone)


def test_a_due_date_is_due_through_its_whole_local_day() -> None:
    found = due(date(2026, 7, 15), NOON, "America/New_York", 30)

    assert found == Due(at("2026-07-16T03:59:59.999999+00:00"), date(2026, 7, 15))


def test_a_due_instant_is_due_then_on_its_local_day() -> None:
    found = due(at("2026-07-16T01:30:00+02:00"), NOON, "America/New_York", None)

    assert found == Due(at("2026-07-15T23:30:00+00:00"), date(2026, 7, 15))
    assert found.due_at.tzinfo is UTC


@pytest.mark.parametrize(("terms_days", "due_on"), [(0, date(2026, 7, 2)), (30, date(2026, 8, 1))])
def test_without_a_due_date_the_terms_count_from_the_local_issue_date(
    terms_days: int, due_on: date
) -> None:
    found = due(None, at("2026-07-01T20:00:00+00:00"), "Asia/Tokyo", terms_days)

    assert found == Due(end_of_day(due_on, "Asia/Tokyo"), due_on)


def test_without_a_due_date_and_terms_one_is_required() -> None:
    with pytest.raises(Required) as caught:
        due(None, NOON, "UTC", None)
    assert caught.value.field == ("dueDate",)


@pytest.mark.parametrize(
    ("asked", "zone", "terms_days"),
    [
        (date.max, "Pacific/Pago_Pago", None),
        (datetime.max.replace(tzinfo=UTC), "Asia/Tokyo", None),
        (None, "UTC", 10**7),
        (None, "UTC", 10**12),
    ],
)
def test_a_due_date_past_the_calendars_end_is_out_of_range(
    asked: date | None, zone: str, terms_days: int | None
) -> None:
    with pytest.raises(OutOfRange) as caught:
        due(asked, NOON, zone, terms_days)
    assert caught.value.field == ("dueDate",)


def test_an_instant_without_an_offset_is_an_error() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="offset"):
        local_date(naive, "UTC")
    with pytest.raises(ValueError, match="offset"):
        due(naive, NOON, "UTC", None)


def test_an_issue_date_is_the_local_day_of_its_instant() -> None:
    found = check_issue_date(
        issued_at=at("2026-07-01T23:30:00+00:00"), now=NOON, zone="Europe/Berlin"
    )

    assert found == date(2026, 7, 2)


def test_an_issue_date_lies_at_most_24_hours_ahead() -> None:
    check_issue_date(issued_at=NOON + ISSUE_AHEAD_MAX, now=NOON, zone="UTC")

    issued_at = NOON + ISSUE_AHEAD_MAX + TICK
    assert codes_of(issued_at=issued_at) == [("ISSUE_DATE_IN_FUTURE", ("issuedAt",))]


def test_an_invoice_may_be_due_on_its_issue_day_and_not_before() -> None:
    check_issue_date(issued_at=NOON, now=NOON, zone="UTC", due_on=date(2026, 7, 1))

    assert codes_of(due_on=date(2026, 6, 30)) == [("DUE_BEFORE_ISSUE", ("dueDate",))]


def test_the_books_are_closed_through_their_last_day() -> None:
    check_issue_date(issued_at=NOON, now=NOON, zone="UTC", closed_through=date(2026, 6, 30))

    assert codes_of(closed_through=date(2026, 7, 1)) == [("PERIOD_CLOSED", ("issuedAt",))]


def test_a_strict_series_never_goes_back_a_day() -> None:
    check_issue_date(issued_at=NOON, now=NOON, zone="UTC", newest_issued_on=date(2026, 7, 1))

    refused = codes_of(newest_issued_on=date(2026, 7, 2))
    assert refused == [("ISSUE_DATE_OUT_OF_ORDER", ("issuedAt",))]


def test_all_that_is_wrong_with_an_issue_date_is_said_at_once() -> None:
    tomorrow = date(2026, 7, 2)

    refused = codes_of(closed_through=tomorrow, newest_issued_on=tomorrow, due_on=date(2026, 1, 1))

    assert [code for code, _ in refused] == [
        "PERIOD_CLOSED",
        "ISSUE_DATE_OUT_OF_ORDER",
        "DUE_BEFORE_ISSUE",
    ]


def test_an_issue_date_beyond_the_calendar_is_out_of_range() -> None:
    first = datetime.min.replace(tzinfo=UTC)

    assert codes_of(issued_at=first, zone="America/Lima") == [("OUT_OF_RANGE", ("issuedAt",))]


def test_a_time_zone_is_one_of_iana() -> None:
    assert check_zone("America/Argentina/Buenos_Aires") == "America/Argentina/Buenos_Aires"
    for wrong in ("europe/berlin", "Berlin", "", "+02:00", "localtime", "../etc/passwd", "Factory"):
        with pytest.raises(InvalidFormat) as caught:
            check_zone(wrong)
        assert caught.value.field == ("timeZone",)
