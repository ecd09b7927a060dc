"""Clocks that jump: numbers stay in order, nothing comes twice, and nothing waits longer than the jump."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.equipment import FAKETIME
from tests.faults.durable import Postgres
from tests.faults.sizes import Size
from tests.faults.stage import Fault, Stage, Step, staged, survive
from tests.faults.table import Row

pytestmark = pytest.mark.faults
AHEAD_S, BACK_S = 3600, -20
PATIENCE_S, PRECISION_S = 180, 8


@pytest.fixture(scope="module")
async def stage(
    size: Size, durable_postgres: Postgres, durable_dsn: str, folder: Path
) -> AsyncIterator[Stage]:
    """Servers whose clock is what a file says; PostgreSQL has its own."""
    clock = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    set_clock(folder, 0)
    async with staged(size, durable_postgres, durable_dsn, folder, clock) as opened:
        yield opened


def set_clock(folder: Path, ahead_s: int) -> None:
    """Sets it whole: nobody reads half of it."""
    draft = folder / "clock.new"
    draft.write_text(f"{ahead_s:+d}s\n")
    draft.rename(folder / "clock")


def jump(seconds: int) -> Step:
    """Every clock of the servers jumps by so much, from where it is."""

    async def step(stage: Stage) -> None:
        now_s = int((stage.servers.folder / "clock").read_text().strip().rstrip("s"))
        set_clock(stage.servers.folder, now_s + seconds)

    return step


async def has_jumped(stage: Stage) -> None:
    """Waits until the servers say what their clock does."""
    wanted_s = int((stage.servers.folder / "clock").read_text().strip().rstrip("s"))
    async with asyncio.timeout(PATIENCE_S):
        while abs(await ahead_s(stage) - wanted_s) > PRECISION_S:  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.1)


async def ahead_s(stage: Stage) -> float:
    """How far ahead of ours the clock of the servers is, by what they answer."""
    answer = await stage.servers.http.get(f"{stage.servers.url}/healthz")
    return (parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC)).total_seconds()


CASES = (
    ("the clock jumps ahead", f"{AHEAD_S} s, by libfaketime", jump(AHEAD_S), has_jumped),
    ("the clock jumps back", f"{-BACK_S} s, by libfaketime", jump(BACK_S), has_jumped),
)
FAULTS = [Fault(*case, is_felt=False) for case in CASES]


async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
