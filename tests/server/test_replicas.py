"""Reads on a standby, by streaming replication between two real servers: as fresh as asked for, or the primary's."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pytest
from graphql import OperationType
from pydantic import SecretStr

from models import tracing
from models.connections import pool
from models.migrate import migrate
from server import database as server_database
from server import doctor, replicas
from server.graphql.freshness import Freshness, Reader
from server.metrics.connections import CountingClient
from server.replicas import POSITION, Replicas
from server.settings import Settings
from server.tracing.connections import TracedConnection
from tests import servers
from tests import site as sites
from tests.journeys.making import customer, issued
from tests.plans.listening import statements_sent
from tests.postgres import Cluster
from tests.server.graphql.following import last_event, streaming
from tests.server.metrics.reading import look
from tests.servers import Server
from tests.site import Client, Site

pytestmark = [pytest.mark.xdist_group("standby"), pytest.mark.timeout(240)]
NAMES = "{ customers(first: 100) { nodes { name } } }"
PAUSED = "SELECT pg_get_wal_replay_pause_state() = 'paused'"
COUNTED = "billgraph_replica_reads_total"
PATIENCE_S = 30
MARKED_EVERY_S = 3600


@pytest.fixture(autouse=True)
def slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a test takes, what it is about is not that."""
    monkeypatch.setattr(replicas, "MARKED_EVERY_S", MARKED_EVERY_S)
    monkeypatch.setattr(replicas, "CONNECT_TIMEOUT_S", PATIENCE_S)


@pytest.fixture(scope="module")
async def primary(postgres: Cluster) -> AsyncIterator[Server]:
    """A server with our tables."""
    with servers.empty_server(await servers.binaries(postgres.dsn)) as made:
        await run_at(made.dsn(), "CREATE ROLE billgraph LOGIN CREATEROLE")
        await run_at(made.dsn(), "CREATE DATABASE billgraph OWNER billgraph")
        await migrate(made.dsn("billgraph", "billgraph"))
        yield made


@pytest.fixture(scope="module")
def standby(primary: Server) -> Iterator[Server]:
    """A server that follows it."""
    with servers.standby(primary) as made:
        yield made


@pytest.fixture(scope="module")
async def both(database: str, primary: Server, standby: Server) -> AsyncIterator[Settings]:
    """Tortoise connected to the primary; the settings that name both."""
    dsn, follower = (one.dsn("billgraph", "billgraph") for one in (primary, standby))
    await server_database.close()
    await server_database.connect(dsn)
    yield Settings(
        database_url=SecretStr(dsn),
        database_replica_urls=(SecretStr(follower),),
        secret_key=SecretStr("k" * 32),
    )
    await server_database.close()
    await server_database.connect(database)


@pytest.fixture
async def site(both: Settings, standby: Server) -> AsyncIterator[Site]:
    """The server, which has forgotten how the standby did before; nothing is paused."""
    async with sites.opened(both) as opened:
        yield opened
    await resume(standby)


@pytest.fixture
async def client(site: Site) -> Client:
    """Who may do everything in a new workspace."""
    return await site.someone()


