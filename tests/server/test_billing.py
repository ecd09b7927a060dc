"""Workers as processes: killed in the middle of billing, several at once, away for a week."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from models.connections import rows
from resolvers import billing_subscriptions
from resolvers.callers import Caller
from tests.postgres import as_owner
from tests.resolvers.making import at, customer, nothing_else_is_due, someone, subscription

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_S = 100
WEEKS = 30
SUBSCRIPTIONS = 4
KILLS = 3
DONE = """SELECT count(*) AS n FROM billing_subscriptions
WHERE workspace_id = $1 AND next_run_at <= now()"""
PERIODS = """SELECT subscription_id AS id, array_agg(subscription_period ORDER BY subscription_period) AS n
FROM invoices WHERE workspace_id = $1 GROUP BY subscription_id"""


@contextmanager
def worker(dsn: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, which is killed at the end."""
    environment = {
        **os.environ,
        "DATABASE_URL": dsn,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "k" * 32,
        "LOG_FORMAT": "json",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "worker"],
        cwd=CHECKOUT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def subscribed(caller: Caller) -> list[UUID]:
    """Subscriptions by the week that nobody has billed for so many of them."""
    now = datetime.now(UTC)
    start_on = (now - timedelta(weeks=WEEKS)).date()
    buyer = await customer(caller)
    wanted = subscription(buyer, interval="WEEK", action="ISSUE", start_on=start_on)
    caller = at(caller, now)
    return [await billing_subscriptions.create(caller, wanted) for _ in range(SUBSCRIPTIONS)]


async def billed(caller: Caller) -> int:
    """How many invoices there are."""
    return sum(len(periods) for periods in (await periods_of(caller)).values())


async def periods_of(caller: Caller) -> dict[UUID, list[int]]:
    """The periods of each subscription that have an invoice."""
    return {row["id"]: row["n"] for row in await rows(PERIODS, caller.workspace_id)}


async def is_done(caller: Caller) -> bool:
    [found] = await rows(DONE, caller.workspace_id)
    return int(found["n"]) == 0


@asynccontextmanager
async def withheld(dsn: str, subscriptions: list[UUID]) -> AsyncIterator[None]:
    """Nobody gets to bill these meanwhile."""
    connection = await as_owner(dsn)
    try:
        async with connection.transaction():
            await connection.execute(
                "SELECT FROM billing_subscriptions WHERE id = ANY($1) FOR NO KEY UPDATE",
                subscriptions,
            )
            yield
    finally:
        await connection.close()


@pytest.mark.timeout(400)
async def test_workers_that_are_killed_lose_no_period_and_double_none(
    database: str, database_dsn: str, tmp_path: Path
) -> None:
    await nothing_else_is_due()
    caller, chance = await someone(), random.Random(7)
    made = await subscribed(caller)

    async with asyncio.timeout(3 * PATIENCE_S):
        for kill in range(KILLS):
            before = await billed(caller)
            # However late they are killed, something is left for the next ones.
            async with withheld(database_dsn, made[kill + 1 :]):
                with worker(database_dsn, tmp_path), worker(database_dsn, tmp_path):
                    while await billed(caller) == before:  # noqa: ASYNC110 - other processes
                        await asyncio.sleep(0.002)
                    await asyncio.sleep(chance.uniform(0, 0.02))
        amid = await billed(caller)
        with worker(database_dsn, tmp_path):
            while not await is_done(caller):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    assert amid < SUBSCRIPTIONS * (WEEKS + 1)
    expected = list(range(WEEKS + 1))
    assert await periods_of(caller) == dict.fromkeys(made, expected)
    numbers = await rows(
        "SELECT number_sequence AS n FROM invoices WHERE workspace_id = $1", caller.workspace_id
    )
    assert sorted(row["n"] for row in numbers) == list(range(1, SUBSCRIPTIONS * (WEEKS + 1) + 1))


async def test_a_worker_that_comes_back_bills_and_mails_what_it_missed(
    database: str, database_dsn: str, tmp_path: Path
) -> None:
    await nothing_else_is_due()
    caller = await someone()
    now = datetime.now(UTC)
    wanted = subscription(
        await customer(caller),
        interval="WEEK",
        start_on=(now - timedelta(weeks=2)).date(),
    )
    await billing_subscriptions.create(at(caller, now), wanted)

    with worker(database_dsn, tmp_path):
        async with asyncio.timeout(PATIENCE_S):
            while await mailed(caller) < 3:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    assert await billed(caller) == 3


async def mailed(caller: Caller) -> int:
    """How many invoices the mail server took."""
    [found] = await rows(
        "SELECT count(*) AS n FROM invoices WHERE workspace_id = $1 AND sent_at IS NOT NULL",
        caller.workspace_id,
    )
    return int(found["n"])
