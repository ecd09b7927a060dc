"""The clock: the one place where the time is read; everyone else is told what time it is."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)
