"""Idempotency keys: twins, other inputs, refusals, and thirty days."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest

from domain.errors import OutOfRange, Refused
from domain.identifiers import new_id
from models.connections import rows
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from tests.resolvers.making import later, refusals


class Mode(Enum):
    LIVE = "LIVE"


@dataclass(frozen=True)
class Input:
    name: str
    amount: Decimal = Decimal("1.0")


class Acts:
    """An act that counts how often it ran."""

    def __init__(self, delay_s: float = 0) -> None:
        self.runs = 0
        self.delay_s = delay_s

    async def __call__(self) -> UUID:
        self.runs += 1
        await asyncio.sleep(self.delay_s)
        return new_id()


async def test_without_a_key_every_call_acts(caller: Caller) -> None:
    act = Acts()
    assert await idempotency.run(caller, None, act) != await idempotency.run(caller, None, act)
    assert act.runs == 2


async def test_the_same_key_and_input_get_the_first_answer_again(caller: Caller) -> None:
    act = Acts()
    once = Once("invoiceIssue", "k", {"b": [1], "a": Decimal("1.50")})
    first = await idempotency.run(caller, once, act)
    again = Once("invoiceIssue", "k", {"a": Decimal("1.5"), "b": [1]})
    assert await idempotency.run(caller, again, act) == first
    assert act.runs == 1


async def test_another_input_under_the_same_key_is_refused(caller: Caller) -> None:
    act = Acts()
    await idempotency.run(caller, Once("invoiceIssue", "k", {"a": 1}), act)
    for other in ({"a": 2}, {"a": "1"}, {"a": 1, "b": None}, {}):
        refused = await refusals(idempotency.run(caller, Once("invoiceIssue", "k", other), act))
        assert refused == [("IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",))]
    assert act.runs == 1


async def test_a_key_counts_for_one_workspace_and_one_mutation(
    caller: Caller, stranger: Caller
) -> None:
    act = Acts()
    await idempotency.run(caller, Once("invoiceIssue", "k", 1), act)
    await idempotency.run(caller, Once("invoiceDraft", "k", 1), act)
    await idempotency.run(stranger, Once("invoiceIssue", "k", 2), act)
    assert act.runs == 3


async def test_a_refusal_is_not_kept(caller: Caller) -> None:
    once = Once("invoiceIssue", "k", 1)

    async def refuse() -> UUID:
        raise OutOfRange("No.")

    assert await refusals(idempotency.run(caller, once, refuse)) == [("OUT_OF_RANGE", ())]
    act = Acts()
    await idempotency.run(caller, Once("invoiceIssue", "k", 2), act)
    assert act.runs == 1


async def test_of_eight_twins_one_acts_and_all_get_its_answer(
    caller: Caller, patient_twins: None
) -> None:
    act, once = Acts(delay_s=0.2), Once("invoiceIssue", "k", 1)
    answers = await asyncio.gather(*(idempotency.run(caller, once, act) for _ in range(8)))
    assert len(set(answers)) == 1
    assert act.runs == 1


async def test_a_twin_takes_over_where_the_first_fails(caller: Caller, patient_twins: None) -> None:
    once = Once("invoiceIssue", "k", 1)

    has_key = asyncio.Event()

    async def fail() -> UUID:
        has_key.set()
        await asyncio.sleep(0.2)
        raise LookupError

    act = Acts()

    async def second() -> UUID:
        await has_key.wait()
        return await idempotency.run(caller, once, act)

    answers = await asyncio.gather(
        idempotency.run(caller, once, fail), second(), return_exceptions=True
    )
    assert isinstance(answers[0], LookupError)
    assert isinstance(answers[1], UUID)
    assert act.runs == 1


async def test_a_twin_waits_two_seconds_and_no_longer(caller: Caller) -> None:
    once, has_key, done = Once("invoiceIssue", "k", 1), asyncio.Event(), asyncio.Event()

    async def slow() -> UUID:
        has_key.set()
        await done.wait()
        return new_id()

    first = asyncio.create_task(idempotency.run(caller, once, slow))
    await has_key.wait()
    began_s = asyncio.get_running_loop().time()

    refused = await refusals(idempotency.run(caller, once, slow))

    assert refused == [("IDEMPOTENCY_IN_PROGRESS", ("idempotencyKey",))]
    assert asyncio.get_running_loop().time() - began_s > 1.8
    done.set()
    assert await first == await idempotency.run(caller, once, slow)


async def test_the_two_seconds_are_for_the_twin_alone(caller: Caller) -> None:
    async def act() -> UUID:
        found = await rows("SELECT current_setting('lock_timeout') AS it")
        assert found == [{"it": "0"}]
        return new_id()

    await idempotency.run(caller, Once("invoiceIssue", "k", 1), act)


async def test_after_thirty_days_a_key_is_new(caller: Caller) -> None:
    act = Acts()
    first = await idempotency.run(caller, Once("invoiceIssue", "k", 1), act)
    before, after = later(caller, days=29), later(caller, days=30, seconds=1)

    assert await idempotency.run(before, Once("invoiceIssue", "k", 1), act) == first
    assert await idempotency.run(after, Once("invoiceIssue", "k", 2), act) != first
    assert act.runs == 2


async def test_old_keys_are_purged_and_young_ones_stay(caller: Caller) -> None:
    await idempotency.run(caller, Once("invoiceIssue", "old", 1), Acts())
    await idempotency.run(later(caller, days=29), Once("invoiceIssue", "young", 1), Acts())

    while await idempotency.purge(caller.now + timedelta(days=31)):
        pass

    kept = await rows(
        "SELECT key FROM idempotency_keys WHERE workspace_id = $1", caller.workspace_id
    )
    assert kept == [{"key": "young"}]


@pytest.mark.parametrize(
    ("key", "code"),
    [("", "REQUIRED"), ("k" * 256, "TOO_LONG"), ("k\x00", "INVALID_FORMAT")],
)
async def test_a_key_has_1_to_255_characters(caller: Caller, key: str, code: str) -> None:
    act = Acts()
    refused = await refusals(idempotency.run(caller, Once("invoiceIssue", key, 1), act))
    assert refused == [(code, ("idempotencyKey",))]
    assert act.runs == 0
    await idempotency.run(caller, Once("invoiceIssue", "k" * 255, 1), act)


def test_inputs_are_compared_by_meaning() -> None:
    def hashed(value: object) -> str:
        return Once("m", "k", value).input_hash

    assert hashed({"x": Input("a")}) == hashed({"x": Input("a", Decimal("1.00"))})
    assert hashed({"x": Input("a")}) != hashed({"x": Input("b")})
    assert hashed([Mode.LIVE]) == hashed(("LIVE",))
    assert hashed(None) != hashed("None")
    assert hashed(Decimal(1)) != hashed(new_id())


async def test_an_act_that_is_refused_leaves_no_key_behind(caller: Caller) -> None:
    async def refuse() -> UUID:
        raise OutOfRange("No.")

    with pytest.raises(Refused):
        await idempotency.run(caller, Once("invoiceIssue", "k", 1), refuse)
    kept = await rows("SELECT 1 FROM idempotency_keys WHERE workspace_id = $1", caller.workspace_id)
    assert kept == []


async def test_what_was_answered_is_found_without_acting(caller: Caller) -> None:
    once = Once("payment", "k", {"a": 1})
    assert await idempotency.find(caller, None, UUID) is None
    assert await idempotency.find(caller, once, UUID) is None
    first = await idempotency.run(caller, once, Acts())
    assert await idempotency.find(caller, once, UUID) == first
    assert await idempotency.find(later(caller, days=31), once, UUID) is None
    other = Once("payment", "k", {"a": 2})
    assert await refusals(idempotency.find(caller, other, UUID)) == [
        ("IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",))
    ]


async def test_a_key_is_forgotten_only_while_it_stands_for_the_same(caller: Caller) -> None:
    once, act = Once("payment", "k", {}), Acts()
    first = await idempotency.run(caller, once, act)
    await idempotency.forget(caller, once, new_id())
    assert await idempotency.run(caller, once, act) == first
    await idempotency.forget(caller, once, first)
    await idempotency.forget(caller, None, first)
    assert await idempotency.run(caller, once, act) != first
    assert act.runs == 2
