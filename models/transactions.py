"""The one way to open a transaction: released whatever happens, bounded in time, retried on conflict."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.connection import get_connections

from models.connections import ACQUIRE_TIMEOUT_S, CONNECTION, pool

Result = TypeVar("Result")

ATTEMPTS = 5
TIME_LIMIT_S = 30.0
CONFLICTS = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


async def transaction(act: Callable[[], Awaitable[Result]]) -> Result:
    """Runs an act in one transaction and answers its result once that is committed.

    An act that meets another one in the database (40001, 40P01) runs again from its beginning, so
    it must have no effect outside the database. Acts don't nest: compose functions instead.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                return await _once(act)
        except CONFLICTS:
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
    raise AssertionError("unreachable")


async def _once(act: Callable[[], Awaitable[Result]]) -> Result:
    client = get_connections().get(CONNECTION)
    if isinstance(client, TransactionWrapper):
        raise RuntimeError("a transaction is already open: compose the acts, don't nest them")
    connections = await pool()
    connection = await connections.acquire(timeout=ACQUIRE_TIMEOUT_S)
    try:
        # Tortoise's own context leaks the connection when a task is cancelled while BEGIN is sent.
        wrapper = TransactionWrapper(cast(AsyncpgDBClient, client))
        wrapper._connection = cast(asyncpg.Connection, connection)
        return await _within(wrapper, act)
    finally:
        await connections.release(connection)


async def _within(wrapper: TransactionWrapper, act: Callable[[], Awaitable[Result]]) -> Result:
    await wrapper.begin()
    token = get_connections().set(CONNECTION, wrapper)
    try:
        result = await act()
    except BaseException:
        # A connection that is gone, or a second cancellation, must not hide the first error: what
        # is still open then is rolled back by the pool when it takes the connection back.
        await _quietly(wrapper.rollback())
        raise
    finally:
        get_connections().reset(token)
    await wrapper.commit()
    return result


async def _quietly(rollback: Awaitable[None]) -> None:
    try:
        await rollback
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncpg.InternalClientError):
        return
