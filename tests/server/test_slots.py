"""Slots: filled as they become free, and never all by one lane that is slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from models.connections import rows
from models.writes import insert
from resolvers import jobs
from resolvers.jobs import Claimed
from server import slots
from server.slots import LANE_AT_ONCE, Slots
from tests.resolvers.making import someone

PATIENCE_S = 60


class Work:
    """Jobs of a kind of its own, each of which lasts until it is told to end."""

    def __init__(self) -> None:
        self.kind = f"test.{uuid4().hex}"
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.ahead = timedelta(0)
        self._ends: dict[str, asyncio.Future[bool]] = {}

    def now(self) -> datetime:
        """The clock, which may jump."""
        return datetime.now(UTC) + self.ahead

    async def promise(self, name: str, lane: str | None = None) -> None:
        payload = {"name": name} | ({jobs.LANE: lane} if lane else {})
        caller = await someone()
        await insert(jobs.promised(caller.workspace_id, self.kind, payload, datetime.now(UTC)))

    async def carry_out(self, job: Claimed) -> bool:
        name = job.payload["name"]
        self.begun.append(name)
        is_done = await self._ends.setdefault(name, asyncio.get_running_loop().create_future())
        if is_done:
            await jobs.complete(job, datetime.now(UTC))
        else:
            await jobs.fail(job, datetime.now(UTC), "failed")
        self.ended.append(name)
        return is_done

    def end(self, name: str, *, done: bool = True) -> None:
        self._ends[name].set_result(done)

    async def until_begun(self, *names: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not set(names) <= set(self.begun):  # noqa: ASYNC110 - the database is waited for
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def with_slots(self, size: int) -> AsyncIterator[None]:
        stop = asyncio.Event()
        filling = Slots(size, (self.kind,), self.carry_out, self.now)
        working = asyncio.create_task(filling.work(stop))
        try:
            yield
        finally:
            for end in self._ends.values():
                if not end.done():
                    end.set_result(True)
            stop.set()
            await working


@pytest.fixture
def work(database: str, monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setattr(slots, "POLL_S", 0.05)
    return Work()


async def test_a_slot_that_is_free_is_filled_while_others_are_slow(work: Work) -> None:
    for number in range(4):
        await work.promise(f"job {number}")
    async with work.with_slots(2):
        await work.until_begun("job 0", "job 1")
        work.end("job 1")
        await work.until_begun("job 2")
        work.end("job 2")
        await work.until_begun("job 3")

        assert work.ended == ["job 1", "job 2"]
        assert len(work.begun) == 4


async def test_one_lane_has_only_so_many_slots_and_others_go_on(work: Work) -> None:
    for number in range(LANE_AT_ONCE + 20):
        await work.promise(f"slow {number}", "a")
    await work.promise("other", "b")
    await work.promise("none")
    async with work.with_slots(30):
        await work.until_begun("other", "none")
        assert sum(name.startswith("slow") for name in work.begun) == LANE_AT_ONCE

        assert await _unclaimed(work, 20) == 0


async def _unclaimed(work: Work, jobs_waiting: int) -> int:
    """The most attempts among the jobs nobody holds, once there are so many: those over are given back after."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            [waiting] = await rows(
                "SELECT count(*) AS n, max(attempts) AS attempts FROM jobs "
                "WHERE kind = $1 AND lease_token IS NULL",
                work.kind,
            )
            if waiting["n"] == jobs_waiting:
                return int(waiting["attempts"])
            await asyncio.sleep(0.01)


async def test_a_lane_that_fails_has_one_slot_until_it_succeeds(work: Work) -> None:
    for number in range(LANE_AT_ONCE + 5):
        await work.promise(f"job {number:02}", "a")
    async with work.with_slots(30):
        first = [f"job {number:02}" for number in range(LANE_AT_ONCE)]
        await work.until_begun(*first)
        for name in first:
            work.end(name, done=False)
        await work.until_begun("job 05")
        await asyncio.sleep(0.2)
        assert work.begun == [*first, "job 05"]

        work.end("job 05")
        await work.until_begun(*(f"job {number:02}" for number in range(LANE_AT_ONCE + 5)))


async def test_what_is_in_hand_is_finished_and_nothing_more_begun(work: Work) -> None:
    for number in range(3):
        await work.promise(f"job {number}")
    async with work.with_slots(1):
        await work.until_begun("job 0")
    assert (work.begun, work.ended) == (["job 0"], ["job 0"])


async def test_what_is_in_hand_is_not_begun_twice_where_the_clock_jumps(work: Work) -> None:
    await work.promise("first")
    async with work.with_slots(2):
        await work.until_begun("first")
        work.ahead = timedelta(hours=1)
        await work.promise("later")
        await work.until_begun("later")

        assert work.begun == ["first", "later"]


async def test_what_takes_too_long_is_left_to_another_when_all_is_to_stop(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "GRACE_S", 0.05)
    await work.promise("endless")
    stop = asyncio.Event()
    working = asyncio.create_task(Slots(1, (work.kind,), work.carry_out, work.now).work(stop))
    await work.until_begun("endless")

    stop.set()
    async with asyncio.timeout(PATIENCE_S):
        await working

    assert work.ended == []
    [again] = await jobs.claim(work.now(), 1, (work.kind,))
    assert again.attempts == 1
