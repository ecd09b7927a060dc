"""Allowances as processes hold them: several on one database, by a clock that tests move."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.allowances import MINUTE
from models.connections import rows
from resolvers.callers import Caller
from server.graphql import allowances
from server.graphql.allowances import Allowances, Limits
from server.graphql.authentication import NOBODY
from server.graphql.errors import RequestRefused
from server.graphql.prices import MAILS, POINTS, Price
from tests.plans.listening import statements_sent
from tests.resolvers.making import NOON, someone

PATIENCE_S = 60
LIMIT = 1_000
LIMITS = Limits(LIMIT, 20, 20)
ONE = Price(1)


@dataclass
class Clock:
    """Says what it is told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, nobody gives up waiting, or tells in between what tests count."""
    monkeypatch.setattr(allowances, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setattr(allowances, "TIME_LIMIT_S", PATIENCE_S)
    monkeypatch.setattr(allowances, "TOLD_EVERY_S", 3600)


@pytest.fixture
async def caller(database: str) -> Caller:
    """Someone in a new workspace."""
    return await someone()


@asynccontextmanager
async def processes(
    count: int, clock: Clock, limits: Limits = LIMITS
) -> AsyncIterator[list[Allowances]]:
    """What so many processes would have, each by itself."""
    async with AsyncExitStack() as stack:
        made = [Allowances(limits, clock) for _ in range(count)]
        for one in made:
            stack.push_async_callback(one.close)
        yield made


async def is_admitted(to: Allowances, caller: Caller, price: Price = ONE) -> bool:
    try:
        if not price.guarded and to.admit_at_hand(caller, price):
            return True
        await to.admit(caller, price, is_act=False)
    except RequestRefused:
        return False
    return True


async def admitted(to: Allowances, caller: Caller, times: int, price: Price = ONE) -> int:
    return sum([await is_admitted(to, caller, price) for _ in range(times)])


async def noted(caller: Caller) -> list[datetime]:
    """Until when allowances of a workspace are spent, as all can see."""
    found = await rows(
        "SELECT spent_until FROM allowances WHERE workspace_id = $1", caller.workspace_id
    )
    return [row["spent_until"] for row in found]


async def until(found: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await found():  # noqa: ASYNC110 - what is awaited happens in the database
            await asyncio.sleep(0.02)


async def test_one_process_admits_exactly_what_there_is(caller: Caller) -> None:
    clock = Clock()
    async with processes(1, clock) as [one]:
        assert await admitted(one, caller, LIMIT + 100) == LIMIT

        clock.now += MINUTE / LIMIT * 7
        assert await admitted(one, caller, 100) == 7
        await one.tell()
        clock.now += 10 * MINUTE
        assert await admitted(one, caller, LIMIT + 100) == LIMIT


async def test_several_processes_together_admit_as_much_and_a_hundredth_each_beyond(
    many_connections: None,
) -> None:
    caller, clock = await someone(), Clock()
    async with processes(4, clock) as several:
        found = await asyncio.gather(*(admitted(one, caller, LIMIT) for one in several))

    assert LIMIT <= sum(found) <= LIMIT + 3 * LIMIT // 100


@pytest.mark.parametrize("seed", range(8))
async def test_in_no_span_of_time_do_they_admit_more_than_promised(
    database: str, seed: int
) -> None:
    """Whoever asks which of them for how much, and however often they get to tell each other."""
    chance, caller, clock = random.Random(seed), await someone(), Clock()
    let_in: list[tuple[datetime, int]] = []
    async with processes(3, clock) as several:
        for _ in range(700):
            price = Price(chance.choice([1, 1, 2, 5, 9, 40]))
            if await is_admitted(chance.choice(several), caller, price):
                let_in.append((clock.now, price.points))
            if chance.random() < 0.3:
                clock.now += chance.random() * timedelta(seconds=2)
            if chance.random() < 0.2:
                await asyncio.sleep(0.001)

    assert let_in
    assert worst(let_in) <= LIMIT + 2 * LIMIT // 100


def worst(let_in: list[tuple[datetime, int]]) -> float:
    """What exceeds, in the worst span of time, what comes back in it."""
    most = highest = 0.0
    total = 0
    begin = let_in[0][0]
    for at, points in let_in:
        back = (at - begin) / MINUTE * LIMIT
        highest = max(highest, back - total)
        total += points
        most = max(most, total - back + highest)
    return most


async def test_what_sends_mail_or_makes_secrets_has_an_exact_count_of_its_own(
    many_connections: None,
) -> None:
    caller, clock = await someone(), Clock()
    once, thrice = Price(10, {MAILS: 1}), Price(30, {MAILS: 3})
    async with processes(3, clock) as several:
        at_once = [is_admitted(one, caller, once) for one in several * 15]
        assert sum(await asyncio.gather(*at_once)) == 20

        clock.now += 2 * MINUTE / 20
        assert not await is_admitted(several[0], caller, thrice)
        assert await is_admitted(several[1], caller, once)
        assert await is_admitted(several[2], caller, ONE)


async def test_what_is_refused_costs_nothing(caller: Caller) -> None:
    clock = Clock()
    async with processes(1, clock, Limits(points=100, mails=5)) as [one]:
        assert await admitted(one, caller, 20, Price(10, {MAILS: 5})) == 1
        assert await admitted(one, caller, 20, Price(91)) == 0
        assert await is_admitted(one, caller, Price(90))


async def test_few_requests_pay_for_a_statement(caller: Caller) -> None:
    clock = Clock()
    async with (
        processes(1, clock, Limits(points=60_000)) as [one],
        statements_sent(caller.workspace_id) as sent,
    ):
        for _ in range(3_000):
            assert await is_admitted(one, caller)
            await asyncio.sleep(0)
        await one.tell()

    assert 0 < sum("allowances" in statement for statement in sent) <= 12


async def test_who_has_spent_all_is_refused_without_a_statement(caller: Caller) -> None:
    clock = Clock()
    async with processes(1, clock) as [one]:
        assert await admitted(one, caller, LIMIT) == LIMIT
        await one.tell()
        async with statements_sent(caller.workspace_id) as sent:
            assert await admitted(one, caller, 500) == 0

    assert sent == []


async def test_without_limits_nothing_is_counted(caller: Caller) -> None:
    async with (
        processes(1, Clock(), Limits()) as [one],
        statements_sent(caller.workspace_id) as sent,
    ):
        assert await admitted(one, caller, 300, Price(500, {MAILS: 9})) == 300
        await one.tell()

    assert sent == []


async def test_callers_share_nothing_unless_they_are_the_same(
    caller: Caller,
) -> None:
    ann = replace(caller, actor="cus_a", customer_id=UUID(int=1))
    others = [
        await someone(),
        replace(caller, actor="key_2"),
        ann,
        replace(ann, customer_id=UUID(int=2)),
    ]
    async with processes(1, Clock()) as [one]:
        assert await admitted(one, caller, LIMIT) == LIMIT

        assert [await is_admitted(one, other) for other in others] == [True] * 4
        assert not await is_admitted(one, replace(caller, scopes=frozenset()))


async def test_a_customers_tokens_have_a_tenth_together(caller: Caller) -> None:
    tokens = [replace(caller, actor=f"user {n}", customer_id=UUID(int=1)) for n in range(3)]
    async with processes(1, Clock()) as [one]:
        assert sum([await admitted(one, token, LIMIT) for token in tokens]) == LIMIT // 10


async def test_those_without_a_key_share_a_tenth_of_each_process(database: str) -> None:
    clock = Clock()
    async with processes(2, clock) as several, statements_sent(NOBODY.workspace_id) as sent:
        for one in several:
            assert await admitted(one, NOBODY, LIMIT) == LIMIT // 10
        await asyncio.gather(*(one.tell() for one in several))
        clock.now += MINUTE
        assert await admitted(several[0], NOBODY, LIMIT) == LIMIT // 10

    assert sent == []


async def test_where_postgresql_is_slow_each_process_goes_by_what_it_knows(
    database: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "PATIENCE_S", 0.1)
    clock = Clock()
    async with processes(2, clock) as [one, other]:
        async with locked(database):
            assert await admitted(one, caller, LIMIT + 50) == LIMIT
            assert await is_admitted(other, caller)

        monkeypatch.setattr(allowances, "PATIENCE_S", PATIENCE_S)
        await one.tell()
        assert await admitted(other, caller, LIMIT) <= LIMIT // 100


@asynccontextmanager
async def locked(dsn: str) -> AsyncIterator[None]:
    """Nothing can be noted for as long as this lasts."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE allowances IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def test_what_a_crash_of_the_database_made_it_forget_processes_remember(
    caller: Caller,
) -> None:
    clock = Clock()
    async with processes(1, clock) as [one]:
        assert await admitted(one, caller, LIMIT) == LIMIT
        await one.tell()
        await rows("DELETE FROM allowances WHERE workspace_id = $1", caller.workspace_id)

        clock.now += MINUTE / LIMIT * 50
        assert await admitted(one, caller, LIMIT) == 50


