"""Test clocks: what time it is in a sandbox, for its requests and for the worker, until it is moved on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import Forbidden, InvalidFormat, OutOfRange
from domain.limits import TEST_CLOCK_YEAR_MAX
from models.connections import rows
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE, looking_at
from models.writes import change
from resolvers import workspaces
from resolvers.callers import Caller

_NOW = ("now",)


@dataclass(frozen=True, slots=True)
class Moved:
    """A workspace and its new time: the clock's where it has no test clock any more."""

    workspace_id: UUID
    now: datetime


async def set_clock(caller: Caller, now: datetime | None) -> Moved:
    """Stops the clock of the caller's TEST workspace at `now`; None lets the real one tell again.

    From commit on requests and the worker live in that time, so whatever it makes overdue or due
    is (rules: Time). It never goes back, but to the real clock. Raises Forbidden without
    SETTINGS_WRITE or in a LIVE workspace, and OutOfRange (meta {min}) at ("now",).
    """
    caller.require("SETTINGS_WRITE")
    if caller.mode != "TEST":
        raise Forbidden("Real data live in real time: use a TEST key.")
    if now is not None:
        _check_year(now)

    async def act() -> Moved:
        workspace = await workspaces.locked(caller.workspace_id)
        if now is not None:
            _check_forward(now, workspace.test_now or caller.now)
        await change(workspace, {"test_now": now, "updated_at": now or caller.real_now})
        return Moved(workspace.id, now or caller.real_now)

    return await transaction(caller.workspace_id, act)


async def running() -> Mapping[UUID, datetime]:
    """Every workspace that has a test clock, with its time."""
    with looking_at(EVERY_WORKSPACE):
        found = await rows(
            "SELECT workspace_id, test_now FROM workspaces WHERE test_now IS NOT NULL"
        )
    return {row["workspace_id"]: row["test_now"] for row in found}


def _check_year(now: datetime) -> None:
    if now.tzinfo is None:
        raise InvalidFormat("Say the offset from UTC, such as Z.", field=_NOW)
    if now.year > TEST_CLOCK_YEAR_MAX:
        message = f"A test clock goes no further than the year {TEST_CLOCK_YEAR_MAX}."
        raise OutOfRange(message, field=_NOW)


def _check_forward(now: datetime, present: datetime) -> None:
    if now < present:
        shown = present.isoformat()
        message = f"It is {shown} there already, and a test clock never goes back."
        raise OutOfRange(message, field=_NOW, meta={"min": shown})
