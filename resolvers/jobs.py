"""Jobs: work that a transaction promised, claimed by a worker under a lease and tried until done.

A job runs at least once: whoever carries it out must bear a second time. An attempt counts when it
is claimed, so a job that kills its worker ends up dead like one that fails.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from domain.identifiers import new_id
from domain.texts import storable
from models import tracing
from models.connections import rows
from models.jobs import Job
from models.tracing import TRACEPARENT
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE, looking_at
from resolvers import purging

Payload = Mapping[str, Any]

LEASE = timedelta(seconds=60)
ATTEMPTS_MAX = 18
"""With the waits between them a job is tried for a day: a mail server may be away for hours."""

BACKOFF_FIRST = timedelta(seconds=5)
BACKOFF_MAX = timedelta(hours=4)
JITTER = 0.1
ERROR_LENGTH_MAX = 1000
KEPT = timedelta(days=7)
"""How long a job is kept that is done; one that is dead stays, with its error."""

LANE = "lane"
"""The key of a payload under which it names whom its work goes to, where that may be slow for all."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in hand: what to do, for which workspace, which attempt it is, and the lease."""

    workspace_id: UUID
    id: UUID
    kind: str
    payload: Payload
    attempts: int
    lease_token: UUID

    @property
    def trace(self) -> str | None:
        """The trace that it goes on, where there is one."""
        parent: str | None = self.payload.get(TRACEPARENT)
        return parent

    @property
    def lane(self) -> str | None:
        """Whom its work goes to, where only so many such jobs may be under way at once."""
        lane: str | None = self.payload.get(LANE)
        return lane


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many jobs of a kind wait for a worker, are for later, are under way, and are dead."""

    kind: str
    due: int
    later: int
    running: int
    dead: int
    oldest_due: timedelta
    """How long the one that is due longest has waited."""


class NotYet(Exception):
    """Raised by whoever carries a job out: nothing went wrong, but it has to be done again, when due.

    A time and no wait: it holds wherever the clock of whoever hears it is by then.
    """

    def __init__(self, due: datetime) -> None:
        super().__init__(f"again at {due}")
        self.due = due


def promised(workspace_id: UUID, kind: str, payload: Payload, now: datetime) -> Job:
    """A new job to be written in the transaction that promises it, due at `now`."""
    return Job(
        workspace_id=workspace_id,
        id=new_id(),
        kind=kind,
        payload={**payload, **_trace()},
        run_at=now,
        attempts=0,
        created_at=now,
    )


def _trace() -> dict[str, str]:
    """Where the trace stands that the job is to go on, if there is one."""
    parent = tracing.traceparent()
    return {} if parent is None else {TRACEPARENT: parent}


async def promise_again(
    workspace_id: UUID, job_id: UUID, kind: str, payload: Payload, now: datetime
) -> None:
    """Has a job carried out once more and at once, whether it waits, is done, dead, or gone.

    One that is under way goes on, and is carried out again after it where that fails.
    """
    await rows(_AGAIN, workspace_id, job_id, kind, orjson.dumps(payload).decode(), now)


async def claim(
    now: datetime,
    limit: int,
    kinds: tuple[str, ...],
    clocks: Mapping[UUID, datetime] | None = None,
    full_lanes: Collection[str] = (),
    in_hand: Collection[UUID] = (),
    lease_token: UUID | None = None,
) -> list[Claimed]:
    """Takes up to `limit` jobs of these kinds that are due and in nobody's hands, oldest first.

    A job is due by the time of its workspace: that of its test clock among `clocks`, else `now`. A
    lease runs out by `now`, which is the clock's. Never waits for another worker, and never takes
    what one holds, nor jobs of these lanes, nor those `in_hand`: where the clock jumped, their
    leases seem to have run out. A job whose attempts are used up, because workers died of it, is
    buried instead. By `lease_token` a claim can be let go whose answer was lost.
    """
    there = dict(clocks or {})
    due = (now, list(there), list(there.values()), max((now, *there.values())))
    wanted = (limit, list(kinds), ATTEMPTS_MAX, list(full_lanes), list(in_hand))
    token = lease_token or uuid4()

    async def act() -> list[dict[str, Any]]:
        await rows(_BURY, *due, ATTEMPTS_MAX)
        return await rows(_CLAIM, *due, now + LEASE, token, *wanted)

    found = await transaction(EVERY_WORKSPACE, act)
    return [_claimed(row) for row in sorted(found, key=lambda row: (row["run_at"], row["id"]))]


async def renew(job: Claimed, now: datetime) -> bool:
    """Holds a job longer; False where the lease is lost and the work must stop."""
    return await _holder(job, "leased_until = $4", now + LEASE)


async def complete(job: Claimed, now: datetime) -> bool:
    """Marks a job as done; False where the lease was lost, so another worker has it."""
    return await _holder(job, f"done_at = $4, {_RELEASED}", now)


async def put_off(job: Claimed, run_at: datetime) -> bool:
    """Puts a job back for later as if it had not been tried; False where the lease was lost."""
    return await _holder(job, f"run_at = $4, attempts = 0, last_error = NULL, {_RELEASED}", run_at)


async def give_back(claimed: Sequence[Claimed]) -> None:
    """Leaves jobs that were claimed and not begun to whoever claims next."""
    if claimed:
        held = ([job.workspace_id for job in claimed], [job.id for job in claimed])
        token = claimed[0].lease_token
        await transaction(EVERY_WORKSPACE, lambda: rows(_GIVE_BACK, *held, token))


async def let_go(lease_tokens: Collection[UUID]) -> None:
    """Leaves all that was claimed by these leases, and not begun, to whoever claims next."""
    if lease_tokens:
        await transaction(EVERY_WORKSPACE, lambda: rows(_LET_GO, list(lease_tokens)))


async def fail(job: Claimed, now: datetime, error: str, *, is_final: bool = False) -> bool:
    """Puts a job back, later after each attempt, or buries it after the last or a final failure.

    False where the lease was lost. The wait doubles from 5 s up to 4 h, with up to 10% on top so
    that what failed together does not come back together.
    """
    shown = storable(error, ERROR_LENGTH_MAX)
    if is_final or job.attempts >= ATTEMPTS_MAX:
        return await _holder(job, f"dead_at = $4, last_error = $5, {_RELEASED}", now, shown)
    later = now + backoff(job.attempts)
    return await _holder(job, f"run_at = $4, last_error = $5, {_RELEASED}", later, shown)


async def backlogs(now: datetime, aside: Collection[UUID] = ()) -> list[Backlog]:
    """What is not done of each kind, but for the workspaces that are left `aside`."""
    found = await transaction(EVERY_WORKSPACE, lambda: rows(_BACKLOGS, now, list(aside)))
    return [
        Backlog(**{**row, "oldest_due": max(timedelta(), now - (row["oldest_due"] or now))})
        for row in found
    ]


async def purge(now: datetime) -> int:
    """Deletes a batch of jobs that were done more than a week ago; how many there were."""
    return await purging.purge("jobs", "done_at", now - KEPT)


def backoff(attempts: int) -> timedelta:
    """How long to wait after this many attempts."""
    doublings = min(attempts - 1, 20)
    wait: timedelta = min(BACKOFF_FIRST * 2**doublings, BACKOFF_MAX)
    return wait * random.uniform(1, 1 + JITTER)


_RELEASED = "lease_token = NULL, leased_until = NULL"
# The clocks come as values, not by a join: no claim locks or reads a table of tenants. The latest of
# them all is for the index.
_DUE = """
FROM jobs j LEFT JOIN unnest($2::uuid[], $3::timestamptz[]) AS clock(workspace_id, now)
    ON clock.workspace_id = j.workspace_id
