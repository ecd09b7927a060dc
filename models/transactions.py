"""The one way for an act to open a transaction: sees one workspace, is released whatever happens, bounded, retried."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError

from models.connections import CONNECTION, Verbatim, acquired, given_back, pool, rolled_back
from models.walls import Sight, beginning, looking_at

Result = TypeVar("Result")

ATTEMPTS = 5
TIME_LIMIT_S = 30.0
CONFLICTS = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# Of two who make a row in the same instant the later is told of another unique key than the one that
# ON CONFLICT names, where there is another. Once it is told, the row is there.
MADE_AT_ONCE = ("number_counters_first", "ledger_accounts_currency")


class NotCommitted(Exception):
    """An act went on after a statement of its own had failed: PostgreSQL rolled it all back."""


async def transaction(sight: Sight, act: Callable[[], Awaitable[Result]]) -> Result:
    """Runs an act in one transaction and answers its result once that is committed.

    It sees and writes the rows of one workspace alone, or of every one where `sight` says so.

    An act that meets another one in the database (40001, 40P01, MADE_AT_ONCE) runs again from its
    beginning, so it must have no effect outside the database. Acts don't nest: compose functions instead.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                return await _once(sight, act)
        except (*CONFLICTS, IntegrityError) as error:
            if attempt == ATTEMPTS or not _met_another(error):
                raise
            await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
    raise AssertionError("unreachable")


def _met_another(error: Exception) -> bool:
    if isinstance(error, IntegrityError):
        return getattr(error.__cause__, "constraint_name", None) in MADE_AT_ONCE
    return True


async def _once(sight: Sight, act: Callable[[], Awaitable[Result]]) -> Result:
    client = get_connections().get(CONNECTION)
    if isinstance(client, TransactionWrapper):
        raise RuntimeError("a transaction is already open: compose the acts, don't nest them")
    connections = await pool()
    connection = await acquired(connections)
    try:
        # Tortoise's own context leaks the connection when a task is cancelled while BEGIN is sent.
        wrapper = _Wrapper(cast(AsyncpgDBClient, client))
        wrapper._connection = connection
        with looking_at(sight):
            return await _within(wrapper, sight, act)
    finally:
        await given_back(connections, connection)


class _Wrapper(Verbatim, TransactionWrapper):
    """The transaction in force."""


async def _within(
    wrapper: TransactionWrapper, sight: Sight, act: Callable[[], Awaitable[Result]]
) -> Result:
    connection = wrapper._connection
    token = get_connections().set(CONNECTION, wrapper)
    try:
        await connection.execute(beginning(sight))
        result = await act()
    except BaseException:
        await rolled_back(connection)
        raise
    finally:
        get_connections().reset(token)
    if await connection.execute("COMMIT") != "COMMIT":
        raise NotCommitted
    return result
