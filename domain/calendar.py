"""Days and instants: when an invoice is due, and which issue dates are allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from domain.errors import (
    DueBeforeIssue,
    InvalidFormat,
    IssueDateInFuture,
    IssueDateOutOfOrder,
    OutOfRange,
    PeriodClosed,
    Refusal,
    Required,
    refuse_any,
)

ISSUE_AHEAD_MAX = timedelta(hours=24)
_NOT_PLACES = {"localtime", "Factory"}
_DUE_PATH = ("dueDate",)
_ISSUE_PATH = ("issuedAt",)


@dataclass(frozen=True, slots=True)
class Due:
    """When an invoice is due: the last instant in time (UTC), and its local day."""

    due_at: datetime
    due_on: date


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_PLACES)


def check_zone(zone: str, path: tuple[str, ...] = ("timeZone",)) -> str:
    """The zone, where it is an IANA time zone. Raises InvalidFormat at `path`."""
    if zone in _zones():
        return zone
    raise InvalidFormat("Write an IANA time zone, such as Europe/Berlin.", field=path)


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day of an aware instant in an IANA time zone."""
    _require_aware(instant)
    return instant.astimezone(ZoneInfo(zone)).date()


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC; the earlier one where clocks go back over it."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def end_of_day(day: date, zone: str) -> datetime:
    """The last microsecond of a local day, in UTC; the later one where clocks go back over it.

    The whole local day counts (rules: Dates). A day that a zone skipped altogether ends when the
    day before it does.
    """
    return datetime.combine(day, time.max, ZoneInfo(zone)).replace(fold=1).astimezone(UTC)


def due(due: date | datetime | None, issued_at: datetime, zone: str, terms_days: int | None) -> Due:
    """When an invoice is due, from what its caller said or else from its payment terms.

    A date is the end of that local day; an aware instant is itself. Without either it is the local
    issue date and `terms_days` (the customer's, else the workspace's; 0 is due on receipt). Raises
    Required where there are no terms either, and OutOfRange past the end of the calendar, at
    ("dueDate",) (rules: Dates).
    """
    try:
        return _due(due, issued_at, zone, terms_days)
    except OverflowError:
        raise OutOfRange("Choose a due date before the year 9999.", field=_DUE_PATH) from None


def _due(
    due: date | datetime | None, issued_at: datetime, zone: str, terms_days: int | None
) -> Due:
    if isinstance(due, datetime):
        return Due(due_at=due.astimezone(UTC), due_on=local_date(due, zone))
    if due is None and terms_days is None:
        raise Required(
            "Give a due date, or set payment terms on the customer or the workspace.",
            field=_DUE_PATH,
        )
    day = due or local_date(issued_at, zone) + timedelta(days=terms_days or 0)
    return Due(due_at=end_of_day(day, zone), due_on=day)


def check_issue_date(
    *,
    issued_at: datetime,
    now: datetime,
    zone: str,
    due_on: date | None = None,
    closed_through: date | None = None,
    newest_issued_on: date | None = None,
) -> date:
    """The local issue date, where the invoice may be issued on it.

    `newest_issued_on` is the newest local issue date of the number series, given where the
    workspace wants strict chronology. Raises Refusals of IssueDateInFuture, PeriodClosed and
    IssueDateOutOfOrder at ("issuedAt",), and DueBeforeIssue at ("dueDate",) (rules: Dates).
    """
    issued_on = _issue_day(issued_at, zone)
    refuse_any(
        [
            *_ahead(issued_at, now),
            *_closed(issued_on, closed_through),
            *_out_of_order(issued_on, newest_issued_on),
            *_due_too_early(issued_on, due_on),
        ]
    )
    return issued_on


def _issue_day(issued_at: datetime, zone: str) -> date:
    try:
        return local_date(issued_at, zone)
    except OverflowError:
        message = "Choose an issue date between the years 1 and 9999."
        raise OutOfRange(message, field=_ISSUE_PATH) from None


def _ahead(issued_at: datetime, now: datetime) -> list[Refusal]:
    latest = now + ISSUE_AHEAD_MAX
    if issued_at <= latest:
        return []
    message = "The issue date may lie at most 24 hours ahead; keep it a draft until then."
    return [IssueDateInFuture(message, field=_ISSUE_PATH, meta={"max": _rfc3339(latest)})]


def _closed(issued_on: date, closed_through: date | None) -> list[Refusal]:
    if closed_through is None or issued_on > closed_through:
        return []
    message = f"The books are closed through {closed_through}; issue it on a later day."
    meta = {"closedThrough": closed_through.isoformat()}
    return [PeriodClosed(message, field=_ISSUE_PATH, meta=meta)]


def _out_of_order(issued_on: date, newest_issued_on: date | None) -> list[Refusal]:
    if newest_issued_on is None or issued_on >= newest_issued_on:
        return []
    message = f"The newest number was issued on {newest_issued_on}; issue it then or later."
    meta = {"min": newest_issued_on.isoformat()}
    return [IssueDateOutOfOrder(message, field=_ISSUE_PATH, meta=meta)]


def _due_too_early(issued_on: date, due_on: date | None) -> list[Refusal]:
    if due_on is None or due_on >= issued_on:
        return []
    message = f"It is issued on {issued_on}; make it due on that day or later."
    meta = {"issuedOn": issued_on.isoformat()}
    return [DueBeforeIssue(message, field=_DUE_PATH, meta=meta)]


def _rfc3339(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _require_aware(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