WHERE j.done_at IS NULL AND j.dead_at IS NULL
    AND j.run_at <= $4 AND j.run_at <= coalesce(clock.now, $1)
    AND (j.leased_until IS NULL OR j.leased_until < $1)
"""
_CLAIM = f"""
UPDATE jobs SET attempts = attempts + 1, lease_token = $6, leased_until = $5
WHERE (workspace_id, id) IN (
    SELECT j.workspace_id, j.id {_DUE} AND j.kind = ANY($8::text[]) AND j.attempts < $9
        AND (j.payload ->> '{LANE}' = ANY($10::text[])) IS NOT TRUE
        AND j.id <> ALL ($11::uuid[])
    ORDER BY j.run_at LIMIT $7 FOR UPDATE OF j SKIP LOCKED
)
RETURNING workspace_id, id, kind, payload, attempts, lease_token, run_at
"""
_GIVE_BACK = f"""
UPDATE jobs SET attempts = attempts - 1, {_RELEASED}
WHERE (workspace_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND lease_token = $3
"""
_LET_GO = f"""
UPDATE jobs SET attempts = attempts - 1, {_RELEASED}
WHERE lease_token = ANY($1::uuid[]) AND done_at IS NULL AND dead_at IS NULL
"""
_AGAIN = """
INSERT INTO jobs AS job (workspace_id, id, kind, payload, run_at, attempts, created_at)
VALUES ($1, $2, $3, $4::text::jsonb, $5, 0, $5)
ON CONFLICT (workspace_id, id) DO UPDATE
SET run_at = excluded.run_at, attempts = 0, done_at = NULL, dead_at = NULL, last_error = NULL
"""
_BACKLOGS = """
SELECT kind, sum(due)::int AS due, sum(later)::int AS later, sum(running)::int AS running,
    sum(dead)::int AS dead, min(oldest_due) AS oldest_due
FROM (
    SELECT kind, count(*) FILTER (WHERE NOT held AND run_at <= $1) AS due,
        count(*) FILTER (WHERE NOT held AND run_at > $1) AS later,
        count(*) FILTER (WHERE held) AS running, 0 AS dead,
        min(run_at) FILTER (WHERE NOT held AND run_at <= $1) AS oldest_due
    FROM (
        SELECT kind, run_at, coalesce(leased_until >= $1, false) AS held FROM jobs
        WHERE done_at IS NULL AND dead_at IS NULL AND workspace_id <> ALL($2::uuid[])
    ) AS waiting GROUP BY kind
    UNION ALL
    SELECT kind, 0, 0, 0, count(*), NULL FROM jobs
    WHERE dead_at IS NOT NULL AND workspace_id <> ALL($2::uuid[]) GROUP BY kind
) AS counted
GROUP BY kind ORDER BY kind
"""
_BURY = f"""
UPDATE jobs SET dead_at = $1, {_RELEASED},
    last_error = coalesce(last_error, 'its worker died each time')
WHERE (workspace_id, id) IN (
    SELECT j.workspace_id, j.id {_DUE} AND j.attempts >= $5 FOR UPDATE OF j SKIP LOCKED
)
"""


async def _holder(job: Claimed, assignments: str, *values: Any) -> bool:
    statement = (
        f"UPDATE jobs SET {assignments} "
        "WHERE workspace_id = $1 AND id = $2 AND lease_token = $3 AND done_at IS NULL RETURNING 1"
    )
    lease = (job.workspace_id, job.id, job.lease_token)
    with looking_at(job.workspace_id):
        return bool(await rows(statement, *lease, *values))


def _claimed(row: Mapping[str, Any]) -> Claimed:
    return Claimed(
        workspace_id=row["workspace_id"],
        id=row["id"],
        kind=row["kind"],
        payload=orjson.loads(row["payload"]),
        attempts=row["attempts"],
        lease_token=row["lease_token"],
    )
