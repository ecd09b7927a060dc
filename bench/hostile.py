"""How long hostile requests hold the event loop of the server, which nobody else is served by meanwhile."""

import asyncio
import gc
import gzip
import logging
import re
import socket
import statistics
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import uvicorn
from pydantic import SecretStr
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.cluster import Loaded
from bench.hostile_requests import Hostile, requests
from models.connections import rows
from models.walls import looking_at
from server import database, logs
from server.app import create_app
from server.serving import OPTIONS
from server.settings import Settings

INVOICES = 2_000
TURNS = 5
GOAL_S = 0.050
TICK_S = 0.001
ANSWER_TIMEOUT_S = 60


@dataclass
class Held:
    """What came of a request in all its turns."""

    hostile: Hostile
    gaps_s: list[float] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    outcome: str = ""

    @property
    def gap_s(self) -> float:
        """The least of the largest gaps: other programs of the machine lengthen the others."""
        return min(self.gaps_s)

    @property
    def is_met(self) -> bool:
        """Whether it held the loop no longer than the goal."""
        return self.gap_s <= GOAL_S


@dataclass(frozen=True)
class Sender:
    """Sends requests from a thread of its own, beside the loop that is measured."""

    thread: ThreadPoolExecutor
    port: int
    key: str
    customer: str

    def wire(self, hostile: Hostile, turn: int) -> bytes:
        """What to send."""
        return hostile.wire(self.key, self.customer, turn)

    async def send(self, wire: bytes) -> bytes:
        """The answer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.thread, exchange, self.port, wire)


async def hold(loaded: Loaded, wanted: str, console: Console) -> list[Held]:
    """Sends each request whose name has `wanted` in it, TURNS times, to a server in this process."""
    logs.configure("text", level=logging.WARNING)
    chosen = [hostile for hostile in requests() if wanted in hostile.name]
    async with _serving(loaded) as port:
        sql = "SELECT id FROM customers WHERE workspace_id = $1 LIMIT 1"
        with looking_at(loaded.home.workspace_id):
            [found] = await rows(sql, loaded.home.workspace_id)
        with ThreadPoolExecutor(1) as thread:
            sender = Sender(thread, port, loaded.home.api_key, f"cus_{found['id'].hex}")
            await sender.send(sender.wire(next(requests()), TURNS))
            return [
                await _measured(sender, hostile)
                for hostile in track(chosen, "Asking", console=console, transient=True)
            ]


@asynccontextmanager
async def _serving(loaded: Loaded) -> AsyncIterator[int]:
    settings = Settings(
        database_url=SecretStr(loaded.dsn),
        secret_key=SecretStr("k" * 32),
        data_dir=loaded.folder,
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        async with database.connected(settings):
            server = uvicorn.Server(uvicorn.Config(create_app(settings), **OPTIONS))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
                await asyncio.sleep(0.01)
            yield int(listening.getsockname()[1])
            server.should_exit = True
            await serving


async def _measured(sender: Sender, hostile: Hostile) -> Held:
    held = Held(hostile)
    for turn in range(TURNS):
        wire = sender.wire(hostile, turn)
        # A collection would be counted to whichever request it falls in.
        gc.collect()
        gc.disable()
        ticking = asyncio.create_task(_largest_gap(stop := asyncio.Event()))
        await asyncio.sleep(5 * TICK_S)
        began_s = time.perf_counter()
        answer = await sender.send(wire)
        held.times_s.append(time.perf_counter() - began_s)
        stop.set()
        held.gaps_s.append(await ticking)
        gc.enable()
        held.outcome = outcome(answer)
    return held


async def _largest_gap(stop: asyncio.Event) -> float:
    """The longest that the loop came back to this task too late."""
    largest_s = 0.0
    while not stop.is_set():
        began_s = time.perf_counter()
        await asyncio.sleep(TICK_S)
        largest_s = max(largest_s, time.perf_counter() - began_s - TICK_S)
    return largest_s


def outcome(answer: bytes) -> str:
    """The status of an answer, and the first code and reason in it."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"content-encoding: gzip" in head:
        body = gzip.decompress(body)
    said = re.findall(rb'"(?:code|reason)": ?"([A-Z_]+)"', body[-2_000:])
    return b" ".join([head[9:12], *said[:2]]).decode()


def exchange(port: int, wire: bytes) -> bytes:
    """What the server says until it closes the connection; it may do so before it has heard all."""
    parts = []
    with socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_S) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(wire)
        with suppress(ConnectionResetError):
            while part := connection.recv(1 << 20):
                parts.append(part)
    return b"".join(parts)


def show(found: list[Held], console: Console) -> None:
    """The table, the worst first."""
    table = Table("request", "bytes", "answer", "held (ms)", "answered in (ms)")
    for column in table.columns[1:]:
        column.justify = "right"
    for held in sorted(found, key=lambda held: -held.gap_s):
        table.add_row(
            held.hostile.name,
            f"{len(held.hostile.body):,}",
            held.outcome,
            f"[{'green' if held.is_met else 'red'}]{held.gap_s * 1000:.1f}[/]",
            f"{statistics.median(held.times_s) * 1000:.0f}",
        )
    console.print(table)
    met = sum(held.is_met for held in found)
    console.print(
        f"{met} of {len(found)} hold the event loop {GOAL_S * 1000:.0f} ms at most. Each was asked "
        f"{TURNS} times; held is the least of the largest gaps between ticks of "
        f"{TICK_S * 1000:.0f} ms, without Python's garbage collection."
    )
