"""Lines: TCP connections of ours to a stranger, which can be cut, silenced or closed at any moment."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.ports import free_port

Opening = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
CHUNK_BYTES = 2**16
PATIENCE_S = 180


@dataclass
class Line:
    """A listener that passes what it gets on to where `open_far` leads, and the answers back."""

    open_far: Opening
    port: int
    is_silent: bool = False
    cuts_at: re.Pattern[bytes] | None = None
    cuts: int = 0
    _server: asyncio.Server | None = None
    _calls: set[asyncio.Task[None]] = field(default_factory=set)
    _speaking: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        """Listens, again on the same port."""
        self._server = await asyncio.start_server(self._call, "127.0.0.1", self.port)
        self.speak()

    async def close(self) -> None:
        """Refuses connections, and cuts those that are open."""
        if self._server:
            self._server.close()
        self.speak()
        await self.cut()

    async def cut(self) -> None:
        """Cuts every connection that is open now."""
        calls = list(self._calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    def silence(self) -> None:
        """Connections are taken and stay open, and nothing is said on them any more."""
        self.is_silent = True
        self._speaking.clear()

    def speak(self) -> None:
        """Says again what is said."""
        self.is_silent = False
        self._speaking.set()

    def cut_before_the_answer_to(self, said: bytes) -> None:
        """Passes on what matches and cuts the connection when its answer comes back."""
        self.cuts_at, self.cuts = re.compile(said), 0

    async def cut_no_more(self) -> None:
        """Lets all pass again, once something was cut."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.cuts:  # noqa: ASYNC110 - sockets are what is waited for
                await asyncio.sleep(0.01)
        self.cuts_at = None

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call
        self._calls.add(call)
        far: asyncio.StreamWriter | None = None
        with suppress(OSError, asyncio.CancelledError):
            far_reader, far = await self.open_far()
            doomed = asyncio.Event()
            await _first_of(
                self._pass(reader, far, doomed), self._return(far_reader, writer, doomed)
            )
        for end in (writer, far):
            if end:
                end.transport.abort()
        self._calls.discard(call)

    async def _pass(
        self, near: asyncio.StreamReader, far: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while said := await near.read(CHUNK_BYTES):
            await self._speaking.wait()
            if self.cuts_at and self.cuts_at.search(said):
                doomed.set()
            far.write(said)
            await far.drain()

    async def _return(
        self, far: asyncio.StreamReader, near: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while said := await far.read(CHUNK_BYTES):
            await self._speaking.wait()
            if doomed.is_set():
                self.cuts += 1
                return
            near.write(said)
            await near.drain()


async def _first_of(*ways: Awaitable[None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def line_to(open_far: Opening) -> AsyncIterator[Line]:
    """An open line."""
    line = Line(open_far, free_port())
    await line.open()
    try:
        yield line
    finally:
        await line.close()
