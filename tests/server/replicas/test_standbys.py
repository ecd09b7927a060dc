"""Standbys as one process knows them: looked at before they answer, counted, traced, and looked after by the doctor."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from graphql import OperationType
from pydantic import SecretStr

from models import tracing
from models.connections import pool
from server import doctor, replicas
from server.graphql.freshness import Freshness, Reader
from server.metrics.connections import CountingClient
from server.replicas import POSITION, Replicas
from server.settings import Settings
from server.tracing.connections import TracedConnection
from tests.plans.listening import statements_sent
from tests.server.replicas.reading import (
    MARKED_EVERY_S,
    PATIENCE_S,
    Clock,
    answered,
    asked,
    made,
    pause,
    run_at,
)
from tests.servers import Server
from tests.site import Client

pytestmark = [pytest.mark.xdist_group("standby"), pytest.mark.timeout(240)]


async def test_reads_that_come_together_share_one_look_at_the_primary_and_what_they_may_lag(
    both: Settings, client: Client, standby: Server, clock: Clock
) -> None:
    known = Replicas()
    async with known.opened(both.database_replica_urls, pool_size=8, statement_cache=True):
        await answered(known)
        await pause(standby)
        await made(client, "Ann")
        clock.ahead_s += 1.5 * MARKED_EVERY_S
        async with statements_sent() as sent:
            found = await asyncio.gather(*(asked(known) for _ in range(8)))

    assert found == [True] * 8
    assert sent.count(POSITION) == 1


async def test_a_connection_that_leads_to_another_server_is_looked_at_before_it_answers(
    both: Settings, primary: Server, standby: Server
) -> None:
    """The standby, and after its end the primary, as if that were another that is not as far."""
    url = SecretStr(f"postgresql://billgraph@/billgraph?host={standby.folder},{primary.folder}")
    known = Replicas()
    async with known.opened([url], pool_size=2, statement_cache=True):
        await answered(known)
        standby.stop()
        try:
            await run_at(primary.dsn(), "SELECT 1")  # by then it is heard that the connection ended
            found = await asked(known)
        finally:
            standby.start()

    assert found is None


@asynccontextmanager
async def no_free_connection() -> AsyncIterator[None]:
    """Whoever wants one of the primary's pool waits meanwhile."""
    connections = await pool()
    held = [await connections.acquire() for _ in range(connections.get_max_size())]
    try:
        yield
    finally:
        for connection in held:
            await connections.release(connection)


async def test_nobody_waits_long_to_hear_where_the_primary_is(
    both: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that is done is answered without it, and a read is the primary's."""
    known = Replicas()
    urls = both.database_replica_urls
    async with known.opened(urls, pool_size=2, statement_cache=True), no_free_connection():
        monkeypatch.setattr(replicas, "CONNECT_TIMEOUT_S", 0.05)
        async with asyncio.timeout(PATIENCE_S):
            told = await Freshness(known, b"secret").told(OperationType.MUTATION, Reader())
            found = await asked(known)

    assert (told, found) == ((), None)


class Heard:
    """A listener to blocks that are traced, which knows their names."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @contextmanager
    def span(self, name: str, *_: object) -> Iterator[None]:
        self.names.append(name)
        yield

    def traceparent(self) -> str:
        return f"00-{1:032x}-{1:016x}-01"


async def test_what_a_standby_is_asked_is_traced_as_what_the_primary_is(
    both: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountingClient, "connection_class", TracedConnection)
    known, heard = Replicas(), Heard()
    tracing.listen(heard)
    try:
        async with known.opened(both.database_replica_urls, pool_size=1, statement_cache=True):
            await answered(known)
    finally:
        tracing.listen(None)

    assert "PostgreSQL SELECT" in heard.names


async def test_doctor_says_which_standby_follows(both: Settings) -> None:
    assert both.database_url
    urls = (*both.database_replica_urls, both.database_url, SecretStr("postgresql://127.0.0.1:1/x"))
    given = both.model_copy(update={"database_replica_urls": urls})

    found = [one for one in await doctor.examine(given, given) if "REPLICA" in one.what]

    said = [(one.level, one.what.partition(": ")[2]) for one in found]
    assert said == [("fine", "follows"), ("warning", "no standby"), ("warning", "out of reach")]
