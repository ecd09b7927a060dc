"""Migrations that are killed anywhere, again and again: the next run ends what they began, once."""

import asyncio
import os
import random
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable

import pytest

from models.migrate import names
from server.postgres_programs import run
from server.settings import CHECKOUT
from tests.faults.durable import Postgres
from tests.faults.sizes import Size
from tests.faults.table import Row
from tests.postgres import Cluster

pytestmark = pytest.mark.faults


@pytest.fixture
async def empty_dsn(durable_postgres: Postgres) -> AsyncIterator[str]:
    """A database without any table."""
    async with Cluster(durable_postgres.dsn).empty() as dsn:
        yield dsn


async def migrating(dsn: str) -> Process:
    """`python -m server migrate`, begun."""
    own = {"DATABASE_URL": dsn, "SECRET_KEY": "k" * 32}
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = (sys.executable, "-m", "server", "migrate")
    return await asyncio.create_subprocess_exec(
        *command, cwd=CHECKOUT, env={**known, **own}, stdout=PIPE, stderr=PIPE
    )


async def killed(dsn: str) -> None:
    """One that is killed in the middle of something, after a migration at least."""
    process = await migrating(dsn)
    assert process.stdout
    await process.stdout.readline()
    await asyncio.sleep(random.uniform(0, 0.1))
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def applied(process: Process) -> list[str]:
    """What one that ends well has applied."""
    said, complaint = await process.communicate()
    assert process.returncode == 0, complaint
    lines = [line.partition(" ") for line in said.decode().splitlines()]
    return [name for word, _, name in lines if word == "applied"]


def schema_of(postgres: Postgres, dsn: str) -> list[str]:
    """Every statement that makes a database what it is."""
    database = dsn.partition("?")[0].rpartition("/")[2]
    dump = run("pg_dump", "-h", str(postgres.socket.parent), "-U", "postgres", "-s", database)
    return [line for line in dump.splitlines() if not line.startswith("\\")]


async def test_a_migration_that_is_killed_anywhere_is_ended_once_by_the_next(
    durable_postgres: Postgres,
    durable_dsn: str,
    empty_dsn: str,
    size: Size,
    report: Callable[[Row], None],
) -> None:
    for _ in range(size.kills):
        await killed(empty_dsn)

    began_s = time.monotonic()
    both = await asyncio.gather(migrating(empty_dsn), migrating(empty_dsn))
    done = [name for process in both for name in await applied(process)]
    row = Row("migrate dies", f"kill -9, {size.kills} times, then two at once")
    row.answered(time.monotonic() - began_s)

    assert len(done) == len(set(done))
    assert set(done) <= set(names())
    assert schema_of(durable_postgres, empty_dsn) == schema_of(durable_postgres, durable_dsn)
    report(row)
