"""The connection to PostgreSQL and the migrations that bring it up to date."""

import asyncio

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from models import migrate as migrations
from models.connections import rows
from models.migrate import migrate, pending


async def missing_from(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return await pending(connection)
    finally:
        await connection.close()


async def test_the_worker_database_has_every_migration(database: str) -> None:
    assert await missing_from(database) == []
    assert await rows("SELECT name FROM tortoise_migrations LIMIT 1")


async def test_two_migrators_at_once_apply_each_migration_once(empty_database_dsn: str) -> None:
    wanted = await missing_from(empty_database_dsn)

    answers = await asyncio.gather(migrate(empty_database_dsn), migrate(empty_database_dsn))

    assert wanted
    assert sorted(answers) == [[], wanted]
    assert await missing_from(empty_database_dsn) == []


async def test_a_second_migration_changes_nothing(database_dsn: str) -> None:
    assert await migrate(database_dsn) == []


async def test_a_migration_that_fails_leaves_nothing_and_can_be_tried_again(
    empty_database_dsn: str,
) -> None:
    connection = await asyncpg.connect(empty_database_dsn)
    await connection.execute("CREATE TABLE workspaces ()")

    with pytest.raises(OperationalError, match="workspaces"):
        await migrate(empty_database_dsn)

    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {row["tablename"] for row in tables} == {"workspaces", "tortoise_migrations"}
    await connection.execute("DROP TABLE workspaces")
    await connection.close()
    assert await migrate(empty_database_dsn)


async def test_a_migration_that_is_kept_waiting_lets_others_by_and_tries_again(
    empty_database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "TABLE_LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(migrations, "TABLE_LOCK_PAUSE_S", 0.05)
    monkeypatch.setattr(migrations, "TABLE_LOCK_ATTEMPTS", 1_000)
    wanted = await missing_from(empty_database_dsn)
    connection = await asyncpg.connect(empty_database_dsn)
    at_work = connection.transaction()
    await at_work.start()
    await connection.execute("CREATE TABLE workspaces ()")

    migrating = asyncio.create_task(migrate(empty_database_dsn))
    await asyncio.wait({migrating}, timeout=1)
    assert not migrating.done()
    await at_work.rollback()
    await connection.close()

    assert await migrating == wanted


async def test_a_migration_that_is_kept_waiting_for_long_is_given_up(
    empty_database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "TABLE_LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(migrations, "TABLE_LOCK_PAUSE_S", 0.01)
    monkeypatch.setattr(migrations, "TABLE_LOCK_ATTEMPTS", 2)
    connection = await asyncpg.connect(empty_database_dsn)
    try:
        async with connection.transaction():
            await connection.execute("CREATE TABLE workspaces ()")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await migrate(empty_database_dsn)
    finally:
        await connection.close()


async def test_a_connection_comes_back_to_the_pool_as_it_was(database: str) -> None:
    for _ in range(20):
        assert await rows("SELECT current_setting('statement_timeout') AS it") == [{"it": "0"}]
