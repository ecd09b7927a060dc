"""Allowances in the database: what processes tell each other is as the rules say, also all at once."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from domain.allowances import MINUTE, spent, wait
from models.connections import rows
from resolvers import allowances
from resolvers.callers import Caller
from tests.resolvers.making import NOON

SECOND = timedelta(seconds=1)
SPANS = some.timedeltas(timedelta(0), 3 * MINUTE)
AHEAD = some.timedeltas(-10 * MINUTE, 10 * MINUTE)
SLOWLY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


async def spend(workspace_id: UUID, name: UUID, more: timedelta, now: datetime) -> datetime:
    return (await allowances.settle(workspace_id, {name: more}, now))[name]


async def take(
    workspace_id: UUID,
    name: UUID,
    more: timedelta,
    now: datetime = NOON,
    untold: timedelta = timedelta(),
) -> tuple[bool, datetime]:
    return await allowances.take(workspace_id, name, now, more, untold)


@given(ahead=AHEAD, more=SPANS)
@SLOWLY
async def test_the_database_reckons_what_is_spent_as_the_rules_do(
    database: str, ahead: timedelta, more: timedelta
) -> None:
    workspace_id, name = uuid4(), uuid4()
    first = await spend(workspace_id, name, SECOND, NOON + ahead)

    assert first == NOON + ahead + SECOND
    assert await spend(workspace_id, name, more, NOON) == spent(first, NOON, more)


@given(ahead=AHEAD, more=some.timedeltas(timedelta(0), MINUTE), untold=SPANS)
@SLOWLY
async def test_the_database_gives_what_the_rules_give(
    database: str, ahead: timedelta, more: timedelta, untold: timedelta
) -> None:
    workspace_id, name = uuid4(), uuid4()
    first = await spend(workspace_id, name, SECOND, NOON + ahead)

    taken, until = await take(workspace_id, name, more, NOON, untold)

    assert taken == (not wait(first, NOON, more + untold))
    assert until == (spent(first, NOON, more) if taken else first)


async def test_allowances_of_one_workspace_are_told_together(database: str) -> None:
    workspace_id, ann, bob = uuid4(), uuid4(), uuid4()
    await spend(workspace_id, bob, SECOND, NOON)

    found = await allowances.settle(workspace_id, {bob: 2 * SECOND, ann: SECOND}, NOON)

    assert found == {ann: NOON + SECOND, bob: NOON + 3 * SECOND}


async def test_no_other_workspace_has_them(caller: Caller, stranger: Caller) -> None:
    name = uuid4()
    await spend(caller.workspace_id, name, MINUTE, NOON)

    assert await take(stranger.workspace_id, name, MINUTE) == (True, NOON + MINUTE)
    assert await take(caller.workspace_id, name, SECOND) == (False, NOON + MINUTE)


async def test_of_many_who_take_at_once_exactly_as_many_get_as_there_is(
    many_connections: None,
) -> None:
    workspace_id, name = uuid4(), uuid4()

    answers = await asyncio.gather(*(take(workspace_id, name, SECOND) for _ in range(150)))

    assert sum(taken for taken, _ in answers) == 60


async def test_many_who_tell_at_once_lose_nothing_and_wait_for_no_circle(
    many_connections: None,
) -> None:
    workspace_id, names = uuid4(), [uuid4() for _ in range(5)]
    forth = dict.fromkeys(names, timedelta(milliseconds=100))
    back = dict(reversed(forth.items()))

    await asyncio.gather(
        *(allowances.settle(workspace_id, some_way, NOON) for some_way in [forth, back] * 40)
    )

    found = await allowances.settle(workspace_id, dict.fromkeys(names, timedelta()), NOON)
    assert set(found.values()) == {NOON + 80 * timedelta(milliseconds=100)}


async def test_what_is_unspent_again_is_deleted(database: str) -> None:
    workspace_id, old, new = uuid4(), uuid4(), uuid4()
    await allowances.settle(workspace_id, {old: SECOND, new: MINUTE}, NOON)

    while await allowances.purge(NOON + MINUTE + 2 * SECOND):
        pass

    left = await rows("SELECT id FROM allowances WHERE workspace_id = $1", workspace_id)
    assert [row["id"] for row in left] == [new]


async def test_they_may_be_lost_and_are_written_in_place(database: str) -> None:
    [table] = await rows(
        "SELECT relpersistence::text, reloptions FROM pg_class WHERE relname = 'allowances'"
    )

    assert table["relpersistence"] == "u"
    assert table["reloptions"] == ["fillfactor=50"]
