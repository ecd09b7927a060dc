"""Endurance: the mix by many clients for minutes, on all processes of a server, and what it comes to."""

import asyncio
import os
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import asyncpg
from pydantic import SecretStr

from bench import processes
from bench.mix import KINDS, Buyer, Client, Taken
from models.migrate import migrate
from models.walls import SEEING_ALL
from server import database, embedded, provisioning
from server.settings import CHECKOUT, Settings
from server.verification import verify

WORKSPACES = 8
WEB_PROCESSES = 2
WARM_UP_S = 10
START_TIMEOUT_S = 60
DRAIN_TIMEOUT_S = 600
SAMPLED_EVERY_S = 1.0
WAITING = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(run_at)), 0)::float8 AS lag_s
FROM jobs WHERE done_at IS NULL AND dead_at IS NULL AND run_at <= clock_timestamp()
"""
BUYER = """
mutation($name: String!) { customerCreate(input: {name: $name, email: "ann@example.com",
    emailConsent: GRANTED}) { customer { id } userErrors { code } } }
"""
CARD = """
mutation($id: ID!) { customerAddPaymentMethod(input: {customerId: $id, gatewayToken: "pm_card_visa"})
    { userErrors { code } } }
"""


@dataclass
class Endured:
    """What a run came to."""

    clients: int
    seconds: float
    taken: dict[str, Taken] = field(default_factory=lambda: {kind: Taken() for kind in KINDS})
    memory_mb: list[float] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)
    drained_s: float = 0
    invoices: int = 0
    wrong: int = 0

    @property
    def errors(self) -> list[str]:
        """Everything that went wrong."""
        return [error for taken in self.taken.values() for error in taken.errors]


async def endure(minutes: float, clients: int, on_second: Callable[[], None]) -> Endured:
    """Runs the mix, waits until the outbox is empty, and proves the books."""
    result = Endured(clients, minutes * 60)
    # PostgreSQL as it comes: what it answers is on disk.
    with TemporaryDirectory(prefix="billgraph-") as folder, embedded.running(Path(folder)) as dsn:
        settings = _settings(dsn, Path(folder))
        await migrate(dsn)
        async with database.connected(settings):
            keys = [await _workspace(settings) for _ in range(WORKSPACES)]
        async with _serving(settings, Path(folder)) as (port, pid):
            buyers = [await _buyer(port, keys[n % WORKSPACES], n) for n in range(clients)]
            await _put(port, buyers, WARM_UP_S, {kind: Taken() for kind in KINDS})
            watching = asyncio.create_task(_watch(result, dsn, pid, on_second))
            await _put(port, buyers, result.seconds, result.taken)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await _drain(result, dsn)
        await _prove(result, dsn)
    return result


def _settings(dsn: str, folder: Path) -> Settings:
    key = secrets.token_hex(32)
    return Settings(database_url=SecretStr(dsn), secret_key=SecretStr(key), data_dir=folder)


async def _workspace(settings: Settings) -> str:
    """The key of a new workspace."""
    made = await provisioning.create_workspace(
        settings, "Bench LLP", currency="USD", time_zone="UTC", mode="LIVE"
    )
    return made.api_key


async def _buyer(port: int, api_key: str, number: int) -> Buyer:
    asking = Client(port, Buyer(api_key, ""), {})
    made = await asking.ask(BUYER, name=f"Buyer {number}")
    found = made["customerCreate"]["customer"]["id"]
    await asking.ask(CARD, id=found)
    return Buyer(api_key, found)


@asynccontextmanager
async def _serving(settings: Settings, folder: Path) -> AsyncIterator[tuple[int, int]]:
    """All processes of a server: its port, and its first process."""
    port = processes.free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": settings.dsn,
        "SECRET_KEY": settings.secret,
        "DATA_DIR": str(folder),
        "RATE_LIMIT": "0",
        "RATE_LIMIT_MAILS": "0",
    }
    command = ("-m", "server", "serve", "--port", str(port), "--workers", str(WEB_PROCESSES))
    with (folder / "server.log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log
        )
    try:
        await asyncio.to_thread(_wait, f"http://127.0.0.1:{port}/readyz")
        yield port, server.pid
    finally:
        server.terminate()
        await server.wait()


def _wait(url: str) -> None:
    end_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.1)


async def _put(port: int, buyers: list[Buyer], seconds: float, taken: dict[str, Taken]) -> None:
    end_s = time.perf_counter() + seconds
    await asyncio.gather(*(Client(port, buyer, taken).work(end_s) for buyer in buyers))


async def _watch(result: Endured, dsn: str, pid: int, on_second: Callable[[], None]) -> None:
    """Notes each second what the processes hold, and how long the oldest job that is due waits."""
    connection = await asyncpg.connect(dsn, server_settings=SEEING_ALL)
    try:
        while True:
            held = sum(processes.memory_mb(one) for one in processes.family(pid))
            result.memory_mb.append(held)
            result.lags_s.append(await connection.fetchval(WAITING))
            on_second()
            await asyncio.sleep(SAMPLED_EVERY_S)
    finally:
        await connection.close()


async def _drain(result: Endured, dsn: str) -> None:
    began_s = time.monotonic()
    connection = await asyncpg.connect(dsn, server_settings=SEEING_ALL)
    async with asyncio.timeout(DRAIN_TIMEOUT_S):
        while await connection.fetchval(WAITING):  # noqa: ASYNC110 - the worker empties it
            await asyncio.sleep(0.1)
    await connection.close()
    result.drained_s = time.monotonic() - began_s


async def _prove(result: Endured, dsn: str) -> None:
    connection = await asyncpg.connect(dsn, server_settings=SEEING_ALL)
    result.invoices = await connection.fetchval("SELECT count(*) FROM invoices")
    result.wrong = await verify(connection, lambda fault: None)
    await connection.close()


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]
