"""Revenue recognition: which part of each line is earned when, and what credit notes take back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from domain.money import round_half_away

_DAY = timedelta(days=1)


class Granularity(StrEnum):
    """How long the buckets of a schedule are: calendar days, months, quarters or years."""

    DAY = "DAY"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class Status(StrEnum):
    """What an entry is as of a day: of a draft, still to come, earned, or taken back."""

    PROJECTED = "PROJECTED"
    SCHEDULED = "SCHEDULED"
    RECOGNISED = "RECOGNISED"
    REVERSED = "REVERSED"


_MONTHS = {Granularity.MONTH: 1, Granularity.QUARTER: 3, Granularity.YEAR: 12}


class Change(NamedTuple):
    """What a local day added to a line's revenue, in minor units.

    A credit note takes its net away on its day, and gives it back on the day it is voided.
    """

    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class RevenueLine:
    """A line's revenue in minor units, earned evenly over the local days from `start` to before `end`.

    `net_minor` is what it comes to after all discounts, without tax (`domain.totals.final_net`).
    """

    net_minor: int
    start: date
    end: date
    changes: tuple[Change, ...] = ()

    @property
    def days(self) -> int:
        """How many days it is earned over, at least 1."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of a line's revenue, in minor units.

    Either what `days` days from `start` to before `end` earn, or what a day takes back of
    what was earned before it; that has 0 days. `cumulative_minor` and `deferred_after_minor` are
    the line's, after this entry. `line` is the index of the line.
    """

    line: int
    start: date
    end: date
    days: int
    amount_minor: int
    cumulative_minor: int
    deferred_after_minor: int
    status: Status


@dataclass(frozen=True, slots=True)
class Schedule:
    """An invoice's revenue as of a day, in minor units: total = recognised + deferred.

    `recognised_minor` counts by the day, whatever the buckets: through the day itself.
    """

    total_minor: int
    recognised_minor: int
    deferred_minor: int
    entries: tuple[Entry, ...]


def revenue_line(
    net_minor: int,
    *,
    period_start: date | None,
    period_end: date | None,
    issued_on: date,
    changes: Sequence[Change] = (),
) -> RevenueLine:
    """A line's revenue over its period, [start, end); without one, all of it on the issue day.

    `issued_on` is the local day, of a draft the day on which it would be issued
    (rules: Revenue recognition).
    """
    if period_start is None or period_end is None:
        return RevenueLine(net_minor, issued_on, issued_on + _DAY, tuple(changes))
    return RevenueLine(net_minor, period_start, period_end, tuple(changes))


def schedule(
    lines: Sequence[RevenueLine],
    granularity: str,
    as_of: date,
    *,
    voided_on: date | None = None,
    projected: bool = False,
) -> Schedule:
    """The schedule of an invoice's lines as it is known at the end of the local day `as_of`.

    Through k of its N days a line has earned r(net x k / N); an entry is the difference of two such
    values, so the last one closes exactly, none is negative, and days sum to months. A credit note
    lowers the net from its day on: what was earned too much by then is taken back on that day,
    as an entry of its own, and what follows is of the lower net. Voiding takes back everything.
    Where a credit falls into a bucket, the bucket is two entries, before and after it.

    Entries are in the order of the lines, then of time; where a line has no revenue left there are
    none. An entry is RECOGNISED once its last day is `as_of` or earlier. Changes and voiding after
    `as_of` are not known yet. `projected` is for a draft, of which nothing is recognised
    (rules: Revenue recognition).
    """
    known = [_as_known(line, as_of, voided_on) for line in lines]
    entries = tuple(
        entry
        for i, line in enumerate(known)
        for entry in _entries(i, line, Granularity(granularity), as_of, projected)
    )
    total = sum(line.net_minor + sum(change.minor for change in line.changes) for line in known)
    recognised = 0 if projected else sum(recognised_through(line, as_of) for line in known)
    return Schedule(total, recognised, total - recognised, entries)


def recognised_through(line: RevenueLine, day: date) -> int:
    """What of a line is recognised at the end of a day, in minor units: r(its net then x k / N).

    k of its N days have passed then (rules: Revenue recognition).
    """
    net = line.net_minor + sum(change.minor for change in line.changes if change.on <= day)
    return _earned(line, net, (day - line.start).days + 1)


def entries_at_most(lines: Sequence[RevenueLine], granularity: str) -> int:
    """No schedule of these lines has more entries: what it costs is known before it is made."""
    shortest = {"DAY": 1, "MONTH": 28, "QUARTER": 90, "YEAR": 365}[granularity]
    return sum(line.days // shortest + 2 + 2 * len(line.changes) for line in lines)


def _as_known(line: RevenueLine, as_of: date, voided_on: date | None) -> RevenueLine:
    known = Counter[date]()
    for change in line.changes:
        if change.on <= as_of:
            known[change.on] += change.minor
    if voided_on is not None and voided_on <= as_of:
        known[voided_on] -= line.net_minor + known.total()
    changes = tuple(Change(on, minor) for on, minor in sorted(known.items()))
    return RevenueLine(line.net_minor, line.start, line.end, changes)


class _Step(NamedTuple):
    """`days` of a line from `start` to before `end` at this net; 0 days where a change catches up."""

    start: date
    end: date
    days: int
    net: int
    passed: int


def _steps(line: RevenueLine, granularity: Granularity) -> Iterator[_Step]:
    """Walks through time: each day first catches up with its change, then earns at the new net."""
    net, changes = line.net_minor, list(line.changes)
    for start, end in [*pairwise(_bounds(line, granularity)), (date.max, date.max)]:
        while changes and changes[0].on <= start:
            on, minor = changes.pop(0)
            net += minor
            yield _Step(on, on + _DAY, 0, net, (on - line.start).days)
        if net and start < end:
            yield _Step(start, end, (end - start).days, net, (end - line.start).days)


def _entries(
    i: int, line: RevenueLine, granularity: Granularity, as_of: date, projected: bool
) -> Iterator[Entry]:
    cumulative = 0
    for start, end, days, net, passed in _steps(line, granularity):
        amount = _earned(line, net, passed) - cumulative
        cumulative += amount
        if days or amount:
            status = Status.PROJECTED if projected else _status(days, amount, end, as_of)
            yield Entry(i, start, end, days, amount, cumulative, net - cumulative, status)


def _status(days: int, amount: int, end: date, as_of: date) -> Status:
    if not days and amount < 0:
        return Status.REVERSED
    return Status.RECOGNISED if (end - as_of).days <= 1 else Status.SCHEDULED


def _earned(line: RevenueLine, net: int, days: int) -> int:
    return round_half_away(Fraction(net * min(max(days, 0), line.days), line.days))


def _bounds(line: RevenueLine, granularity: Granularity) -> list[date]:
    bounds = {line.start, line.end}
    bounds |= {change.on for change in line.changes if line.start < change.on < line.end}
    day = _next(line.start, granularity)
    while day < line.end:
        bounds.add(day)
        day = _next(day, granularity)
    return sorted(bounds)


def _next(day: date, granularity: Granularity) -> date:
    """The first day of the next bucket; the calendar's last day where it ends before that."""
    if granularity is Granularity.DAY:
        return day + _DAY
    length = _MONTHS[granularity]
    months = day.year * 12 + (day.month - 1) // length * length + length
    year, month = divmod(months, 12)
    return date(year, month + 1, 1) if year <= date.max.year else date.max
