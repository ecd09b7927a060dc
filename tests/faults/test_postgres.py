"""PostgreSQL killed, or without writes, under 64 clients: the server serves again without being touched."""

import asyncio
from collections.abc import Callable

import pytest

from tests.faults.stage import Fault, Stage, survive
from tests.faults.table import Row

pytestmark = pytest.mark.faults


async def kill(stage: Stage) -> None:
    stage.postgres.kill()
    await not_ready(stage)


async def kill_first(stage: Stage) -> None:
    stage.postgres.kill_first()
    await not_ready(stage)


async def stop_at_once(stage: Stage) -> None:
    await asyncio.to_thread(stage.postgres.stop_at_once)
    await not_ready(stage)


async def start_without(stage: Stage) -> None:
    """As after a power cut, where the server is up before PostgreSQL has recovered."""
    stage.servers.kill()
    stage.postgres.kill()
    stage.servers.start()
    await not_ready(stage)


async def not_ready(stage: Stage) -> None:
    """The server is up, and tells whoever sends it requests that it can do nothing with them."""
    await stage.servers.until(503)


async def start_again(stage: Stage) -> None:
    await asyncio.to_thread(stage.postgres.start)


async def take_no_writes(stage: Stage) -> None:
    stage.postgres.take_writes(False)


async def take_writes(stage: Stage) -> None:
    stage.postgres.take_writes(True)


CASES = (
    ("PostgreSQL dies", "kill -9 of all its processes, started again", kill),
    ("PostgreSQL's first process dies", "kill -9 of it, started again", kill_first),
    ("PostgreSQL is stopped", "pg_ctl stop -m immediate, started again", stop_at_once),
    ("all die, PostgreSQL is back last", "kill -9 of everything, started again", start_without),
)
DEATHS = [Fault(*case, start_again) for case in CASES]
NO_WRITES = Fault(
    "PostgreSQL takes no writes", "default_transaction_read_only", take_no_writes, take_writes
)
FAULTS = [*DEATHS, NO_WRITES]


async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
