"""Requests whose client has gone: their work ends, and PostgreSQL's with it."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

WATCHED_AFTER_S = 0.1


class Abandoned(Exception):
    """Nobody waits for the answer any more."""


class UnlessAbandoned:
    """A block that ends with Abandoned once the client is gone; most are over before it is watched."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_abandoned = False
        self._watching: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        self._starting = asyncio.get_running_loop().call_later(WATCHED_AFTER_S, self._watch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._starting.cancel()
        if self._watching:
            self._watching.cancel()
        if self._is_abandoned and self._task and isinstance(error, asyncio.CancelledError):
            self._task.uncancel()
            raise Abandoned from None

    def _watch(self) -> None:
        self._watching = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._task:
            self._is_abandoned = True
            self._task.cancel()
