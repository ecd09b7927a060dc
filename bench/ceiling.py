"""How many answers a second the clients can take: a server that only repeats one answer, as fast as it can."""

import asyncio
import sys

import uvloop

from bench import load
from bench.asking import Ask
from bench.cluster import Loaded
from bench.contenders.contender import Contender
from bench.processes import running

# As large as the answer to a list of 25.
BODY = b"x" * 18_000
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)
STATIC = Contender("static", lambda port: [sys.executable, "-m", "bench.ceiling", str(port)], {})


class _Static(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(ANSWER)  # type: ignore[attr-defined]  # a Transport, always


async def measure(loaded: Loaded, seconds: float) -> float:
    """Answers a second that the clients took."""
    with running(STATIC, loaded) as server:
        requests = [Ask("/").wire(server.port)]
        return (await load.put(server.port, requests, seconds=seconds)).per_second


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Static, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
