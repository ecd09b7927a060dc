"""Slots: jobs under way side by side; one that is free again is filled at once, and nobody who is slow has them all."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import structlog

from models.connections import FAULTS
from resolvers import jobs, test_clocks
from resolvers.jobs import Claimed
from server.logs import reason
from server.metrics.instruments import SLOTS, SLOTS_BUSY

POLL_S = 0.5
POLL_AFTER_FAULT_S = 5.0
GRACE_S = 20.0
"""How long what is in hand may take once everything is to stop; what takes longer is done again."""

LANE_AT_ONCE = 5
"""How many jobs of one lane are under way at once; one, after the last of it failed."""

log = structlog.stdlib.get_logger(__name__)


@dataclass
class Slots:
    """So many jobs of these kinds at once. `carry_out` answers whether a job is done."""

    size: int
    kinds: tuple[str, ...]
    carry_out: Callable[[Claimed], Awaitable[bool]]
    clock: Callable[[], datetime]
    name: str = "jobs"
    _running: dict[asyncio.Task[bool], Claimed] = field(default_factory=dict)
    _failing: set[str] = field(default_factory=set)
    _unheard: set[UUID] = field(default_factory=set)
    """The leases of claims whose answers were lost: nobody knows which jobs they hold."""

    _over: list[Claimed] = field(default_factory=list)
    """Jobs of the last claim that there was no room for, until they are given back."""

    async def work(self, stop: asyncio.Event) -> None:
        """Fills the slots until `stop` is set, then finishes what is in hand, within bounds."""
        stopping = asyncio.create_task(stop.wait())
        SLOTS.set(self.size, self.name)
        SLOTS_BUSY.set(0, self.name)
        try:
            while not stop.is_set():
                await self._rest(stopping, *await self._fill())
            if self._running:
                await asyncio.wait(self._running, timeout=GRACE_S)
        finally:
            stopping.cancel()
            await self._abandon()

    async def _abandon(self) -> None:
        """Ends what is still in hand, and leaves it to whoever claims next."""
        left = dict(self._running)
        if left:
            for task in left:
                task.cancel()
            await asyncio.wait(left)
            with suppress(*FAULTS):
                await jobs.let_go({job.lease_token for job in left.values()})

    async def _fill(self) -> tuple[float, bool]:
        """Claims once; how long to rest before the next time, and whether a free slot is worth it."""
        free = self.size - len(self._running)
        full = self._full_lanes()
        if not free:
            return POLL_S, True
        try:
            await self._return()
            claimed = await self._claimed(free, full)
            self._over = self._start(claimed)
            await self._return()
        except FAULTS as fault:
            log.warning("the worker could not reach the database", error=reason(fault))
            return POLL_AFTER_FAULT_S, False
        return POLL_S, len(claimed) == free or bool(self._full_lanes())

    async def _claimed(self, free: int, full: list[str]) -> list[Claimed]:
        clocks = await test_clocks.running()
        lease = uuid4()
        self._unheard.add(lease)
        in_hand = [job.id for job in self._running.values()]
        found = await jobs.claim(
            self.clock(), free, self.kinds, clocks, full, in_hand, lease_token=lease
        )
        self._unheard.clear()
        return found

    async def _return(self) -> None:
        """Leaves what is claimed and not begun to whoever claims next, now or once that can be said."""
        await jobs.let_go(self._unheard)
        self._unheard.clear()
        await jobs.give_back(self._over)
        self._over = []

    def _start(self, claimed: list[Claimed]) -> list[Claimed]:
        """Begins what there is room for; the others, of lanes that are full by then."""
        over = []
        for job in claimed:
            if job.lane in self._full_lanes():
                over.append(job)
                continue
            task = asyncio.ensure_future(self.carry_out(job))
            self._running[task] = job
            SLOTS_BUSY.set(len(self._running), self.name)
            task.add_done_callback(self._end)
        return over

    def _end(self, task: asyncio.Task[bool]) -> None:
        lane = self._running.pop(task).lane
        SLOTS_BUSY.set(len(self._running), self.name)
        if lane is None or task.cancelled():
            return
        if task.exception() is None and task.result():
            self._failing.discard(lane)
        else:
            self._failing.add(lane)

    def _full_lanes(self) -> list[str]:
        under_way = Counter(job.lane for job in self._running.values() if job.lane)
        return [
            lane
            for lane, count in under_way.items()
            if count >= (1 if lane in self._failing else LANE_AT_ONCE)
        ]

    async def _rest(self, stopping: asyncio.Task[bool], seconds: float, until_free: bool) -> None:
        ends = {stopping, *self._running} if until_free else {stopping}
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
