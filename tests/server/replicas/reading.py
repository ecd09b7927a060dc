"""Reading on a standby that is paused and resumed, and what it answers."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import asyncpg

from server.replicas import Replicas
from tests.servers import Server
from tests.site import Client

NAMES = "{ customers(first: 100) { nodes { name } } }"
PAUSED = "SELECT pg_get_wal_replay_pause_state() = 'paused'"
PATIENCE_S = 30
MARKED_EVERY_S = 3600


@dataclass
class Clock:
    """The time that goes by, and what was added to it."""

    ahead_s: float = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s


async def run_at(dsn: str, statement: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def pause(standby: Server) -> None:
    """From here on the standby stays as it is."""
    await run_at(standby.dsn(), "SELECT pg_wal_replay_pause()")
    async with asyncio.timeout(PATIENCE_S):
        while not await run_at(standby.dsn(), PAUSED):  # noqa: ASYNC110 - another process pauses
            await asyncio.sleep(0.02)


async def resume(standby: Server) -> None:
    await run_at(standby.dsn(), "SELECT pg_wal_replay_resume()")


async def read(client: Client, after: str | None = None) -> tuple[str, list[str]]:
    """Where the customers were read, and their names."""
    given = {"billgraph_read": "replica", **({"billgraph_after": after} if after else {})}
    answer = await client.post({"query": NAMES}, **given)
    assert answer.status_code == 200, answer.text
    nodes = answer.json()["data"]["customers"]["nodes"]
    return answer.headers["billgraph-read"], [node["name"] for node in nodes]


async def made(client: Client, name: str) -> str:
    """The position behind a new customer."""
    document = "mutation($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } } }"
    answer = await client.post({"query": document, "variables": {"input": {"name": name}}})
    assert answer.json()["data"]["customerCreate"]["customer"]["id"]
    return str(answer.headers["billgraph-position"])


async def from_the_standby(client: Client, after: str) -> list[str]:
    """What it answers once it has all up to a position; on a busy machine that takes a while."""
    async with asyncio.timeout(PATIENCE_S):
        while (found := await read(client, after))[0] != "replica":  # noqa: ASYNC110 - a server's pace
            await asyncio.sleep(0.1)
    return found[1]


async def asked(known: Replicas) -> bool | None:
    """Whether a standby answers, by what it says of itself; None where none is of use."""
    statement = "SELECT pg_is_in_recovery()"
    found = await known.record(statement, after=0, timeout_s=PATIENCE_S)
    return None if found is None else bool(found[0])


async def answered(known: Replicas) -> None:
    """Waits until a standby answers."""
    async with asyncio.timeout(PATIENCE_S):
        while not await asked(known):  # noqa: ASYNC110 - a server's pace
            await asyncio.sleep(0.1)
