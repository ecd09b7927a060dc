"""Transactions over connections that fail them: each ends, and leaves the pool as it was."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from models import connections, transactions
from models.connections import OUT_OF_REACH, rows
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from server import database as server_database
from tests.faults.lines import Line, Opening, line_to

# Each command alone may take a minute: whoever waited for one would be too late.
PATIENCE_S = 40


@pytest.fixture
async def line(database: str) -> AsyncIterator[Line]:
    """The way to the database, for as long as it lasts."""
    async with line_to(_opening(database)) as line:
        url = urlsplit(database)
        login = url.netloc.rpartition("@")[0] or "postgres"
        await server_database.close()
        try:
            await server_database.connect(f"postgresql://{login}@127.0.0.1:{line.port}{url.path}")
            yield line
        finally:
            await line.close()
            await server_database.close()
            await server_database.connect(database)


def _opening(dsn: str) -> Opening:
    url = urlsplit(dsn)
    host = parse_qs(url.query).get("host", [url.hostname or "127.0.0.1"])[0]
    port = url.port or 5432
    if host.startswith("/"):
        return lambda: asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    return lambda: asyncio.open_connection(host, port)


async def test_a_transaction_on_a_silent_connection_is_given_up(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fall_silent() -> None:
        line.silence()
        await rows("SELECT 1")

    # Short for the silence alone: whatever must succeed has all the time it has elsewhere.
    with monkeypatch.context() as short:
        short.setattr(transactions, "TIME_LIMIT_S", 0.5)
        short.setattr(connections, "RELEASE_TIMEOUT_S", 0.2)
        # A machine that stalls may give it up before it is silent.
        while not line.is_silent:
            given_up = asyncio.create_task(transaction(EVERY_WORKSPACE, fall_silent))
            await asyncio.wait({given_up}, timeout=PATIENCE_S)

    assert given_up.done()
    assert isinstance(given_up.exception(), OUT_OF_REACH)
    await line.cut()
    line.speak()
    assert await transaction(EVERY_WORKSPACE, lambda: rows("SELECT 1 AS one")) == [{"one": 1}]


async def test_a_server_that_takes_no_writes_is_out_of_reach(database: str) -> None:
    async def write() -> None:
        await rows("SET TRANSACTION READ ONLY")
        await rows("DELETE FROM jobs WHERE false")

    with pytest.raises(OUT_OF_REACH, match="read-only transaction"):
        await transaction(EVERY_WORKSPACE, write)
