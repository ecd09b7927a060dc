"""Test clocks: a sandbox moved to another time."""

from datetime import datetime
from typing import Annotated

import strawberry

from plans import sources
from resolvers import test_clocks
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.fields import computed, field
from schema.inputs import INPUT
from schema.payloads import Outcome, Payload, outcome, perform
from schema.viewers import Viewer


@strawberry.input(description="What time it is to be in the sandbox.")
class TestClockSetInput:
    """No idempotency key: a second time changes nothing."""

    now: datetime | None = strawberry.field(
        default=None,
        description="The time at which the clock stands still until you set it again. Never earlier "
        "than now. Null: the real clock again.",
    )


@strawberry.type(description="What testClockSet answers.")
class TestClockSetPayload(Payload):
    """Who asks, now."""

    viewer: Viewer | None = field(
        sources.Asking(), "You, in the new time: see `now`. Null where refused."
    )


@strawberry.type
class TestClockMutations:
    """What can be done to a sandbox's time."""

    @computed(
        description="Set what time it is in the sandbox, for requests and for the worker: what falls "
        "due by then is overdue, bears interest, is billed, is tried again. TEST keys only.",
        takes="SETTINGS_WRITE",
    )
    async def test_clock_set(
        self, info: strawberry.Info, input: Annotated[TestClockSetInput, INPUT]
    ) -> TestClockSetPayload | None:
        """Moves the sandbox's clock, and the rest of this request with it."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            moved = await test_clocks.set_clock(caller, input.now)
            info.context.caller = caller.at(moved.now, caller.clock_now)
            return outcome({"viewer": moved.workspace_id})

        return await perform(info, TestClockSetPayload, input, act)
