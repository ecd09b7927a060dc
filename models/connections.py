"""The way to the database: the pool for reads, the connection in force for everything else."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import PoolConnectionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from models.walls import beginning, in_sight

CONNECTION = "default"
ACQUIRE_TIMEOUT_S = 10.0
RELEASE_TIMEOUT_S = 5.0
# What says that a server is away, overburdened or failing, and nothing about what was asked of it.
# The last is no database error: asyncpg says it of a connection that was cut at a bad moment.
OUT_OF_REACH = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# Whatever a statement can come to: besides those, what PostgreSQL has against it.
FAULTS = (*OUT_OF_REACH, asyncpg.PostgresError)


class Verbatim(AsyncpgDBClient):
    """Tortoise's own, which raises what PostgreSQL said; a broken constraint alone has another name."""

    async def _translate_exceptions(self, func: Callable[..., Any], *given: Any) -> Any:
        try:
            return await super()._translate_exceptions(func, *given)
        except IntegrityError:
            raise
        except (OperationalError, TransactionManagementError) as error:
            raise error.__cause__ or error from None


class Client(Verbatim):
    """Its single statements see what the task looks at."""

    def acquire_connection(self) -> PoolConnectionWrapper[asyncpg.Connection]:
        """A connection of the pool; in a transaction of its own where rows are to be seen."""
        return (_Held if in_sight() is None else _Seeing)(self, self._pool_init_lock)


class _Held(PoolConnectionWrapper[asyncpg.Connection]):
    async def __aenter__(self) -> asyncpg.Connection:
        await self.ensure_connection()
        self.connection = await acquired(self.client._pool)
        return self.connection

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        await given_back(self.client._pool, self.connection)


class _Seeing(_Held):
    async def __aenter__(self) -> asyncpg.Connection:
        connection = await super().__aenter__()
        sight = in_sight()
        assert sight is not None
        try:
            await connection.execute(beginning(sight))
        except BaseException as error:
            await self.__aexit__(type(error), error, None)
            raise
        return connection

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        assert self.connection is not None
        try:
            if kind is None:
                await self.connection.execute("COMMIT")
            else:
                await rolled_back(self.connection)
        finally:
            await super().__aexit__(kind, error, trace)


async def rolled_back(connection: asyncpg.Connection) -> None:
    """Ends a transaction that failed. Where the connection is gone or silent, or this too is cancelled,
    the first error counts: what is still open then, the pool ends when it takes the connection back."""
    with suppress(*FAULTS):
        await connection.execute("ROLLBACK", timeout=RELEASE_TIMEOUT_S)


async def acquired(connections: Any) -> asyncpg.Connection:
    """A connection of the pool. Raises OSError where none can be had in time."""
    # To be timed costs a task: nearly always one is free.
    timeout_s = ACQUIRE_TIMEOUT_S if connections._queue.empty() else None
    try:
        return cast(asyncpg.Connection, await connections.acquire(timeout=timeout_s))
    except TimeoutError as silent:
        raise ConnectionError("no connection to PostgreSQL could be had in time") from silent


async def given_back(connections: asyncpg.Pool, connection: Any) -> None:
    """Returns a connection; one that is not at rest soon is closed by the pool."""
    with suppress(*FAULTS):
        await connections.release(connection, timeout=RELEASE_TIMEOUT_S)


async def pool() -> asyncpg.Pool:
    """The process's pool, made on first use."""
    client = _client()
    client = getattr(client, "_parent", client)
    if client._pool is None:
        async with client._pool_init_lock:
            if client._pool is None:
                await client.create_connection(with_db=True)
    return cast(asyncpg.Pool, client._pool)


async def rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of one statement, inside the transaction in force where there is one."""
    return cast(list[dict[str, Any]], await _client().execute_query_dict(sql, list(values)))


async def record(sql: str, *values: Any, timeout_s: float) -> asyncpg.Record | None:
    """The one row that a reading statement answers, on a connection of its own.

    Raises TimeoutError, and ends the statement in PostgreSQL, where it takes longer.
    """
    connections = await pool()
    connection: Any = await acquired(connections)
    try:
        found: asyncpg.Record | None = await connection.fetchrow(sql, *values, timeout=timeout_s)
    except BaseException:
        await given_back(connections, connection)
        raise
    # Nothing is left to undo, and to make sure of it takes the pool half as long as a small answer.
    connection._holder._release()
    return found


def _client() -> AsyncpgDBClient:
    return cast(AsyncpgDBClient, get_connections().get(CONNECTION))
