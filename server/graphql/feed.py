"""The feed: how far each followed workspace's events go, by one query a tick for all followers of the process."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from models.connections import FAULTS, rows
from models.walls import EVERY_WORKSPACE, looking_at
from resolvers.callers import Caller
from server.detached import detached
from server.logs import reason
from server.metrics.instruments import SUBSCRIBERS

TICK_S = 0.2
TICK_AFTER_FAULT_S = 2.0
log = structlog.stdlib.get_logger(__name__)


class NotWelcome(Exception):
    """The follower's key was revoked, or its token has ended."""


@dataclass(eq=False)
class Follower:
    """Waits for events of a workspace; `head` is the place of the last one that is known of."""

    caller: Caller
    head: int
    _is_welcome: bool = True
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def beyond(self, place: int) -> int:
        """The place of the last event once that is beyond this one. Raises NotWelcome."""
        while self.head <= place and self._is_welcome:
            self._news.clear()
            await self._news.wait()
        if not self._is_welcome:
            raise NotWelcome
        return self.head

    def learn(self, head: int) -> None:
        """There are events up to here."""
        if head > self.head:
            self.head = head
            self._news.set()

    def turn_away(self) -> None:
        """There is nothing more for this one."""
        self._is_welcome = False
        self._news.set()


class Feed:
    """Looks for news while anyone follows."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._followers: dict[UUID, set[Follower]] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def following(self, caller: Caller, head: int) -> Iterator[Follower]:
        """A follower of the caller's workspace, told from its next event on."""
        follower = Follower(caller, head)
        self._followers.setdefault(caller.workspace_id, set()).add(follower)
        SUBSCRIBERS.move(1)
        if self._looking is None:
            self._looking = detached(self._look())
        try:
            yield follower
        finally:
            self._leave(follower)

    def _leave(self, follower: Follower) -> None:
        SUBSCRIBERS.move(-1)
        workspace_id = follower.caller.workspace_id
        self._followers[workspace_id].discard(follower)
        if not self._followers[workspace_id]:
            del self._followers[workspace_id]
        if not self._followers and self._looking:
            self._looking.cancel()
            self._looking = None

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                await self._tick()
            except FAULTS as fault:
                log.warning("the feed could not reach the database", error=reason(fault))
                await asyncio.sleep(TICK_AFTER_FAULT_S)

    async def _tick(self) -> None:
        """Heads and keys are of one snapshot: no event that follows a revocation goes out."""
        heads = {w: min(one.head for one in told) for w, told in self._followers.items()}
        keys = {(one.caller.workspace_id, one.caller.key_id) for one in self._all()}
        known = [(w, key) for w, key in keys if key is not None]
        with looking_at(EVERY_WORKSPACE):
            found = await rows(
                _NEWS,
                list(heads),
                list(heads.values()),
                [workspace_id for workspace_id, _ in known],
                [key for _, key in known],
            )
        self._turn_away({row["id"] for row in found if row["position"] is None})
        for row in found:
            if row["position"] is not None:
                for follower in self._followers.get(row["id"], ()):
                    follower.learn(row["position"])

    def _turn_away(self, revoked: set[UUID]) -> None:
        now = self._clock()
        for follower in self._all():
            ends = follower.caller.expires_at
            if follower.caller.key_id in revoked or (ends is not None and ends <= now):
                follower.turn_away()

    def _all(self) -> list[Follower]:
        return [follower for told in self._followers.values() for follower in told]


_NEWS = """
SELECT head.workspace_id AS id, head.position
FROM unnest($1::uuid[], $2::bigint[]) AS known(workspace_id, position)
JOIN event_heads AS head USING (workspace_id) WHERE head.position > known.position
UNION ALL
SELECT key.id, NULL
FROM unnest($3::uuid[], $4::uuid[]) AS used(workspace_id, id)
JOIN api_keys AS key USING (workspace_id, id) WHERE key.revoked_at IS NOT NULL
"""
