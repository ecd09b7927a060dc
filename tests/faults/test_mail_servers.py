"""Mail servers that are down, slow or rude: no request feels it, and each mail goes out once it can."""

from collections.abc import Callable

import pytest

from tests.faults.lines import Line
from tests.faults.stage import Fault, Stage, survive
from tests.faults.steps import closed, cut_no_more, cutting, opened, silenced, speaking
from tests.faults.table import Row

pytestmark = pytest.mark.faults


def line(stage: Stage) -> Line:
    return stage.mail_line


async def be_busy(stage: Stage) -> None:
    stage.postbox.usual = "451 try later"


async def be_rude(stage: Stage) -> None:
    stage.postbox.to_senders = "554 not today"


async def be_kind(stage: Stage) -> None:
    stage.postbox.usual = stage.postbox.to_senders = "250 OK"


DOWN, UP = closed(line), opened(line)
STAY = cut_no_more(line)
AT_DATA, AT_THE_END = cutting(line, rb"^DATA"), cutting(line, rb"\r\n\.\r\n$")
CASES = (
    ("the mail server is down", "its port is closed", DOWN, UP),
    (
        "the mail server hangs",
        "it takes connections and says nothing",
        silenced(line),
        speaking(line),
    ),
    ("the mail server is busy", "451 to each recipient", be_busy, be_kind),
    ("the mail server refuses us", "554 to the sender", be_rude, be_kind),
    ("the mail server hangs up", "connections cut at DATA", AT_DATA, STAY),
    ("a mail is taken, nobody is told", "cut before the answer to its end", AT_THE_END, STAY),
)
FAULTS = [Fault(*case, is_felt=False) for case in CASES]


async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
