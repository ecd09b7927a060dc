"""Webhook receivers that are down, slow or broken: no request feels it, and each event arrives."""

from collections.abc import Callable

import pytest

from tests.faults.lines import Line
from tests.faults.stage import Fault, Stage, survive
from tests.faults.steps import closed, cut_no_more, cutting, opened, silenced, speaking
from tests.faults.table import Row

pytestmark = pytest.mark.faults


def line(stage: Stage) -> Line:
    return stage.webhook_line


DOWN, UP = closed(line), opened(line)
HANG_UP, STAY = cutting(line, rb"webhook-id"), cut_no_more(line)
CASES = (
    ("a webhook receiver is down", "its port is closed", DOWN, UP),
    (
        "a webhook receiver hangs",
        "it takes connections and says nothing",
        silenced(line),
        speaking(line),
    ),
    ("an event is taken, nobody is told", "cut before the answer to it", HANG_UP, STAY),
)
FAULTS = [Fault(*case, is_felt=False) for case in CASES]


async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
