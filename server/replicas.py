"""Replicas: standbys that answer the reads that ask for one, as fresh as was asked and never old."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncpg
import structlog
from pydantic import SecretStr

from models import connections
from models.connections import FAULTS, OUT_OF_REACH
from server.database import standby_pool
from server.metrics.instruments import REPLICA_READS

# An answer of a standby is twice as old at most.
MARKED_EVERY_S = 5.0
# How long a read waits for a standby to have what it is to show, and how often it looks.
PATIENCE_S = 0.5
LOOKED_EVERY_S = 0.005
# How long nobody waits for one that was too far behind, and how long one that failed is left alone.
BEHIND_S = 1.0
REST_S = 5.0
CONNECT_TIMEOUT_S = 2.0
POSITION = """SELECT (CASE current_setting('synchronous_commit')
WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0')::bigint"""
# Of no use is one that is a standby no more: what it holds by then may be another story.
REPLAYED = """SELECT CASE WHEN pg_is_in_recovery()
THEN (pg_last_wal_replay_lsn() - '0/0')::bigint ELSE -1 END"""
# What says that a standby is of no use for now, and not that a statement is.
OUT_OF_ORDER = (
    *OUT_OF_REACH,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)

log = structlog.stdlib.get_logger(__name__)


class Late(Exception):
    """A standby that has not yet what a read is to show."""


class TooLong(Exception):
    """A statement that took longer than it may."""


@dataclass
class Standby:
    """One server that follows the primary: how far it is at least, and until when it is left alone."""

    number: int
    replayed: int = -1
    behind_until_s: float = 0.0
    rests_until_s: float = 0.0
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    pool: asyncpg.Pool = field(init=False)

    def forget(self) -> None:
        """There is a new connection: who answers it may be another server, and not as far."""
        self.replayed = -1

    async def catch_up(self, position: int) -> None:
        """Waits a moment for it to have replayed so far. Raises Late, and whatever is wrong with it.

        It is looked at before the statement begins: one that looked for itself would have taken its
        snapshot by then, and might answer from before what it found to be there.
        """
        now_s = time.monotonic()
        end_s = now_s if now_s < self.behind_until_s else now_s + PATIENCE_S
        while self.replayed < position:
            async with self.looking:  # one look serves all who wait
                if self.replayed < position:
                    async with self.pool.acquire(timeout=CONNECT_TIMEOUT_S) as connection:
                        await self._look(connection)
            if self.replayed >= position:
                return
            if time.monotonic() >= end_s:
                self.behind_until_s = time.monotonic() + BEHIND_S
                raise Late
            await asyncio.sleep(LOOKED_EVERY_S)

    async def answer(self, position: int, sql: str, values: Sequence[Any], timeout_s: float) -> Any:
        """The one row of a statement that is to show what was there at a position.

        Raises Late, TooLong, and whatever is wrong with the standby.
        """
        async with self.pool.acquire(timeout=CONNECT_TIMEOUT_S) as connection:
            if self.replayed < position:  # forgotten, for a connection was opened since
                await self._look(connection)
            if self.replayed < position:
                raise Late
            try:
                return await connection.fetchrow(sql, *values, timeout=timeout_s)
            except TimeoutError as slow:
                raise TooLong from slow

    async def _look(self, connection: Any) -> None:
        self.replayed = int(await connection.fetchval(REPLAYED, timeout=CONNECT_TIMEOUT_S))


class _Mark(NamedTuple):
    """Where the primary was at a time of this process's clock, or later."""

    at_s: float
    position: int


class Replicas:
    """The standbys of a primary."""

    def __init__(self) -> None:
        self._standbys: list[Standby] = []
        self._marks = (_Mark(float("-inf"), 0), _Mark(float("-inf"), 0))
        self._marking = asyncio.Lock()

    @asynccontextmanager
    async def opened(self, urls: Sequence[SecretStr], **pool: Any) -> AsyncIterator[None]:
        """Knows the standbys at `urls` meanwhile; connects to one when it is needed."""
        for number, url in enumerate(urls, 1):
            standby = Standby(number)
            standby.pool = await standby_pool(url.get_secret_value(), standby.forget, **pool)
            self._standbys.append(standby)
        try:
            yield
        finally:
            while self._standbys:
                self._standbys.pop().pool.terminate()

    @property
    def has_any(self) -> bool:
        """Whether there is a standby at all."""
        return bool(self._standbys)

    async def position(self) -> int:
        """Where the primary is: what has replayed so far has all that was committed before.

        Raises TimeoutError where no connection to it is free for a while, too.
        """
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            found = await connections.record(POSITION, timeout_s=CONNECT_TIMEOUT_S)
        assert found is not None
        return int(found[0])

    async def record(
        self, sql: str, *values: Any, after: int, timeout_s: float
    ) -> asyncpg.Record | None:
        """The row that a reading statement answers on a standby that has all up to `after`.

        None where no standby is of use, or holds no such row, or none is asked because the primary
        doesn't say in time where it is: it knows better. Raises TimeoutError where the statement
        takes longer.
        """
        try:
            position = max(after, await self._oldest_allowed())
        except TimeoutError:
            return None
        for standby in self._awake():
            try:
                await standby.catch_up(position)
                found: asyncpg.Record | None = await standby.answer(
                    position, sql, values, timeout_s
                )
            except Late:
                REPLICA_READS.add("late")
            except TooLong as slow:
                self._note(standby, TimeoutError(f"no answer in {timeout_s:.0f} s"))
                raise TimeoutError from slow
            except FAULTS as fault:
                self._note(standby, fault)
            else:
                REPLICA_READS.add("answered", by=found is not None)
                return found
        return None

    async def _oldest_allowed(self) -> int:
        """Where the primary was twice the time between marks ago, at the earliest."""
        async with (
            asyncio.timeout(CONNECT_TIMEOUT_S),
            self._marking,
        ):  # one mark serves all who wait
            now_s = time.monotonic()
            older, newer = self._marks
            if now_s - newer.at_s > MARKED_EVERY_S:
                older, newer = self._marks = newer, _Mark(now_s, await self.position())
        return (older if now_s - older.at_s <= 2 * MARKED_EVERY_S else newer).position

    def _awake(self) -> list[Standby]:
        """Those that don't rest; each in its turn is the first."""
        if self._standbys:
            self._standbys.append(self._standbys.pop(0))
        now_s = time.monotonic()
        return [standby for standby in self._standbys if standby.rests_until_s <= now_s]

    def _note(self, standby: Standby, fault: BaseException) -> None:
        """Its reads go to others; said once for each rest, and not of what is wrong with a statement."""
        REPLICA_READS.add("failed")
        if not isinstance(fault, OUT_OF_ORDER) or standby.rests_until_s > time.monotonic():
            return
        standby.rests_until_s = time.monotonic() + REST_S
        reason = str(fault).partition("\n")[0] or type(fault).__name__
        log.warning("a replica is left alone", replica=standby.number, reason=reason)
