"""Connects Tortoise to PostgreSQL by any DSN that asyncpg reads, without needless round trips."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog
from tortoise import Tortoise

from models.connections import OUT_OF_REACH, pool
from models.migrate import APPS, require_version
from models.roles import APPLICATION
from server.logs import reason
from server.metrics.connections import CountingClient
from server.settings import Settings

log = structlog.stdlib.get_logger(__name__)

CONNECT_TIMEOUT_S = 10
COMMAND_TIMEOUT_S = 60
STATEMENTS_CACHED = 1024
# A page's size is a parameter, so PostgreSQL would plan its statement anew each time: as long as
# running it takes. The orderings are indexed, so one plan serves.
KEPT_PLANS = {"plan_cache_mode": "force_generic_plan"}


async def connect(
    dsn: str, *, pool_size: int = 10, statement_cache: bool = True, verify: bool = True
) -> None:
    """Initialises Tortoise on `dsn` for every task of this process.

    Raises OSError or asyncpg.PostgresError where the database is out of reach (with `verify`)
    and UnsupportedDatabase below PostgreSQL 15.
    """
    await Tortoise.init(
        config=config(dsn, pool_size=pool_size, statement_cache=statement_cache),
        # Request tasks do not inherit the lifespan's context.
        _enable_global_fallback=True,
    )
    if verify:
        async with (await pool()).acquire():
            pass


async def close() -> None:
    """Closes the pool; a second call does nothing."""
    await Tortoise.close_connections()


@asynccontextmanager
async def connected(settings: Settings, *, may_be_away: bool = False) -> AsyncIterator[None]:
    """Tortoise on the database of `settings`, closed at the end.

    Within a process that is connected already (a server with its worker, a test) it joins in.
    Where the database `may_be_away`, as while it recovers, each statement tries to reach it anew.
    """
    if Tortoise._inited:
        yield
        return
    await connect(
        settings.dsn,
        pool_size=settings.database_pool_size,
        statement_cache=settings.database_statement_cache,
        verify=not may_be_away,
    )
    try:
        if may_be_away:
            await _look()
        yield
    finally:
        await close()


def config(dsn: str, *, pool_size: int = 10, statement_cache: bool = True) -> dict[str, Any]:
    """Tortoise's configuration; asyncpg itself reads the DSN, so all that it knows works."""
    credentials = {"minsize": 1, "maxsize": pool_size, **_pooled(dsn, statement_cache)}
    engine = {"engine": "server.metrics.connections", "credentials": credentials}
    return {"connections": {"default": engine}, "apps": APPS, "use_tz": True, "timezone": "UTC"}


async def standby_pool(
    dsn: str, on_connect: Callable[[], None], *, pool_size: int, statement_cache: bool
) -> asyncpg.Pool:
    """A pool of connections to a standby, opened as they are needed; `on_connect` hears of each."""

    given = _pooled(dsn, statement_cache)

    async def open_one(*arguments: object, **options: Any) -> Any:
        opened = await given["connect"](*arguments, **options)
        on_connect()
        return opened

    options: dict[str, Any] = {**given, "connect": open_one, "min_size": 0, "max_size": pool_size}
    options["connection_class"] = CountingClient.connection_class
    made: asyncpg.Pool = await asyncpg.create_pool(dsn, **options)
    return made


def _pooled(dsn: str, statement_cache: bool) -> dict[str, Any]:
    """How a pool opens its connections and takes them back."""

    async def open_one(*_: object, **options: Any) -> Any:
        given = {name: value for name, value in options.items() if value is not None}
        if statement_cache:
            given["server_settings"] = {**given.get("server_settings", {}), **KEPT_PLANS}
        given.pop("port", None)
        connection = await asyncpg.connect(dsn, **given)
        require_version(connection)
        if statement_cache:
            await _become_the_application(connection)
        return connection

    return {
        "connect": open_one,
        "reset": _keep_as_it_is,
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": COMMAND_TIMEOUT_S,
        "statement_cache_size": STATEMENTS_CACHED if statement_cache else 0,
    }


async def _look() -> None:
    """Says it where the database is away; whatever else is wrong with it is raised."""
    try:
        async with (await pool()).acquire():
            pass
    except OUT_OF_REACH as fault:
        log.warning(
            "the database is out of reach: /readyz says when it is there", error=reason(fault)
        )


async def _become_the_application(connection: asyncpg.Connection) -> None:
    """Acts by the role that may not change what is append-only; there is none before migrations.

    Behind a pooler that shares sessions each transaction does so for itself.
    """
    with suppress(asyncpg.InvalidParameterValueError):
        await connection.execute(f"SET ROLE {APPLICATION}")


async def _keep_as_it_is(_: object) -> None:
    """asyncpg rolled back what was open; no code sets session state, so RESET ALL is spared."""
