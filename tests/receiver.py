"""A webhook receiver for tests: a real HTTP server that answers as it is told, well or badly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from standardwebhooks.webhooks import Webhook

WAITED_S = 60
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> object:
        """The message, by the standard's own library. Raises where its signature is not right."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """What arrived, and what paths answer in turn; the last answer holds, by default 200."""

    address: str
    received: list[Received] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str, *answers: Answer) -> str:
        """A URL that answers so."""
        self.answers[path] = list(answers)
        return f"{self.address}{path}"

    def at(self, path: str) -> list[Received]:
        """What arrived at a path."""
        return [one for one in self.received if one.path == path]

    async def until(self, path: str, count: int = 1) -> list[Received]:
        """What arrived at a path, once there are so many."""
        async with asyncio.timeout(WAITED_S):
            while len(self.at(path)) < count:  # noqa: ASYNC110 - sockets are what is waited for
                await asyncio.sleep(0.01)
        return self.at(path)

    def let_go(self) -> None:
        """Ends every connection that is open."""
        for task in self._open:
            task.cancel()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection, until it is over or let go."""
        task = asyncio.ensure_future(self.take(reader, writer))
        self._open.add(task)
        with suppress(asyncio.CancelledError):
            await task
        self._open.discard(task)
        writer.transport.abort()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            received = await _read(reader)
            self.received.append(received)
            waiting = self.answers.get(received.path) or [status(200)]
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            await answer(reader, writer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(head[0].split(" ")[1], headers, body)


def status(code: int, *headers: str, body: bytes = b"ok") -> Answer:
    """An ordinary answer."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {code} Said", f"content-length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return answer


def raw(*pieces: bytes) -> Answer:
    """Whatever bytes, and the end."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return answer


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """No answer for as long as the sender waits."""
    await reader.read()


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A header without end, a byte at a time."""
    writer.write(b"HTTP/1.1 200 Said\r\nx: ")
    while not writer.is_closing():
        writer.write(b"y")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A header without end, as fast as it goes."""
    writer.write(b"HTTP/1.1 200 Said\r\nx: ")
    while not writer.is_closing():
        writer.write(b"y" * 65536)
        await writer.drain()


async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The connection is cut."""
    writer.transport.abort()


@asynccontextmanager
async def receiving(
    tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver("")
    server = await asyncio.start_server(receiver.serve, host, 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    receiver.address = f"http{'s' if tls else ''}://{shown}:{port}"
    try:
        yield receiver
    finally:
        server.close()
        receiver.let_go()
