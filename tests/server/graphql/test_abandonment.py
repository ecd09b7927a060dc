"""Requests that nobody waits for any more, or that take too long: PostgreSQL's work ends with them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from models.connections import pool
from plans import running
from tests.postgres import as_owner
from tests.site import Client, Site

READ = "{ invoices { totalCount } }"
CREATE = 'mutation { customerCreate(input: { name: "Bob" }) { customer { id } } }'
SOON_S = 60.0


@pytest.fixture
async def beside(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is none of the server's."""
    connection = await as_owner(database)
    yield connection
    await connection.close()


@asynccontextmanager
async def locked(beside: asyncpg.Connection, table: str) -> AsyncIterator[None]:
    """A table that nobody else can read meanwhile."""
    transaction = beside.transaction()
    await transaction.start()
    await beside.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        await transaction.rollback()


async def waiting(beside: asyncpg.Connection, table: str) -> int:
    """How many statements wait for a table in PostgreSQL."""
    await beside.execute("SELECT pg_stat_clear_snapshot()")  # kept for a whole transaction
    found = await beside.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database() AND query LIKE $1",
        f"%{table}%",
    )
    return int(found)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Waits until it is so, and not for ever."""
    async with asyncio.timeout(SOON_S):
        while not await is_so():  # noqa: ASYNC110 - PostgreSQL tells it in no other way
            await asyncio.sleep(0.02)


async def sent(site: Site, client: Client, document: str) -> asyncio.StreamWriter:
    """A request on its way, over a connection that its caller may break off."""
    host, _, port = site.address.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps({"query": document})
    lines = (
        "POST /graphql HTTP/1.1",
        "host: x",
        "content-type: application/json",
        f"authorization: Bearer {client.key}",
        f"content-length: {len(body)}",
    )
    writer.write("\r\n".join([*lines, "", body]).encode())
    await writer.drain()
    return writer


async def idle() -> int:
    """How many of the pool's connections are free, or not opened yet."""
    connections = await pool()
    return connections.get_max_size() - connections.get_size() + connections.get_idle_size()


async def test_a_read_whose_client_goes_ends_in_postgresql_too(
    site: Site, client: Client, beside: asyncpg.Connection
) -> None:
    await client.ask(READ)
    free = await idle()

    async def is_waiting() -> bool:
        return await waiting(beside, "invoices") == 1

    async def is_over() -> bool:
        return await waiting(beside, "invoices") == 0 and await idle() >= free

    async with locked(beside, "invoices"):
        writer = await sent(site, client, READ)
        await until(is_waiting)
        writer.transport.abort()
        await until(is_over)

    assert (await client.ask(READ))["invoices"] == {"totalCount": 0}


async def test_reads_that_are_given_up_leave_every_connection_usable(
    site: Site, client: Client, beside: asyncpg.Connection
) -> None:
    """More of them than the pool has connections: some give up while they wait for one."""
    await client.ask(READ)
    size = (await pool()).get_max_size()

    async def are_waiting() -> bool:
        return await waiting(beside, "invoices") == size

    async def are_free() -> bool:
        return await waiting(beside, "invoices") == 0 and await idle() == size

    async with locked(beside, "invoices"):
        writers = [await sent(site, client, READ) for _ in range(size + 3)]
        await until(are_waiting)
        for writer in writers:
            writer.close()
        await until(are_free)

    answers = await asyncio.gather(*(client.ask(READ) for _ in range(2 * size)))
    assert [answer["invoices"]["totalCount"] for answer in answers] == [0] * 2 * size


async def test_of_several_fields_none_goes_on(
    site: Site, client: Client, beside: asyncpg.Connection
) -> None:
    both = "{ a: invoices { totalCount } b: invoices(first: 1) { nodes { id } } }"
    await client.ask(both)

    async def are_waiting() -> bool:
        return await waiting(beside, "invoices") == 2

    async def are_over() -> bool:
        return await waiting(beside, "invoices") == 0

    async with locked(beside, "invoices"):
        writer = await sent(site, client, both)
        await until(are_waiting)
        writer.close()
        await until(are_over)


async def test_a_mutation_whose_client_goes_is_carried_through(
    site: Site, client: Client, beside: asyncpg.Connection
) -> None:
    async def is_waiting() -> bool:
        return await waiting(beside, "customers") == 1

    async def is_done() -> bool:
        found = await client.ask("{ customers { totalCount } }")
        return bool(found["customers"]["totalCount"] == 1)

    async with locked(beside, "customers"):
        writer = await sent(site, client, CREATE)
        await until(is_waiting)
        writer.transport.abort()
        await asyncio.sleep(0.3)
        assert await is_waiting()

    await until(is_done)


async def test_a_slow_read_is_answered_to_a_client_that_waits(
    site: Site, client: Client, beside: asyncpg.Connection
) -> None:
    await client.ask(READ)
    async with locked(beside, "invoices"):
        asked = asyncio.create_task(client.ask(READ))
        await asyncio.sleep(0.4)
        assert not asked.done()

    assert (await asked)["invoices"] == {"totalCount": 0}


async def test_a_read_that_takes_too_long_is_refused_and_ends_in_postgresql(
    client: Client, beside: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.ask(READ)
    monkeypatch.setattr(running, "TIME_LIMIT_S", 0.2)

    async with locked(beside, "invoices"):
        answer = await client.answer(f"{{ slow: {READ[2:-2]} quick: __typename }}")
        left = await waiting(beside, "invoices")

    assert answer["data"] == {"slow": None, "quick": "Query"}
    [error] = answer["errors"]
    assert error["path"] == ["slow"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "reason": "QUERY_TOO_SLOW"}
    assert "0.2 s" in error["message"]
    assert left == 0
    monkeypatch.undo()
    assert (await client.ask(READ))["invoices"] == {"totalCount": 0}
