"""Jobs: claimed by one worker, tried again later, dead in the end, and never lost."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from models.jobs import Job
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.writes import insert
from resolvers import jobs
from resolvers.callers import Caller
from resolvers.jobs import ATTEMPTS_MAX, LEASE, Claimed
from tests.resolvers.making import NOON


@pytest.fixture
def kind() -> str:
    """A kind of job that no other test has."""
    return f"test.{uuid4().hex}"


async def promise(caller: Caller, kind: str, number: int = 0) -> UUID:
    job = jobs.promised(caller.workspace_id, kind, {"number": number}, NOON)
    await insert(job)
    return job.id


async def claim(kind: str, now: datetime = NOON, limit: int = 10) -> list[Claimed]:
    return await jobs.claim(now, limit, (kind,))


async def test_a_promise_that_is_rolled_back_is_no_job(caller: Caller, kind: str) -> None:
    async def act() -> None:
        await promise(caller, kind)
        raise LookupError

    with pytest.raises(LookupError):
        await transaction(EVERY_WORKSPACE, act)
    assert await claim(kind) == []


async def test_a_claimed_job_is_nobody_elses(caller: Caller, kind: str) -> None:
    job_id = await promise(caller, kind, 7)
    (job,) = await claim(kind)
    assert (job.id, job.workspace_id, job.payload) == (job_id, caller.workspace_id, {"number": 7})
    assert job.attempts == 1
    assert await claim(kind) == []


async def test_jobs_of_other_kinds_stay(caller: Caller, kind: str) -> None:
    await promise(caller, kind)
    assert await claim("test.other") == []


async def test_many_workers_at_once_share_jobs_without_doubling_any(
    caller: Caller, kind: str
) -> None:
    wanted = {await promise(caller, kind, i) for i in range(40)}
    claims = await asyncio.gather(*(claim(kind, limit=7) for _ in range(10)))
    taken = [job.id for claimed in claims for job in claimed]
    assert len(taken) == len(set(taken))
    assert set(taken) == wanted


async def test_a_done_job_stays_done(caller: Caller, kind: str) -> None:
    job_id = await promise(caller, kind)
    (job,) = await claim(kind)
    assert await jobs.complete(job, NOON)
    assert await claim(kind, NOON + timedelta(days=9)) == []
    found = await Job.get(id=job_id)
    assert (found.done_at, found.lease_token) == (NOON, None)


async def test_a_failed_job_comes_back_later_and_later_until_it_is_dead(
    caller: Caller, kind: str
) -> None:
    job_id = await promise(caller, kind)
    now, waits = NOON, []
    for _ in range(ATTEMPTS_MAX):
        (job,) = await claim(kind, now)
        assert await jobs.fail(job, now, "no \x00\ud800 route")
        found = await Job.get(id=job_id)
        waits.append(found.run_at - now)
        now = max(now, found.run_at)

    found = await Job.get(id=job_id)
    assert found.dead_at == now
    assert found.attempts == ATTEMPTS_MAX
    assert found.last_error == "no  route"
    assert await claim(kind, now + timedelta(days=9)) == []
    least = [min(timedelta(seconds=5 * 2**n), timedelta(hours=4)) for n in range(ATTEMPTS_MAX - 1)]
    assert all(wait <= waited <= wait * 1.1 for wait, waited in zip(least, waits, strict=False))
    assert timedelta(days=1) < sum(waits, timedelta()) < timedelta(days=2)


def test_waits_double_up_to_four_hours() -> None:
    for attempts, least in ((1, 5), (2, 10), (5, 80), (20, 4 * 3600), (10_000, 4 * 3600)):
        wait = jobs.backoff(attempts)
        assert timedelta(seconds=least) <= wait <= timedelta(seconds=least) * 1.1


async def test_a_job_whose_worker_died_is_claimed_again_after_its_lease(
    caller: Caller, kind: str
) -> None:
    await promise(caller, kind)
    (first,) = await claim(kind)
    assert await claim(kind, NOON + LEASE) == []

    later = NOON + LEASE + timedelta(seconds=1)
    (second,) = await claim(kind, later)

    assert second.attempts == 2
    assert not await jobs.complete(first, later)
    assert not await jobs.fail(first, later, "late")
    assert not await jobs.renew(first, later)
    assert await jobs.complete(second, later)


async def test_a_renewed_lease_holds(caller: Caller, kind: str) -> None:
    await promise(caller, kind)
    (job,) = await claim(kind)
    assert await jobs.renew(job, NOON + LEASE / 2)
    assert await claim(kind, NOON + LEASE + timedelta(seconds=1)) == []


async def test_a_job_that_kills_every_worker_is_buried(caller: Caller, kind: str) -> None:
    job_id = await promise(caller, kind)
    now = NOON
    for _ in range(ATTEMPTS_MAX):
        assert len(await claim(kind, now)) == 1
        now += LEASE + timedelta(seconds=1)

    assert await claim(kind, now) == []
    found = await Job.get(id=job_id)
    assert found.dead_at == now
    assert found.last_error == "its worker died each time"


async def test_a_job_that_is_done_is_kept_for_a_week_and_one_that_is_dead_for_good(
    caller: Caller, kind: str
) -> None:
    done, dead, waiting = [await promise(caller, kind, number) for number in range(3)]
    for job in await claim(kind, limit=2):
        if job.id == done:
            await jobs.complete(job, NOON)
        else:
            await jobs.fail(job, NOON, "no", is_final=True)

    async def kept() -> set[UUID]:
        return {job.id for job in await Job.filter(workspace_id=caller.workspace_id, kind=kind)}

    await jobs.purge(NOON + jobs.KEPT)
    assert await kept() == {done, dead, waiting}
    while await jobs.purge(NOON + jobs.KEPT + timedelta(seconds=1)):
        pass
    assert await kept() == {dead, waiting}


async def test_a_claim_whose_answer_was_lost_is_let_go_by_its_lease(
    caller: Caller, kind: str
) -> None:
    job_id = await promise(caller, kind)
    lost, other = uuid4(), uuid4()
    await jobs.claim(NOON, 10, (kind,), lease_token=lost)

    await jobs.let_go({other})
    assert await claim(kind) == []
    await jobs.let_go({lost})

    (job,) = await claim(kind)
    assert (job.id, job.attempts) == (job_id, 1)


async def test_what_is_done_stays_done_when_its_lease_is_let_go(caller: Caller, kind: str) -> None:
    await promise(caller, kind)
    (job,) = await claim(kind)
    await jobs.complete(job, NOON)

    await jobs.let_go({job.lease_token})

    assert await claim(kind) == []


async def test_a_job_in_hand_is_not_claimed_though_its_lease_seems_to_have_run_out(
    caller: Caller, kind: str
) -> None:
    await promise(caller, kind)
    (job,) = await claim(kind)
    later = NOON + 2 * LEASE

    assert await jobs.claim(later, 10, (kind,), in_hand=[job.id]) == []
    assert await jobs.claim(later, 10, (kind,)) != []


async def test_a_backlog_is_told_by_kind_and_state_and_how_long_it_has_waited(
    caller: Caller, kind: str
) -> None:
    for number in range(5):
        await promise(caller, kind, number)
    running, dead, later = await claim(kind, limit=3)
    await jobs.fail(dead, NOON, "no", is_final=True)
    await jobs.put_off(later, NOON + timedelta(hours=1))
    now = NOON + timedelta(seconds=7)

    [found] = [one for one in await jobs.backlogs(now) if one.kind == kind]
    left_aside = [
        one for one in await jobs.backlogs(now, {caller.workspace_id}) if one.kind == kind
    ]

    assert (found.due, found.later, found.running, found.dead) == (2, 1, 1, 1)
    assert found.oldest_due == timedelta(seconds=7)
    assert running.kind == kind
    assert left_aside == []
    assert await jobs.complete(running, now)
