"""Mail servers that are down, slow or rude: no request feels it, and each mail goes out once it can."""

from collections.abc import Callable

import pytest

from tests.faults.stage import Fault, Stage, survive
from tests.faults.table import Row

pytestmark = pytest.mark.faults


async def go_down(stage: Stage) -> None:
    await stage.mail_line.close()


async def come_up(stage: Stage) -> None:
    await stage.mail_line.open()


async def hang(stage: Stage) -> None:
    stage.mail_line.silence()


async def go_on(stage: Stage) -> None:
    stage.mail_line.speak()


async def be_busy(stage: Stage) -> None:
    stage.postbox.usual = "451 try later"


async def be_rude(stage: Stage) -> None:
    stage.postbox.to_senders = "554 not today"


async def be_kind(stage: Stage) -> None:
    stage.postbox.usual = stage.postbox.to_senders = "250 OK"


async def hang_up_at_data(stage: Stage) -> None:
    stage.mail_line.cut_before_the_answer_to(rb"^DATA")


async def hang_up_after_it(stage: Stage) -> None:
    """The mail is taken, and whoever sent it does not know."""
    stage.mail_line.cut_before_the_answer_to(rb"\r\n\.\r\n$")


async def stay(stage: Stage) -> None:
    await stage.mail_line.cut_no_more()


CASES = (
    ("the mail server is down", "its port is closed", go_down, come_up),
    ("the mail server hangs", "it takes connections and says nothing", hang, go_on),
    ("the mail server is busy", "451 to each recipient", be_busy, be_kind),
    ("the mail server refuses us", "554 to the sender", be_rude, be_kind),
    ("the mail server hangs up", "connections cut at DATA", hang_up_at_data, stay),
    ("a mail is taken, nobody is told", "cut before the answer to its end", hang_up_after_it, stay),
)
FAULTS = [Fault(*case, is_felt=False) for case in CASES]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_nothing_is_lost_or_doubled_where(
    fault: Fault, stage: Stage, report: Callable[[Row], None]
) -> None:
    report(await survive(stage, fault))
