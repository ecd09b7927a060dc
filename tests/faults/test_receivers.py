"""Webhook receivers that are down, slow or broken: no request feels it, and each event arrives."""

from collections.abc import Callable

import pytest

from tests.faults.stage import Fault, Stage, survive
from tests.faults.table import Row

pytestmark = pytest.mark.faults


async def go_down(stage: Stage) -> None:
    await stage.webhook_line.close()


async def come_up(stage: Stage) -> None:
    await stage.webhook_line.open()


async def hang(stage: Stage) -> None:
    stage.webhook_line.silence()


async def go_on(stage: Stage) -> None:
    stage.webhook_line.speak()


async def hang_up(stage: Stage) -> None:
    """The event arrives, and whoever sent it does not know."""
    stage.webhook_line.cut_before_the_answer_to(rb"webhook-id")


async def stay(stage: Stage) -> None:
    await stage.webhook_line.cut_no_more()


CASES = (
    ("a webhook receiver is down", "its port is closed", go_down, come_up),
    ("a webhook receiver hangs", "it takes connections and says nothing", hang, go_on),
    ("an event is taken, nobody is told", "cut before the answer to it", hang_up, stay),
)
FAULTS = [Fault(*case, is_felt=False) for case in CASES]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
