"""Allowances: whoever asks spends points, counted here and told to the other processes now and then.

A request waits for PostgreSQL only where its process has let through all that it may on its own
account, or for what has an exact allowance. Whoever has spent all is refused without asking it.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

import structlog

from domain.allowances import Allowance, Tab, owing, spent
from resolvers import allowances
from resolvers.callers import Caller
from server.detached import detached
from server.graphql.authentication import NOBODY
from server.graphql.metering import Meter, refusal
from server.graphql.prices import MAILS, POINTS, SECRETS, Price
from server.logs import reason

# A process may let this part of an allowance through before it tells the others.
ON_ACCOUNT = 100
# One customer's tokens, and all who come without a key, have this part of a key's points.
SMALLER = 10
TOLD_EVERY_S = 5.0
TIME_LIMIT_S = 10.0
# So long a request waits where PostgreSQL is slow; then it goes by what is known here.
PATIENCE_S = 5.0

Key = tuple[str | UUID, str]

log = structlog.stdlib.get_logger(__name__)


class Limits(NamedTuple):
    """What a key may spend and do within a minute; 0 is without limit."""

    points: int = 0
    mails: int = 0
    secrets: int = 0


UNLIMITED = Limits()


class _Lately(NamedTuple):
    """Someone who was admitted, and their tab."""

    workspace_id: UUID
    customer_id: UUID | None
    tab: Tab


@dataclass(slots=True)
class _Book:
    """The tabs of one workspace's callers."""

    tabs: dict[Key, Tab] = field(default_factory=dict)
    telling: asyncio.Task[bool] | None = None
    is_late: bool = False
    """Whether somebody has waited in vain since they were last told."""


