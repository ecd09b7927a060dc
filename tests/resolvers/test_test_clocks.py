"""Test clocks: a sandbox in a time of its own, which only goes forward."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from domain.errors import Refused
from models.connections import rows
from models.writes import insert
from resolvers import api_keys, jobs, test_clocks
from resolvers.callers import SCOPES, Caller
from tests.resolvers.making import NOON, refusals, someone

NEXT_MONTH = NOON + timedelta(days=30)


@pytest.fixture
async def tester(database: str) -> Caller:
    """Someone who may do everything in a new TEST workspace."""
    return await someone("TEST")


async def test_a_test_clock_stands_where_it_is_set(tester: Caller) -> None:
    moved = await test_clocks.set_clock(tester, NEXT_MONTH)

    assert moved.now == NEXT_MONTH
    assert (await test_clocks.running())[tester.workspace_id] == NEXT_MONTH


async def test_whoever_calls_from_then_on_lives_in_its_time(tester: Caller) -> None:
    key = await api_keys.create(tester, "Trial", "TEST", SCOPES)
    await test_clocks.set_clock(tester, NEXT_MONTH)

    found = await api_keys.find_caller(key.secret or "", NOON)

    assert found is not None
    assert (found.now, found.clock_now) == (NEXT_MONTH, NOON)


async def test_a_test_clock_never_goes_back(tester: Caller) -> None:
    assert await refused_with(tester, NOON - timedelta(seconds=1)) == NOON.isoformat()
    await test_clocks.set_clock(tester, NEXT_MONTH)

    assert await refused_with(tester, NOON + timedelta(days=1)) == NEXT_MONTH.isoformat()
    assert (await test_clocks.running())[tester.workspace_id] == NEXT_MONTH


async def test_the_real_clock_can_be_had_again(tester: Caller) -> None:
    await test_clocks.set_clock(tester, NEXT_MONTH)

    moved = await test_clocks.set_clock(replace(tester, now=NEXT_MONTH, clock_now=NOON), None)

    assert moved.now == NOON
    assert tester.workspace_id not in await test_clocks.running()


async def test_real_data_live_in_real_time(database: str) -> None:
    live = await someone()

    assert await refusals(test_clocks.set_clock(live, NEXT_MONTH)) == [("FORBIDDEN", ())]
    assert await refusals(test_clocks.set_clock(live, None)) == [("FORBIDDEN", ())]


async def test_a_test_clock_ends_before_dates_do(tester: Caller) -> None:
    too_late = NOON.replace(year=3000)

    assert await refusals(test_clocks.set_clock(tester, too_late)) == [("OUT_OF_RANGE", ("now",))]


async def test_a_job_is_due_by_the_clock_of_its_workspace(tester: Caller, caller: Caller) -> None:
    kind = f"test.{uuid4().hex}"
    for each in (tester, caller):
        await insert(jobs.promised(each.workspace_id, kind, {}, NOON + timedelta(hours=5)))
    await test_clocks.set_clock(tester, NEXT_MONTH)

    [claimed] = await jobs.claim(NOON, 10, (kind,), await test_clocks.running())

    assert claimed.workspace_id == tester.workspace_id
    [row] = await rows("SELECT leased_until FROM jobs WHERE id = $1", claimed.id)
    assert row["leased_until"] == NOON + jobs.LEASE


async def test_a_job_waits_where_the_test_clock_stands_still(tester: Caller) -> None:
    kind = f"test.{uuid4().hex}"
    await test_clocks.set_clock(tester, NOON + timedelta(hours=1))
    await insert(jobs.promised(tester.workspace_id, kind, {}, NOON + timedelta(hours=2)))

    claimed = await jobs.claim(NEXT_MONTH, 10, (kind,), await test_clocks.running())

    assert claimed == []


async def refused_with(tester: Caller, now: datetime) -> object:
    """The earliest time that would do, as the refusal says."""
    with pytest.raises(Refused) as caught:
        await test_clocks.set_clock(tester, now)
    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.field) == ("OUT_OF_RANGE", ("now",))
    return (refusal.meta or {})["min"]
