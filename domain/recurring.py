"""Billing periods: which days each one covers, and which of them have begun."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.errors import OutOfRange


class BillingInterval(StrEnum):
    """How long a billing period is."""

    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


RETRY_FIRST = timedelta(minutes=1)
RETRY_MAX = timedelta(hours=1)
_WEEK = timedelta(weeks=1)
_MONTHS = {BillingInterval.MONTH: 1, BillingInterval.QUARTER: 3, BillingInterval.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to and without `end`; `index` counts from 0 at the first one."""

    index: int
    start: date
    end: date


def period(start_on: date, interval: str, index: int) -> Period:
    """The period with this index of a subscription that starts on `start_on`.

    Where a month has no such day, a period starts on its last day, and the next one counts from
    `start_on` again: 31 Jan, 28 Feb, 31 Mar. So each period ends where the next one starts, no
    day is in two, none in none (rules: Recurring). Raises OutOfRange past the year 9999, at
    ("startOn",).
    """
    try:
        return Period(
            index, _start(start_on, interval, index), _start(start_on, interval, index + 1)
        )
    except (OverflowError, ValueError):
        raise OutOfRange("Choose a start before the year 9999.", field=("startOn",)) from None


def begun(
    start_on: date, interval: str, through: date, *, first_index: int = 0
) -> Iterator[Period]:
    """The periods from `first_index` on that have started by the local day `through`, in order.

    Each is billed once, when it starts; a worker that was away gets all it missed
    (rules: Recurring).
    """
    index = first_index
    while (next_one := period(start_on, interval, index)).start <= through:
        yield next_one
        index += 1


def index_from(start_on: date, interval: str, day: date) -> int:
    """The index of the first period that starts on `day` or later.

    That is where a subscription goes on that was paused until `day`: the period it comes back in,
    unless it starts that very day, is not billed.
    """
    if day <= start_on:
        return 0
    if interval == BillingInterval.WEEK:
        return -((start_on - day) // _WEEK)
    months = (day.year - start_on.year) * 12 + day.month - start_on.month
    index = months // _MONTHS[BillingInterval(interval)]
    return index if _start(start_on, interval, index) >= day else index + 1


def first_after_pause(
    start_on: date, interval: str, next_index: int, *, paused_on: date, resumed_on: date
) -> int:
    """The index of the period that a subscription goes on with after a pause.

    Periods that start while it is paused are not billed, the one that starts on the day it is
    resumed is. Where none started meanwhile it goes on as if it had never been paused.
    """
    skipped_from = index_from(start_on, interval, paused_on + timedelta(days=1))
    back = index_from(start_on, interval, resumed_on)
    return max(next_index, back) if back > skipped_from else next_index


def retry_at(due_at: datetime, now: datetime) -> datetime:
    """When to try again what could not be billed since `due_at`: after as long as it is late by now.

    So the waits double, from a minute up to an hour.
    """
    return now + min(max(now - due_at, RETRY_FIRST), RETRY_MAX)


def _start(start_on: date, interval: str, index: int) -> date:
    if interval == BillingInterval.WEEK:
        return start_on + index * _WEEK
    months = start_on.month - 1 + index * _MONTHS[BillingInterval(interval)]
    year, month = start_on.year + months // 12, months % 12 + 1
    return date(year, month, min(start_on.day, monthrange(year, month)[1]))
