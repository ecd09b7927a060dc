"""Steps of faults of a line: what has it closed, opened, silenced or cut on whichever stage they are taken."""

from collections.abc import Callable

from tests.faults.lines import Line
from tests.faults.stage import Stage, Step

Of = Callable[[Stage], Line]


def closed(of: Of) -> Step:
    """Nobody is there any more."""

    async def step(stage: Stage) -> None:
        await of(stage).close()

    return step


def opened(of: Of) -> Step:
    """Somebody is there again."""

    async def step(stage: Stage) -> None:
        await of(stage).open()

    return step


def silenced(of: Of) -> Step:
    """Connections are taken, and nothing is said on them."""

    async def step(stage: Stage) -> None:
        of(stage).silence()

    return step


def speaking(of: Of) -> Step:
    """What was not said is said."""

    async def step(stage: Stage) -> None:
        of(stage).speak()

    return step


def cutting(of: Of, said: bytes) -> Step:
    """What matches arrives, and whoever said it never hears the answer."""

    async def step(stage: Stage) -> None:
        of(stage).cut_before_the_answer_to(said)

    return step


def cut_no_more(of: Of) -> Step:
    """Answers arrive again, once one did not."""

    async def step(stage: Stage) -> None:
        await of(stage).cut_no_more()

    return step