@dataclass
class Clock:
    """The time that goes by, and what was added to it."""

    ahead_s: float = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What marks are made by."""
    made = Clock()
    monkeypatch.setattr(replicas, "time", made)
    return made


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


async def test_a_read_that_asks_for_it_is_answered_by_the_standby_with_what_was_written(
    client: Client,
) -> None:
    names = [f"Customer {number}" for number in range(20)]
    for name in names:
        position = await made(client, name)
        assert name in (await read(client, position))[1]

    assert set(await from_the_standby(client, position)) == set(names)


async def test_a_read_that_asks_for_nothing_is_the_primarys(client: Client) -> None:
    await made(client, "Ann")

    plain = await client.post({"query": NAMES})
    asked = await client.post({"query": NAMES}, billgraph_read="primary")

    assert "billgraph-read" not in plain.headers
    assert asked.headers["billgraph-read"] == "primary"
    assert plain.json()["data"] == asked.json()["data"]


async def test_a_standby_that_lags_shows_what_it_has_but_never_less_than_asked_for(
    client: Client, standby: Server
) -> None:
    await from_the_standby(client, await made(client, "Ann"))
    await pause(standby)
    position = await made(client, "Bob")

    assert await read(client) == ("replica", ["Ann"])
    where, names = await read(client, position)
    assert (where, sorted(names)) == ("primary", ["Ann", "Bob"])

    await resume(standby)
    assert sorted(await from_the_standby(client, position)) == ["Ann", "Bob"]


async def test_a_standby_that_lags_too_far_is_not_asked(
    client: Client, standby: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "MARKED_EVERY_S", 0.05)
    await from_the_standby(client, await made(client, "Ann"))
    await pause(standby)
    await made(client, "Bob")

    async with asyncio.timeout(PATIENCE_S):
        while (found := await read(client))[0] == "replica":
            assert found[1] == ["Ann"]
            await asyncio.sleep(0.02)

    assert sorted(found[1]) == ["Ann", "Bob"]


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


async def test_no_answer_is_older_than_twice_the_time_between_marks_however_seldom_one_reads(
    client: Client, standby: Server, clock: Clock
) -> None:
    await from_the_standby(client, await made(client, "Ann"))
    await pause(standby)
    await made(client, "Bob")
    clock.ahead_s += 1.7 * MARKED_EVERY_S
    assert await read(client) == ("replica", ["Ann"])

    clock.ahead_s += 0.7 * MARKED_EVERY_S

    assert (await read(client))[0] == "primary"


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


async def test_where_there_is_no_standby_none_is_asked_for_and_headers_mean_the_same(
    both: Settings,
) -> None:
    async with sites.opened(both.model_copy(update={"database_replica_urls": ()})) as site:
        client = await site.someone()
        async with statements_sent() as sent:
            assert await read(client) == ("primary", [])
        refused = await client.post({"query": NAMES}, billgraph_read="replica", billgraph_after="x")

    assert POSITION not in sent
    assert refused.status_code == 400


async def test_a_key_that_is_revoked_reads_nothing_on_a_standby_that_knows_it_as_live(
    client: Client, standby: Server
) -> None:
    document = """mutation { apiKeyCreate(input: {name: "Ann", mode: LIVE, scopes: [CUSTOMERS_READ]})
        { apiKey { id } secret } }"""
    answer = await client.post({"query": document})
    given = answer.json()["data"]["apiKeyCreate"]
    other = replace(client, key=given["secret"])
    await from_the_standby(other, answer.headers["billgraph-position"])
    await pause(standby)

    await client.do("apiKeyRevoke", id=given["apiKey"]["id"])
    refused = await other.post({"query": NAMES}, billgraph_read="replica")

    assert refused.status_code == 401


async def test_a_key_that_a_standby_does_not_know_yet_is_known_all_the_same(
    client: Client, site: Site, standby: Server
) -> None:
    await from_the_standby(client, await made(client, "Ann"))
    await pause(standby)
    newcomer = await site.someone()

    assert await read(newcomer) == ("primary", [])


async def test_changes_and_live_updates_are_the_primarys_whatever_is_asked(
    client: Client, standby: Server
) -> None:
    await from_the_standby(client, await made(client, "Ann"))
    after = await last_event(client)
    await pause(standby)
    document = """mutation($input: CustomerCreateInput!) {
        customerCreate(input: $input) { customer { name } } }"""

    answer = await client.post(
        {"query": document, "variables": {"input": {"name": "Bob"}}}, billgraph_read="replica"
    )
    async with streaming(client, after=after) as stream:
        assert (await stream.event())["name"] == "customer.created"

    assert answer.json()["data"]["customerCreate"]["customer"] == {"name": "Bob"}


async def test_without_a_standby_the_primary_answers_and_asks_it_again_once_it_is_back(
    client: Client, standby: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "REST_S", 0.2)
    position = await made(client, "Ann")
    await from_the_standby(client, position)
    standby.stop()
    try:
        assert await read(client) == ("primary", ["Ann"])
        assert await read(client, position) == ("primary", ["Ann"])
        answers = await asyncio.gather(*(read(client) for _ in range(16)))
        assert answers == [("primary", ["Ann"])] * 16
    finally:
        standby.start()

    assert await from_the_standby(client, position) == ["Ann"]


async def test_reads_are_counted_by_what_became_of_them(
    client: Client, site: Site, standby: Server
) -> None:
    await from_the_standby(client, await made(client, "Ann"))
    await pause(standby)
    position = await made(client, "Bob")
    before = await look(site.http, site.address)

    assert [where for where, _ in (await read(client), await read(client, position))] == [
        "replica",
        "primary",
    ]

    after = await look(site.http, site.address)
    counts = [
        after.value(COUNTED, outcome=outcome) - before.value(COUNTED, outcome=outcome)
        for outcome in ("answered", "late", "failed")
    ]
    assert counts == [1, 1, 0]


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


@pytest.mark.parametrize(
    "headers",
    [
        {"billgraph_read": "elsewhere"},
        {"billgraph_read": "replica", "billgraph_after": "0/16B3748"},
        {"billgraph_read": "replica", "billgraph_after": f"ffffffffffff.{'A' * 43}"},
    ],
)
async def test_headers_that_say_nothing_are_refused(
    client: Client, headers: dict[str, str]
) -> None:
    answer = await client.post({"query": NAMES}, **headers)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_invoice_issued_a_moment_ago_is_there_with_all_that_belongs_to_it(
    client: Client,
) -> None:
    """Every one of 64 at once reads its own write, from wherever it is read."""
    ann = await customer(client)
    document = """query($id: ID!) { invoice(id: $id) { number lines { description }
        events(first: 5) { nodes { name } } customer { id } } }"""

    async def issue_and_read() -> None:
        invoice = await issued(client, customerId=ann)
        position = await made(client, invoice["id"])
        asked = {"query": document, "variables": {"id": invoice["id"]}}
        headers = {"billgraph_read": "replica", "billgraph_after": position}
        found = (await client.post(asked, **headers)).json()["data"]["invoice"]
        assert (found["number"], found["customer"]) == (invoice["number"], {"id": ann})
        assert found["events"]["nodes"] == [{"name": "invoice.finalized"}]

    await asyncio.gather(*(issue_and_read() for _ in range(64)))