class Allowances:
    """What callers have spent, as far as this process knows."""

    def __init__(self, limits: Limits, clock: Callable[[], datetime]) -> None:
        self._limits = {POINTS: limits.points, MAILS: limits.mails, SECRETS: limits.secrets}
        self._clock = clock
        self._books: dict[UUID, _Book] = {}
        self._lately: dict[str, _Lately] = {}
        self._rounds: asyncio.Task[None] | None = None

    def admit_at_hand(self, caller: Caller, price: Price) -> Meter | None:
        """Charges a read to someone who was admitted lately, where that takes no look at anything.

        Nearly all requests go this way, so it is short, and the same objects say that it is the same
        caller.
        """
        found = self._lately.get(caller.actor)
        if (
            found is None
            or found.workspace_id is not caller.workspace_id
            or found.customer_id is not caller.customer_id
            or not found.tab.hand(price.points)
        ):
            return None
        return Meter(self, caller, found.tab)

    def check(self, caller: Caller, points: int = 1) -> None:
        """Raises RequestRefused for whoever has not as many left, before anything is done for them."""
        if self._limits[POINTS]:
            self._require(self._tab(caller, POINTS), POINTS, points, self._clock())

    async def admit(self, caller: Caller, price: Price, *, is_act: bool) -> Meter:
        """Charges an operation to its caller; the meter charges what becomes of it beyond that.

        Raises RequestRefused, with all left as it was, where it is more than the caller may spend.
        """
        for kind, times in price.guarded.items():
            if self._limits[kind]:
                self.check(caller, price.points)
                await self.spend(caller, kind, times)
        if not self._limits[POINTS]:
            return Meter()
        await self.spend(caller, POINTS, price.points)
        tab = self._tab(caller, POINTS)
        self._lately[caller.actor] = _Lately(caller.workspace_id, caller.customer_id, tab)
        return Meter(self, caller, tab, is_act=is_act)

    async def spend(self, caller: Caller, kind: str, points: int) -> None:
        """Charges points of one kind. Raises RequestRefused where there are not as many left."""
        tab = self._tab(caller, kind)
        points = _charged(tab, kind, points)
        now = self._clock()
        if points > tab.allowance.on_account:
            self._require(tab, kind, points, now)
            await self._take(caller, tab, kind, points)
            return
        if not tab.has_room(points):
            await self._make_room(caller, tab, points)
            now = self._clock()
        self._require(tab, kind, points, now)
        self._put(caller, tab, points, now)

    def owe(self, caller: Caller, points: int) -> None:
        """Charges points after the fact, whether or not there are as many left."""
        self._put(caller, self._tab(caller, POINTS), points, self._clock())

    async def close(self) -> None:
        """Tells the others a last time, for as long as patience lasts."""
        if self._rounds is not None:
            self._rounds.cancel()
            self._rounds = None
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self.tell()
        for book in self._books.values():
            if book.telling is not None:
                book.telling.cancel()

    async def tell(self) -> None:
        """Tells the others all that they don't know yet, which happens by itself every few seconds."""
        for workspace_id, book in list(self._books.items()):
            # One that is under way already doesn't tell the latest.
            for _ in range(2):
                await asyncio.wait({self._telling(workspace_id, book)})

    def _require(self, tab: Tab, kind: str, points: int, now: datetime) -> None:
        wait = tab.wait(_charged(tab, kind, points), now)
        if wait:
            raise refusal(kind, tab, now, wait)

    def _put(self, caller: Caller, tab: Tab, points: int, now: datetime) -> None:
        tab.put(points, now)
        if not tab.has_room(tab.allowance.on_account // 2):
            self._telling(caller.workspace_id, self._books[caller.workspace_id])
        if self._rounds is None:
            self._rounds = detached(self._tell_now_and_then())

    async def _take(self, caller: Caller, tab: Tab, kind: str, points: int) -> None:
        """Asks PostgreSQL for points, so that no other process can have them too."""
        now = self._clock()
        more = tab.allowance.time_of(points)
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                taken, spent_until = await allowances.take(
                    caller.workspace_id, tab.id, now, more, tab.untold()
                )
        except Exception as fault:  # noqa: BLE001 - whatever it is, nobody is refused for it
            log.warning("an allowance could not be asked for", error=reason(fault))
            taken, spent_until = True, spent(tab.spent_until, now, more)
        tab.hear(spent_until, now)
        if not taken:
            raise refusal(kind, tab, now, tab.wait(points, now))

    async def _make_room(self, caller: Caller, tab: Tab, points: int) -> None:
        """Waits until the others know of what was let through, for as long as patience lasts."""
        book = self._books[caller.workspace_id]
        loop = asyncio.get_running_loop()
        end_s = loop.time() + PATIENCE_S
        while not book.is_late and not tab.has_room(points):
            telling = self._telling(caller.workspace_id, book)
            await asyncio.wait({telling}, timeout=max(0.0, end_s - loop.time()))
            book.is_late = book.is_late or not telling.done() or not telling.result()

    def _tab(self, caller: Caller, kind: str) -> Tab:
        book = self._books.get(caller.workspace_id)
        if book is None:
            book = self._books[caller.workspace_id] = _Book()
        key = (caller.customer_id or caller.actor, kind)
        tab = book.tabs.get(key)
        if tab is None:
            tab = book.tabs[key] = self._new(caller, key)
        return tab

    def _new(self, caller: Caller, key: Key) -> Tab:
        whose, kind = key
        points = self._limits[kind]
        if kind != POINTS:
            allowance = Allowance(points)
        elif caller is NOBODY:
            allowance = Allowance(max(1, points // SMALLER), points)
        else:
            points = max(1, points // SMALLER) if caller.customer_id else points
            allowance = Allowance(points, points // ON_ACCOUNT)
        name = uuid5(caller.workspace_id, f"{whose} {kind}")
        return Tab(name, allowance, used_at=self._clock())

    def _telling(self, workspace_id: UUID, book: _Book) -> asyncio.Task[bool]:
        if book.telling is None or book.telling.done():
            book.telling = detached(self._tell(workspace_id, book))
        return book.telling

    async def _tell(self, workspace_id: UUID, book: _Book) -> bool:
        """Whether all is told that was let through until now."""
        tabs = owing(book.tabs.values())
        now = self._clock()
        if workspace_id == NOBODY.workspace_id:
            _remember(tabs, now)
            return True
        news = {tab.id: tab.tell() for tab in tabs}
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                found = await allowances.settle(workspace_id, news, now) if news else {}
            for tab in tabs:
                tab.told(found[tab.id], now)
            book.is_late = False
        except Exception as fault:  # noqa: BLE001 - it is told another time
            log.warning("what was spent could not be noted", error=reason(fault))
            return False
        finally:
            for tab in tabs:
                tab.keep()
        return True

    async def _tell_now_and_then(self) -> None:
        """Until there is nothing to tell, and nothing to know."""
        while self._books:
            await asyncio.sleep(TOLD_EVERY_S)
            for workspace_id, book in list(self._books.items()):
                if owing(book.tabs.values()):
                    await asyncio.wait({self._telling(workspace_id, book)})
                self._forget(workspace_id, book)
        self._rounds = None

    def _forget(self, workspace_id: UUID, book: _Book) -> None:
        now = self._clock()
        for key in [key for key, tab in book.tabs.items() if tab.is_done_with(now)]:
            del book.tabs[key]
            self._lately.clear()
        if not book.tabs:
            del self._books[workspace_id]


def _charged(tab: Tab, kind: str, points: int) -> int:
    """What is charged; a single read never costs more than a minute's points, or it could never run."""
    return min(points, tab.allowance.points) if kind == POINTS else points


def _remember(tabs: Iterable[Tab], now: datetime) -> None:
    """Notes what was spent where it is told to nobody: each process has its own for those without a key."""
    for tab in tabs:
        tab.told(spent(tab.spent_until, now, tab.tell()), now)
