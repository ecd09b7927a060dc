"""Connections to PostgreSQL that are cut, fall silent, or lose the answer to COMMIT."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.faults.durable import Postgres
from tests.faults.sizes import Size
from tests.faults.stage import Fault, Stage, staged, survive
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
        await stage.database_line.cut()
        await asyncio.sleep(0.2)


async def go_down(stage: Stage) -> None:
    await stage.database_line.close()


async def come_up(stage: Stage) -> None:
    await stage.database_line.open()


async def fall_silent(stage: Stage) -> None:
    stage.database_line.silence()


async def be_replaced(stage: Stage) -> None:
    """What was silent stays so until it is cut; what comes after it works."""
    await stage.database_line.close()
    await stage.database_line.open()


async def lose_commits(stage: Stage) -> None:
    stage.database_line.cut_before_the_answer_to(rb"COMMIT;?\x00")


async def lose_no_more(stage: Stage) -> None:
    await stage.database_line.cut_no_more()


CASES = (
    ("PostgreSQL is out of reach", "its port is closed", go_down, come_up),
    ("connections fall silent", "open, nothing passed on, then cut", fall_silent, be_replaced),
    ("answers to COMMIT are lost", "cut after each, before its answer", lose_commits, lose_no_more),
)
# A cut may meet no request: it is felt by those alone that are under way.
CUT = Fault("connections are cut", f"all, {CUTS} times", cut_again_and_again, is_felt=False)
FAULTS = [CUT, *(Fault(*case) for case in CASES)]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
