"""A pool that is used up: two connections a process, and a statement that holds them all."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from models.connections import ACQUIRE_TIMEOUT_S
from tests.faults.durable import Postgres
from tests.faults.sizes import Size
from tests.faults.stage import Fault, Stage, staged, survive
from tests.faults.table import Row

pytestmark = pytest.mark.faults


class Holder:
    """Someone who locks what every request needs."""

    connection: asyncpg.Connection

    async def hold(self, stage: Stage) -> None:
        self.connection = await asyncpg.connect(stage.dsn)
        await self.connection.execute("BEGIN")
        await self.connection.execute("LOCK TABLE invoices, jobs IN ACCESS EXCLUSIVE MODE")

    async def let_go(self, stage: Stage) -> None:
        await self.connection.close()


@pytest.fixture(scope="module")
async def stage(
    size: Size, durable_postgres: Postgres, durable_dsn: str, folder: Path
) -> AsyncIterator[Stage]:
    """Servers with two connections each."""
    pool = {"DATABASE_POOL_SIZE": "2"}
    async with staged(size, durable_postgres, durable_dsn, folder, pool) as opened:
        yield opened


async def test_nothing_is_lost_or_doubled_where_the_pool_is_used_up(
    stage: Stage, report: Callable[[Row], None]
) -> None:
    holder = Holder()
    how = "2 connections a process, a lock on invoices and jobs"
    lasts_s = ACQUIRE_TIMEOUT_S + 3
    fault = Fault("the pool is used up", how, holder.hold, holder.let_go, lasts_s)
    report(await survive(stage, fault))
