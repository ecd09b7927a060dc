"""Allowances: what processes tell each other of what their callers have spent.

The statements do as `domain.allowances` says; a test compares.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from domain.allowances import BELIEVED_UP_TO, DEBT_MAX, LONG_AGO, MINUTE
from models.connections import rows
from models.walls import looking_at
from resolvers import purging

_BEGAN = (
    "CASE WHEN known.spent_until > {now} AND known.spent_until <= {now} + $4::interval "
    "THEN known.spent_until ELSE {now} END"
).format(now="$2::timestamptz")

# In one order, so that no two wait for each other.
_SETTLE = f"""
INSERT INTO allowances AS known (workspace_id, id, spent_until)
SELECT $1::uuid, asked.id, $2::timestamptz + least(asked.more, $5::interval)
FROM unnest($3::uuid[], $6::interval[]) AS asked(id, more) ORDER BY asked.id
ON CONFLICT (workspace_id, id) DO UPDATE SET spent_until = least(
    {_BEGAN} + (excluded.spent_until - $2::timestamptz), $2::timestamptz + $5::interval)
RETURNING id, spent_until
"""

_TAKE = f"""
INSERT INTO allowances AS known (workspace_id, id, spent_until)
VALUES ($1::uuid, $3::uuid, $2::timestamptz + $5::interval)
ON CONFLICT (workspace_id, id) DO UPDATE SET spent_until = {_BEGAN} + $5::interval
WHERE {_BEGAN} + $5::interval <= $2::timestamptz + $6::interval
RETURNING spent_until
"""


async def settle(
    workspace_id: UUID, spent: Mapping[UUID, timedelta], now: datetime
) -> dict[UUID, datetime]:
    """Notes what callers of a workspace have spent already, each in the time that it takes to come
    back; until when each has spent it, with what other processes noted.

    `now` is the clock's.
    """
    ids, more = list(spent), list(spent.values())
    with looking_at(workspace_id):
        found = await rows(_SETTLE, workspace_id, now, ids, BELIEVED_UP_TO, DEBT_MAX, more)
    return {row["id"]: row["spent_until"] for row in found}


async def take(
    workspace_id: UUID, allowance_id: UUID, now: datetime, more: timedelta, untold: timedelta
) -> tuple[bool, datetime]:
    """Spends so much of an allowance if that is left, whoever spent the rest; whether it was, and
    until when the allowance is spent.

    `untold` is what the asking process has let through and not noted yet.
    """
    bound = MINUTE - untold
    with looking_at(workspace_id):
        found = await rows(_TAKE, workspace_id, now, allowance_id, BELIEVED_UP_TO, more, bound)
        if found:
            return True, found[0]["spent_until"]
        return False, await _spent_until(workspace_id, allowance_id)


async def purge(now: datetime) -> int:
    """Deletes a batch of allowances that are unspent again, of every workspace; how many there were."""
    return await purging.purge("allowances", "spent_until", now - MINUTE)


async def _spent_until(workspace_id: UUID, allowance_id: UUID) -> datetime:
    found = await rows(
        "SELECT spent_until FROM allowances WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        allowance_id,
    )
    return cast(datetime, found[0]["spent_until"]) if found else LONG_AGO
