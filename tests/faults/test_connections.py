"""Connections to PostgreSQL that are cut, fall silent, or lose the answer to COMMIT."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.faults.durable import Postgres
from tests.faults.lines import Line
from tests.faults.sizes import Size
from tests.faults.stage import Fault, Stage, staged, survive
from tests.faults.steps import closed, cut_no_more, cutting, opened, silenced
from tests.faults.table import Row

pytestmark = pytest.mark.faults
CUTS = 5


@pytest.fixture(scope="module")
async def stage(
    size: Size, durable_postgres: Postgres, durable_dsn: str, folder: Path
) -> AsyncIterator[Stage]:
    """Servers that reach PostgreSQL by a line of ours."""
    async with staged(size, durable_postgres, durable_dsn, folder, by_line=True) as opened:
        yield opened


async def cut_again_and_again(stage: Stage) -> None:
    for _ in range(CUTS):
        await line(stage).cut()
        await asyncio.sleep(0.2)


def line(stage: Stage) -> Line:
    return stage.database_line


async def be_replaced(stage: Stage) -> None:
    """What was silent stays so until it is cut; what comes after it works."""
    await line(stage).close()
    await line(stage).open()


DOWN, UP, SILENCE = closed(line), opened(line), silenced(line)
LOSE, LOSE_NO_MORE = cutting(line, rb"COMMIT;?\x00"), cut_no_more(line)
CASES = (
    ("PostgreSQL is out of reach", "its port is closed", DOWN, UP),
    ("connections fall silent", "open, nothing passed on, then cut", SILENCE, be_replaced),
    ("answers to COMMIT are lost", "cut after each, before its answer", LOSE, LOSE_NO_MORE),
)
# A cut may meet no request: it is felt by those alone that are under way.
CUT = Fault("connections are cut", f"all, {CUTS} times", cut_again_and_again, is_felt=False)
FAULTS = [CUT, *(Fault(*case) for case in CASES)]


async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