@pytest.mark.parametrize("off", [timedelta(days=365), -timedelta(days=365)])
async def test_a_clock_that_was_wrong_for_a_while_locks_nobody_out_and_lets_nobody_off(
    caller: Caller, off: timedelta
) -> None:
    clock = Clock()
    async with processes(2, clock) as several:
        clock.now += off
        for one in several:
            await admitted(one, caller, LIMIT)
            await one.tell()

        clock.now -= off
        found = 0
        for one in several * 2:
            found += await admitted(one, caller, LIMIT)
            await one.tell()

    assert LIMIT <= found <= LIMIT + LIMIT // 100


async def test_what_was_spent_is_told_within_seconds_though_nobody_asks_any_more(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "TOLD_EVERY_S", 0.05)
    async with processes(1, Clock()) as [one]:
        assert await is_admitted(one, caller)

        await until(lambda: noted(caller))


async def test_a_process_that_stops_tells_what_it_let_through(caller: Caller) -> None:
    clock = Clock()
    async with processes(1, clock) as [one]:
        await admitted(one, caller, 3)
        assert await noted(caller) == []

    assert await noted(caller) == [clock.now + 3 * MINUTE / LIMIT]


async def test_a_process_stops_soon_though_postgresql_is_silent(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "PATIENCE_S", 0.1)
    one = Allowances(LIMITS, Clock())
    async with locked(database):
        for caller in [await someone() for _ in range(3)]:
            assert await is_admitted(one, caller)

        async with asyncio.timeout(PATIENCE_S):
            await one.close()


