"""Brings a database up to date: each migration whole or not at all (or begun anew), however many try at once."""

import asyncio
import pkgutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep

import models.migrations
from models.walls import SEEING_ALL

APP = "billgraph"
APPS: dict[str, Any] = {
    APP: {
        "models": ["models"],
        "migrations": "models.migrations",
        "default_connection": "default",
    }
}
LOWEST_VERSION = 15
# Any number, as long as nothing else locks it.
LOCK_KEY = 7_305_801_264
LOCK_POLL_S = 0.1
# Whoever waits for a table's lock has everybody after it wait too: rather give up, and try again.
TABLE_LOCK_TIMEOUT_MS = 3_000
TABLE_LOCK_PAUSE_S = 2.0
TABLE_LOCK_ATTEMPTS = 20


class UnsupportedDatabase(Exception):
    """The server is older than the SQL that is sent to it."""


async def migrate(dsn: str, on_applied: Callable[[str], None] = lambda name: None) -> list[str]:
    """Applies what is missing and answers its names, oldest first; safe to run twice and at once.

    `dsn` must be the server itself, not a pooler: the lock belongs to a session.
    """
    async with _locked(dsn), _executor(dsn) as executor:
        await _prepare_record(executor)
        applied = []
        for step in await executor.plan():
            await _persist(executor, step)
            applied.append(step.migration.name)
            on_applied(step.migration.name)
        return applied


async def pending(connection: asyncpg.Connection | PoolConnectionProxy) -> list[str]:
    """The names of migrations that the database lacks, oldest first."""
    if await connection.fetchval("SELECT to_regclass('tortoise_migrations')") is None:
        return names()
    rows = await connection.fetch("SELECT name FROM tortoise_migrations WHERE app = $1", APP)
    applied = {row["name"] for row in rows}
    return [name for name in names() if name not in applied]


def names() -> list[str]:
    """The names of the migrations that this code comes with, oldest first."""
    return sorted(module.name for module in pkgutil.iter_modules(models.migrations.__path__))


def require_version(connection: Any) -> None:
    """Refuses a server below PostgreSQL 15 with UnsupportedDatabase."""
    version = connection.get_server_version()
    if version.major < LOWEST_VERSION:
        raise UnsupportedDatabase(
            f"PostgreSQL {version.major}.{version.minor} is too old: {LOWEST_VERSION} or newer"
        )


async def _prepare_record(executor: MigrationExecutor) -> None:
    """Makes and reads the table of what was applied: Tortoise takes an unreadable one for empty."""
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
    await executor.connection.execute_query("SELECT app, name FROM tortoise_migrations LIMIT 1")


async def _persist(executor: MigrationExecutor, step: PlanStep) -> None:
    """Tries again where servers at work hold a table for long: what was done by then is undone."""
    for attempt in range(1, TABLE_LOCK_ATTEMPTS + 1):
        try:
            await _apply(executor, step)
        except asyncpg.LockNotAvailableError:
            if attempt == TABLE_LOCK_ATTEMPTS:
                raise
            await asyncio.sleep(TABLE_LOCK_PAUSE_S)
        else:
            return


async def _apply(executor: MigrationExecutor, step: PlanStep) -> None:
    """One transaction holds the migration and its record, so a kill cannot part them."""
    target = [MigrationTarget(step.migration.app_label, step.migration.name)]
    if not step.migration.atomic:
        await executor.migrate(target)
        return
    async with executor.connection._in_transaction() as connection:
        await MigrationExecutor(connection, APPS).migrate(target)


@asynccontextmanager
async def _executor(dsn: str) -> AsyncIterator[MigrationExecutor]:
    async def open_one(*_: object, **options: Any) -> Any:
        options_of_session = {
            "lock_timeout": str(TABLE_LOCK_TIMEOUT_MS),
            # A step that changes rows changes those of every workspace.
            **SEEING_ALL,
        }
        return await asyncpg.connect(dsn, loop=options["loop"], server_settings=options_of_session)

    engine = {
        "engine": "tortoise.backends.asyncpg",
        "credentials": {"minsize": 1, "maxsize": 1, "connect": open_one},
    }
    async with TortoiseContext() as context:
        await context.init(config={"connections": {"default": engine}, "apps": APPS})
        yield MigrationExecutor(context.db(), APPS)


@asynccontextmanager
async def _locked(dsn: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(dsn)
    try:
        require_version(connection)
        # Polled: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY awaits those.
        while not await connection.fetchval(  # noqa: ASYNC110 - the holder is another process
            "SELECT pg_try_advisory_lock($1)", LOCK_KEY
        ):
            await asyncio.sleep(LOCK_POLL_S)
        yield
    finally:
        await connection.close()
