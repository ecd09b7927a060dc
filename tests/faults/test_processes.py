"""Processes of ours that are killed under 64 clients: what was acknowledged stays, and nothing comes twice."""

from collections.abc import Callable

import pytest

from tests.faults.stage import Fault, Stage, survive
from tests.faults.table import Row

pytestmark = pytest.mark.faults


async def kill_web(stage: Stage) -> None:
    stage.servers.kill_web()


async def kill_worker(stage: Stage) -> None:
    stage.servers.kill_worker()


async def kill_first(stage: Stage) -> None:
    stage.servers.kill_first()


async def kill_all(stage: Stage) -> None:
    stage.servers.kill()


async def start_again(stage: Stage) -> None:
    await stage.servers.until_gone()
    stage.servers.start()


FAULTS = (
    Fault("a web process dies", "kill -9 of one of two", kill_web, lasts_s=0, is_felt=False),
    Fault("the worker dies", "kill -9 of it", kill_worker, lasts_s=0, is_felt=False),
    Fault("the first process dies", "kill -9 of it alone, started again", kill_first, start_again),
    Fault("the machine dies", "kill -9 of all processes, started again", kill_all, start_again),
)


async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