async def test_what_is_owed_after_the_fact_counts_but_stops_nobody(caller: Caller) -> None:
    clock = Clock()
    async with processes(1, clock) as [one]:
        assert await admitted(one, caller, LIMIT - 5) == LIMIT - 5
        one.owe(caller, 100)

        with pytest.raises(RequestRefused) as refused:
            one.check(caller)
    assert refused.value.headers["retry-after"] == str(6)


def seconds(refusals: Iterable[RequestRefused]) -> list[str]:
    return [refusal.headers["retry-after"] for refusal in refusals]


async def test_a_refusal_says_when_to_come_back(caller: Caller) -> None:
    clock = Clock()
    async with processes(1, clock, Limits(points=60, mails=2)) as [one]:
        await admitted(one, caller, 60)
        with pytest.raises(RequestRefused) as spent:
            await one.admit(caller, Price(10), is_act=True)
        clock.now += MINUTE
        await admitted(one, caller, 2, Price(1, {MAILS: 1}))
        with pytest.raises(RequestRefused) as mailed:
            await one.admit(caller, Price(1, {MAILS: 1}), is_act=True)

    assert spent.value.status == mailed.value.status == 429
    assert seconds([spent.value, mailed.value]) == ["10", "30"]
    assert spent.value.errors == [
        {
            "message": "You have spent the 60 points that you have for a minute. Ask again in 10 s.",
            "extensions": {"code": "FORBIDDEN", "reason": "RATE_LIMITED", "retryAfter": 10},
        }
    ]
    assert spent.value.headers["ratelimit"] == f'"{POINTS}";r=0;t=60'
    assert "2 invoices by mail" in mailed.value.errors[0]["message"]
