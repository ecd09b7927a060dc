"""The clients: connections that each send their next request as soon as an answer has come."""

import asyncio
import itertools
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

CONNECTIONS = 16
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Failed(Exception):
    """A server answered something other than what was asked for."""


@dataclass
class Load:
    """What came of a load: answers, their bytes, and how long each took."""

    seconds: float = 0
    size: int = 0
    latencies_s: list[float] = field(default_factory=list)
    last: bytes = b""

    @property
    def answers(self) -> int:
        """How many answers came."""
        return len(self.latencies_s)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


async def put(
    port: int,
    requests: Sequence[bytes],
    *,
    seconds: float = float("inf"),
    count: float = float("inf"),
    connections: int = CONNECTIONS,
) -> Load:
    """Keeps `connections` requests under way until time is up or `count` were answered.

    Raises Failed for any answer that isn't a success without GraphQL errors.
    """
    load, supply = Load(), itertools.cycle(requests)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    end = began + seconds
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(
            lambda: _Client(supply, load, end, count), "127.0.0.1", port
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    load.seconds = time.perf_counter() - began
    return load


async def ask(port: int, request: bytes) -> bytes:
    """The body of one answer."""
    return (await put(port, [request], count=1, connections=1)).last


class _Client(asyncio.Protocol):
    def __init__(self, supply: Iterator[bytes], load: Load, end: float, count: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._supply, self._load, self._end, self._count = supply, load, end, count
        self._parts: list[bytes] = []
        self._missing: int | None = None  # bytes of the answer; unknown before its head's end
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._supply))

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing is None:
            self._begin()
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._finish()

    def _begin(self) -> None:
        whole = b"".join(self._parts)
        self._parts = [whole]
        head_end = whole.find(HEAD_END)
        if head_end < 0:
            return
        found = LENGTH.search(whole, 0, head_end)
        if found is None:
            self._fail(f"an answer without a length: {whole[:300]!r}")
            return
        self._missing = head_end + len(HEAD_END) + int(found[1]) - len(whole)

    def _finish(self) -> None:
        now = time.perf_counter()
        whole = b"".join(self._parts)
        self._parts, self._missing = [], None
        if b" 200 " not in whole[:16] or b'"errors":[' in whole[-2000:]:
            self._fail(f"{whole[:1000]!r}")
            return
        self._load.latencies_s.append(now - self._sent)
        self._load.size += len(whole)
        if now < self._end and len(self._load.latencies_s) < self._count:
            self._send()
            return
        self._load.last = whole.partition(HEAD_END)[2]
        self._transport.close()
        if not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self._fail(f"the connection was lost: {error}")

    def _fail(self, why: str) -> None:
        self._transport.close()
        if not self.done.done():
            self.done.set_exception(Failed(why))
