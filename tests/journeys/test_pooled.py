"""Whole stories through PgBouncer in transaction mode, where every transaction may get another session."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic import SecretStr

from models.roles import APPLICATION
from server import database as server_database
from server import doctor
from tests import site as sites
from tests.journeys.making import card, customer, drafted, issued, wanted
from tests.pooler import CONNECTIONS, pooled
from tests.postbox import Postbox
from tests.postgres import CLIENTS
from tests.server.graphql.following import last_event, streaming, subscribed
from tests.site import Client, Site, working
from tests.verifying import wrong_for

pytestmark = [pytest.mark.xdist_group("pooler"), pytest.mark.usefixtures("quiet")]
LOGIN = "billgraph_web"
EXPORT = "{ exportUrl(kind: INVOICES) }"
NUMBERS = "{ invoices(first: 100) { totalCount nodes { number } } }"
SESSION = """SELECT pg_backend_pid() AS pid, current_user AS acting_as, session_user AS login,
coalesce(current_setting('billgraph.workspace', true), '') AS workspace,
coalesce(current_setting('billgraph.every_workspace', true), '') AS everyone,
(SELECT count(*) FROM pg_prepared_statements) AS prepared,
(SELECT count(*) FROM pg_cursors WHERE name <> '') AS cursors,
(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
(SELECT count(*) FROM pg_listening_channels()) AS channels,
pg_my_temp_schema() AS temporary"""
CHANGED = "SELECT name FROM pg_settings WHERE source = 'session' AND name <> ALL($1) ORDER BY name"
# PgBouncer keeps the first two in step; asyncpg turns jit off while it looks a type up.
KNOWN = ("application_name", "client_encoding", "jit")


@pytest.fixture(scope="module")
async def pooled_dsn(database: str) -> AsyncIterator[str]:
    """Tortoise connected through PgBouncer, by a login that owns nothing, as production is."""
    await make_login(database)
    with pooled(database, LOGIN) as dsn:
        await server_database.close()
        await server_database.connect(dsn, pool_size=CLIENTS, statement_cache=False)
        yield dsn
        await server_database.close()
    await server_database.connect(database)


@pytest.fixture
async def pooled_site(pooled_dsn: str, site: Site) -> AsyncIterator[Site]:
    """The server, which knows the database behind the pooler for migrations alone."""
    given = {
        "database_url": SecretStr(pooled_dsn),
        "database_direct_url": site.settings.database_url,
        "database_statement_cache": False,
    }
    async with sites.opened(site.settings.model_copy(update=given)) as opened:
        yield opened


@pytest.fixture
async def client(pooled_site: Site) -> Client:
    """Who may do everything in a new workspace."""
    return await pooled_site.someone()


async def make_login(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        # Roles are the whole server's: other workers' tests make it too.
        with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            await connection.execute(f"CREATE ROLE {LOGIN} LOGIN IN ROLE {APPLICATION}")
    finally:
        await connection.close()


async def test_an_invoice_goes_from_draft_to_credited(
    pooled_site: Site, client: Client, postbox: Postbox, database: str
) -> None:
    ann = await customer(client, email="ann.pooled@example.com")
    await card(client, ann)
    draft = await drafted(client, customerId=ann)
    await client.do("invoiceFinalize", id=draft["id"])
    await client.do("invoiceSend", id=draft["id"])
    async with working(pooled_site.settings):
        mail = await postbox.first("ann.pooled@example.com")
    paid = await client.do("invoicePay", "invoice { status number }", id=draft["id"])
    note = await client.do(
        "creditNoteCreate", "creditNote { number status }", invoiceId=draft["id"], amount=100
    )

    assert "INV-0001" in mail["Subject"]
    assert paid["invoice"] == {"status": "PAID", "number": "INV-0001"}
    assert note["creditNote"]["number"].startswith("CN-")
    assert await wrong_for(client, database) == set()


async def test_clients_by_the_dozen_each_see_their_own_and_number_without_gaps(
    pooled_site: Site, pooled_dsn: str, database: str
) -> None:
    clients = [await pooled_site.someone() for _ in range(4)]
    buyers = [await customer(one) for one in clients]
    twice = 2 * CLIENTS

    async def issue_and_read(number: int) -> None:
        mine, ann = clients[number % 4], buyers[number % 4]
        made = await issued(mine, customerId=ann)
        read = "query($id: ID!) { invoice(id: $id) { number customer { id } } }"
        found = await mine.ask(read, id=made["id"])
        assert found["invoice"] == {"number": made["number"], "customer": {"id": ann}}
        assert (await clients[(number + 1) % 4].ask(read, id=made["id"]))["invoice"] is None

    await asyncio.gather(*(issue_and_read(number) for number in range(twice)))

    for one in clients:
        listed = (await one.ask(NUMBERS))["invoices"]
        assert listed["totalCount"] == twice / 4
        expected = {f"INV-{number:04}" for number in range(1, twice // 4 + 1)}
        assert {node["number"] for node in listed["nodes"]} == expected
        assert await wrong_for(one, database) == set()
    assert await sessions_of(database) <= CONNECTIONS


async def test_of_requests_with_one_key_at_once_one_takes_effect(client: Client) -> None:
    given = {"invoice": await wanted(client), "idempotencyKey": "once"}

    answers = await asyncio.gather(
        *(client.act("invoiceIssue", "invoice { id }", **given) for _ in range(16))
    )

    made = {answer["invoice"]["id"] for answer in answers if answer["invoice"]}
    codes = {error["code"] for answer in answers for error in answer["userErrors"]}
    assert len(made) == 1
    assert codes <= {"IDEMPOTENCY_IN_PROGRESS"}
    assert (await client.ask(NUMBERS))["invoices"]["totalCount"] == 1


async def test_events_are_told_live(client: Client) -> None:
    await customer(client)
    after = await last_event(client)
    async with streaming(client, after=after) as stream, subscribed(client, after=after) as told:
        made = [await customer(client) for _ in range(3)]

        assert [(await stream.event())["subjectId"] for _ in made] == made
        assert [(await told.event())["subjectId"] for _ in made] == made


async def test_exports_are_read_by_cursors_again_and_again(
    pooled_site: Site, client: Client
) -> None:
    for _ in range(3):
        await issued(client)
    link = (await client.ask(EXPORT))["exportUrl"]

    # More of them than connections: each gets one that has served another.
    for _ in range(2 * CONNECTIONS):
        answers = await asyncio.gather(*(pooled_site.http.get(link) for _ in range(2)))
        for answer in answers:
            table = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
            assert sorted(row["number"] for row in table) == ["INV-0001", "INV-0002", "INV-0003"]


async def test_doctor_finds_the_ledger_protected_through_the_pooler(
    pooled_site: Site,
) -> None:
    found = await doctor.examine(pooled_site.settings, pooled_site.settings)

    assert "The ledger and the history can only be added to" in {one.what for one in found}


async def test_nothing_of_a_client_is_left_in_the_sessions(
    pooled_site: Site, client: Client, pooled_dsn: str
) -> None:
    link = (await client.ask(EXPORT))["exportUrl"]
    await asyncio.gather(*(issued(client) for _ in range(CLIENTS)))
    assert (await pooled_site.http.get(link)).status_code == 200

    async with AsyncExitStack() as stack:
        found = [await _session(stack, pooled_dsn) for _ in range(CONNECTIONS)]

    assert len({session.pop("pid") for session in found}) == CONNECTIONS
    clean = {"acting_as": LOGIN, "login": LOGIN, "workspace": "", "everyone": "", "temporary": 0}
    counted = {"prepared": 0, "cursors": 0, "locks": 0, "channels": 0}
    assert found == [{**clean, **counted, "changed": []}] * CONNECTIONS


async def _session(stack: AsyncExitStack, dsn: str) -> dict[str, Any]:
    """What the next session says that nobody holds; it is held until the end."""
    connection = await asyncpg.connect(dsn, statement_cache_size=0)
    stack.push_async_callback(connection.close)
    await stack.enter_async_context(connection.transaction())
    [said] = await connection.fetch(SESSION)
    changed = await connection.fetch(CHANGED, list(KNOWN))
    return {**dict(said), "changed": [name for (name,) in changed]}


async def sessions_of(dsn: str) -> int:
    """How many sessions the pooler has at the server."""
    connection = await asyncpg.connect(dsn)
    try:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND datname = $2"
        return int(await connection.fetchval(asked, LOGIN, urlsplit(dsn).path[1:]))
    finally:
        await connection.close()
