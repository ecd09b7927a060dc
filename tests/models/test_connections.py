"""Connections for reads: each comes back to the pool, whatever became of its statement."""

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from models.connections import pool, record

MANY = 30
SOON_S = 60.0


async def test_reads_share_the_connections_of_the_pool(database: str) -> None:
    found = await asyncio.gather(
        *(record("SELECT $1::int", number, timeout_s=SOON_S) for number in range(MANY))
    )

    assert [row[0] for row in found if row] == list(range(MANY))
    assert await _are_all_idle()


async def test_a_read_that_fails_gives_its_connection_back(database: str) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await record("SELECT 1 / $1::int", 0, timeout_s=SOON_S)

    assert await _are_all_idle()


async def test_a_read_that_takes_too_long_gives_its_connection_back(database: str) -> None:
    with pytest.raises(TimeoutError):
        await record("SELECT pg_sleep(60)", timeout_s=0.01)

    assert await _are_all_idle()


async def test_a_read_that_is_given_up_gives_its_connection_back(database: str) -> None:
    reading = asyncio.create_task(record("SELECT pg_sleep(60)", timeout_s=SOON_S))
    await asyncio.sleep(0.05)
    reading.cancel()
    await asyncio.wait([reading])

    assert reading.cancelled()
    assert await _are_all_idle()


async def _are_all_idle() -> bool:
    """Soon: a server of this process may be noting something meanwhile, on a connection of the pool."""
    connections = await pool()
    with suppress(TimeoutError):
        async with asyncio.timeout(SOON_S):
            while not connections.get_size() == connections.get_idle_size() > 0:  # noqa: ASYNC110 - the pool tells nobody
                await asyncio.sleep(0.01)
            return True
    return False
