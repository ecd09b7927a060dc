"""Number series: how documents are numbered, and the one place where a number is taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError

from domain.calendar import check_issue_date, local_date
from domain.errors import Collector, InvalidArgument, NumberTaken
from domain.identifiers import new_id
from domain.numbering import (
    DEFAULT_SERIES,
    Reset,
    check_start,
    check_template,
    period_of,
    render,
)
from models.connections import rows
from models.number_series import NumberSeries
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once

_START = ("startAt",)
_UNIQUE = {"INVOICE": "invoices_number", "CREDIT_NOTE": "credit_notes_number"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A number and its place: sequence within a period of a series that began with `first`."""

    series_id: UUID
    period: str
    sequence: int
    first: int
    text: str


def defaults(workspace_id: UUID) -> Iterator[NumberSeries]:
    """The series that a new workspace starts with, to be inserted with it."""
    for document, series in DEFAULT_SERIES.items():
        yield NumberSeries(
            workspace_id=workspace_id,
            id=new_id(),
            document=document,
            template=series.template,
            reset=series.reset,
        )


async def set_series(
    caller: Caller,
    document: str,
    template: str,
    reset: Reset,
    start_at: int | None = None,
    *,
    once: Once | None = None,
) -> UUID:
    """Numbers documents (INVOICE or CREDIT_NOTE) in another way from now on; the series' id.

    `start_at` is the first number of the period that an invoice issued now falls in. Raises
    Forbidden, NumberTemplateInvalid, OutOfRange, and InvalidArgument at ("startAt",) where that
    period has numbers already (rules: Numbers).
    """
    caller.require("SETTINGS_WRITE")
    found = Collector()
    trimmed = found.keep(check_template, template, reset)
    if start_at is not None:
        found.keep(check_start, start_at)
    found.refuse()

    async def act() -> UUID:
        series_id, time_zone = await _rewrite(caller.workspace_id, document, trimmed or "", reset)
        if start_at is not None:
            period = period_of(reset, local_date(caller.now, time_zone))
            await _start(caller.workspace_id, series_id, period, start_at)
        return series_id

    return await idempotency.run(caller, once, act)


async def _rewrite(
    workspace_id: UUID, document: str, template: str, reset: str
) -> tuple[UUID, str]:
    found = await rows(
        "INSERT INTO number_series (workspace_id, id, document, template, reset) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, document) "
        "DO UPDATE SET template = excluded.template, reset = excluded.reset "
        "RETURNING id, (SELECT time_zone FROM workspaces WHERE workspace_id = $1 AND id = $1)",
        workspace_id,
        new_id(),
        document,
        template,
        reset,
    )
    return found[0]["id"], found[0]["time_zone"]


async def _start(workspace_id: UUID, series_id: UUID, period: str, start_at: int) -> None:
    """Places the counter before the first number; one that has counted stays as it is."""
    placed = await rows(_START_AT, workspace_id, new_id(), series_id, period, start_at)
    if not placed:
        message = (
            f"The period {period} has numbers already." if period else "It has numbers already."
        )
        raise InvalidArgument(f"{message} Leave startAt out: they go on by one.", field=_START)


_START_AT = """
INSERT INTO number_counters AS counter
    (workspace_id, id, series_id, period, first_sequence, last_sequence)
VALUES ($1, $2, $3, $4, $5::bigint, $5::bigint - 1)
ON CONFLICT (workspace_id, series_id, period) DO UPDATE
SET first_sequence = excluded.first_sequence, last_sequence = excluded.last_sequence
WHERE counter.last_sequence < counter.first_sequence
RETURNING 1
"""


async def take(workspace_id: UUID, mode: str, document: str, issue_date: date) -> Taken:
    """The next number of a document issued on this local day; call it last before commit.

    One statement raises the counter under its row's lock, which the transaction holds until its
    end: a rollback gives the number back, and nobody can take a later one before (rules: Numbers).
    """
    periods = {reset: period_of(reset, issue_date) for reset in ("NEVER", "YEAR", "MONTH")}
    found = await rows(_TAKE, workspace_id, new_id(), document, orjson.dumps(periods).decode())
    taken = found[0]
    sequence = taken["last_sequence"]
    return Taken(
        series_id=taken["series_id"],
        period=taken["period"],
        sequence=sequence,
        first=taken["first_sequence"],
        text=render(taken["template"], sequence, issue_date, test=mode == "TEST"),
    )


_TAKE = """
WITH series AS MATERIALIZED (
    SELECT id, template, $4::text::jsonb ->> reset AS period
    FROM number_series WHERE workspace_id = $1 AND document = $3
)
INSERT INTO number_counters AS counter
    (workspace_id, id, series_id, period, first_sequence, last_sequence)
SELECT $1, $2, id, period, 1, 1 FROM series
ON CONFLICT (workspace_id, series_id, period)
DO UPDATE SET last_sequence = counter.last_sequence + 1
RETURNING series_id, period, first_sequence, last_sequence, (SELECT template FROM series)
"""


@contextmanager
def unique(document: str, number: str) -> Iterator[None]:
    """Refuses with NumberTaken, meta {number}, a number that another such document has."""
    try:
        yield
    except IntegrityError as error:
        if getattr(error.__cause__, "constraint_name", None) != _UNIQUE[document]:
            raise
        message = f"{number} is taken; change the number series' template or its startAt."
        raise NumberTaken(message, meta={"number": number}) from None


async def queue_up(workspace_id: UUID, document: str) -> None:
    """Makes issues in a strictly chronological series wait for each other in any period."""
    await rows(
        "SELECT 1 FROM number_series WHERE workspace_id = $1 AND document = $2 FOR NO KEY UPDATE",
        workspace_id,
        document,
    )


async def hold(workspace_id: UUID) -> None:
    """Waits for the issues under way and keeps new ones from taking a number until commit.

    The books are closed so: who takes a number later sees them closed, who took one is committed.
    The series are locked against counters of new periods, the counters against counting.
    """
    for table in ("number_series", "number_counters"):
        await rows(
            f"SELECT 1 FROM {table} WHERE workspace_id = $1 ORDER BY id FOR UPDATE", workspace_id
        )


async def recheck(workspace_id: UUID, issued_at: datetime, now: datetime, zone: str) -> None:
    """Refuses what may only be judged with the number in hand: see `hold` and `queue_up`.

    Raises Refusals of PeriodClosed and IssueDateOutOfOrder at ("issuedAt",).
    """
    state = (await rows(_STATE, workspace_id))[0]
    newest = state["newest_issued_at"]
    check_issue_date(
        issued_at=issued_at,
        now=now,
        zone=zone,
        closed_through=state["closed_through"],
        newest_issued_on=None if newest is None else local_date(newest, zone),
    )


# Drafts may carry an issue date too; only numbered invoices count.
_STATE = """
SELECT closed_through, CASE WHEN strict_chronology THEN (
    SELECT issued_at FROM invoices
    WHERE workspace_id = $1 AND number IS NOT NULL AND coalesce(issued_at, 'infinity') < 'infinity'
    ORDER BY coalesce(issued_at, 'infinity') DESC LIMIT 1
) END AS newest_issued_at
FROM workspaces WHERE workspace_id = $1 AND id = $1
"""
