"""/metrics tells how the server does, in names and labels of our own, to whom it may."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import SecretStr
from starlette.applications import Starlette
from structlog.testing import capture_logs

from models.connections import pool, record, rows
from server import database as server_database
from server.graphql import endpoint, subscriptions
from server.graphql.requests import GraphQLRequest, Incoming, read_request
from server.metrics import backlog, pages, sharing
from server.metrics.instruments import REGISTRY
from server.settings import CHECKOUT, Settings
from tests.server.graphql.following import last_event, streaming, subscribed
from tests.server.graphql.test_sockets import heard, opened, say
from tests.server.metrics.reading import Read, look
from tests.server.test_http_protocol import said
from tests.site import Client, Site

OPERATIONS = "billgraph_operation_duration_seconds_count"
OPERATIONS_S = "billgraph_operation_duration_seconds_sum"
REQUESTS = "billgraph_http_request_duration_seconds_count"
STATEMENTS = "billgraph_statement_duration_seconds_count"
LABELS = {
    *("type", "outcome", "place", "status", "state", "kind", "slots", "le"),
    *("version", "python", "generation"),
}
PATIENCE_S = 30
WATCHED = (CHECKOUT / "docs/how-to/watch-it-run.md").read_text()


@asynccontextmanager
async def grown(site: Site) -> AsyncIterator["Growth"]:
    """How much each number grew meanwhile."""
    growth = Growth(await look(site.http, site.address))
    yield growth
    growth.after = await look(site.http, site.address)


class Growth:
    """Two looks at the same numbers."""

    def __init__(self, before: Read) -> None:
        self.before = before
        self.after = before

    def __call__(self, name: str, **labels: str) -> float:
        return self.after.value(name, **labels) - self.before.value(name, **labels)


async def test_operations_are_counted_by_type_and_outcome(site: Site, client: Client) -> None:
    async with grown(site) as grew:
        await client.ask("{ viewer { mode } }")
        await client.answer("{ invoices(first: 1000) { totalCount } }")
        await client.answer("{ nothing }")
        await client.answer("{ unbalanced ")
        await site.nobody.answer("{ viewer { mode } }")
        await client.act("customerCreate", name="")

    assert grew(OPERATIONS, type="query", outcome="ok") == 1
    assert grew(OPERATIONS, type="query", outcome="errors") == 1
    assert grew(OPERATIONS, type="none", outcome="refused") == 3
    assert grew(OPERATIONS, type="mutation", outcome="ok") == 1
    assert grew(OPERATIONS, type="query", outcome="failed") == 0


async def test_operations_on_a_socket_are_counted_too(site: Site, client: Client) -> None:
    async with grown(site) as grew, opened(client) as socket:
        for number, query in enumerate(("{ viewer { mode } }", "{ nothing }")):
            await say(socket, id=str(number), type="subscribe", payload={"query": query})
            while (await heard(socket))["type"] not in ("complete", "error"):
                pass

    assert grew(OPERATIONS, type="query", outcome="ok") == 1
    assert grew(OPERATIONS, type="none", outcome="refused") == 1


async def test_a_subscription_that_breaks_off_is_counted_once_as_one_that_stood(
    site: Site, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("of no use")

    monkeypatch.setattr(subscriptions, "told", broken)
    await client.do("customerCreate", name="Ada")
    after = await last_event(client)
    async with grown(site) as grew, subscribed(client, after=after) as live:
        await client.do("customerCreate", name="Grace")
        assert (await live.message())["type"] == "error"

    assert grew(OPERATIONS, type="subscription", outcome="ok") == 1
    assert grew(OPERATIONS, type="none", outcome="failed") == 0


async def test_a_streamed_subscription_is_timed_from_its_request_as_one_on_a_socket(
    site: Site, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(incoming: Incoming) -> GraphQLRequest:
        await asyncio.sleep(0.2)
        return await read_request(incoming)

    monkeypatch.setattr(endpoint, "read_request", slowly)
    async with grown(site) as grew, streaming(client):
        pass

    assert grew(OPERATIONS, type="subscription", outcome="ok") == 1
    assert grew(OPERATIONS_S, type="subscription", outcome="ok") > 0.1


async def test_a_fault_of_ours_is_a_failed_operation(site: Site, client: Client) -> None:
    administrator = await asyncpg.connect(site.settings.dsn)
    try:
        await administrator.execute("ALTER TABLE customers RENAME TO hidden")
        async with grown(site) as grew:
            await client.answer("{ customers { totalCount } }")
    finally:
        await administrator.execute("ALTER TABLE hidden RENAME TO customers")
        await administrator.close()

    assert grew(OPERATIONS, type="query", outcome="failed") == 1
    assert grew(STATEMENTS, outcome="failed") == 1


async def test_requests_are_counted_by_where_they_went(site: Site, client: Client) -> None:
    async with grown(site) as grew:
        await client.post({"query": "{ viewer { mode } }"})
        await client.post(b"[]")
        await site.http.get(client.url, headers={"accept": "text/html"})
        for path in ("/pay/unknown", "/healthz", "/zebra/crossing", "//"):
            await site.http.get(f"{site.address}{path}")

    assert grew(REQUESTS, place="graphiql", status="2xx") == 1
    assert grew(OPERATIONS, type="query", outcome="ok") == 1
    assert grew(OPERATIONS, type="none", outcome="refused") == 1
    assert grew(REQUESTS, place="pay", status="4xx") == 1
    assert grew(REQUESTS, place="other", status="4xx") == 2


async def test_a_request_without_a_path_is_counted_as_any_other(site: Site) -> None:
    async with grown(site) as grew:
        answer = await said(site, b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert grew(REQUESTS, place="other", status="4xx") == 1


async def test_whatever_clients_send_no_name_of_theirs_is_in_it(site: Site, client: Client) -> None:
    await client.post({"query": "query Zebra { zebra: viewer { mode } }", "operationName": "Zebra"})
    await client.post({"query": "query Zebra { zebra }"}, x_request_id="zebra")
    await site.http.request("ZEBRA", f"{site.address}/zebra?zebra=1")

    seen = await look(site.http, site.address)

    assert "zebra" not in seen.text.lower()
    labels = {name for one in seen.families for sample in one.samples for name in sample.labels}
    assert labels <= LABELS


async def test_every_family_says_in_a_sentence_what_it_is(site: Site) -> None:
    seen = await look(site.http, site.address)

    ours = [family for family in seen.families if family.name.startswith("billgraph_")]
    assert len(ours) > 15
    for family in ours:
        assert len(family.documentation) > 20, family.name
        assert family.documentation.endswith("."), family.name
        assert re.fullmatch(r"billgraph(_[a-z]+)+", family.name)
    for theirs in ("process_resident_memory_bytes", "process_cpu_seconds_total"):
        assert seen.value(theirs) > 0
    assert seen.has("python_gc_collections_total")


async def test_statements_are_counted_by_how_they_ended(site: Site) -> None:
    async with grown(site) as grew:
        await rows("SELECT 1 AS one")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await record("SELECT 1 / (random() * 0)::int", timeout_s=PATIENCE_S)
        with pytest.raises(TimeoutError):
            await record("SELECT pg_sleep(30)", timeout_s=0.01)
        with pytest.raises(asyncpg.SerializationError):
            await rows("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")

    assert grew(STATEMENTS, outcome="ok") >= 1
    assert grew(STATEMENTS, outcome="failed") == 1
    assert grew(STATEMENTS, outcome="canceled") == 1
    assert grew(STATEMENTS, outcome="conflict") == 1


async def test_a_pool_that_is_exhausted_shows_and_the_page_is_there_without_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "TIME_LIMIT_S", 0.05)
    connections = await pool()
    async with grown(site) as grew:
        held = [await connections.acquire() for _ in range(connections.get_max_size())]
        waiting = asyncio.create_task(rows("SELECT 1 AS one"))
        try:
            with capture_logs() as lines:
                seen = await until_waiting(site)
        finally:
            for connection in held:
                await connections.release(connection)
        await waiting

    assert seen.value("billgraph_pool_connections", state="idle") == 0
    assert seen.value("billgraph_pool_connections", state="busy") == connections.get_max_size()
    assert seen.value("billgraph_pool_waiting") >= 1
    assert seen.value("billgraph_database_answered") == 0
    assert not seen.has("billgraph_jobs")
    about = "the backlog could not be read for metrics"
    assert {line["error"] for line in lines if line["event"] == about} == {"TimeoutError"}
    assert grew("billgraph_pool_waited_seconds_total") > 0


async def until_waiting(site: Site) -> Read:
    async with asyncio.timeout(PATIENCE_S):
        seen = await look(site.http, site.address)
        waited = seen.value("billgraph_pool_waited_seconds_total")
        while seen.value("billgraph_pool_waited_seconds_total") == waited:
            seen = await look(site.http, site.address)
    return seen


async def test_without_a_database_all_else_is_told(database: str) -> None:
    await server_database.close()
    await server_database.connect("postgresql://nobody@127.0.0.1:1/none", verify=False)
    try:
        answer = await asked(Settings())
    finally:
        await server_database.close()
        await server_database.connect(database)

    assert answer.status_code == 200
    assert Read(answer.text).value("billgraph_database_answered") == 0
    assert Read(answer.text).value("process_resident_memory_bytes") > 0


async def test_subscribers_are_counted_while_they_are_there(site: Site, client: Client) -> None:
    before = await look(site.http, site.address)
    told = before.value("billgraph_events_told_total")
    async with streaming(client) as stream:
        seen = await look(site.http, site.address)
        await client.do("customerCreate", name="Ada")
        await stream.event()
    after = await look(site.http, site.address)

    assert seen.value("billgraph_subscribers") == before.value("billgraph_subscribers") + 1
    assert after.value("billgraph_events_told_total") >= told + 1


async def asked(
    settings: Settings,
    *,
    by: str = "127.0.0.1",
    host: str = "127.0.0.1:8000",
    is_own_address: bool = False,
    **headers: str,
) -> httpx2.Response:
    """The answer to whoever asks from this address."""
    app = Starlette(routes=pages.routes(settings, is_own_address=is_own_address))
    transport: Any = httpx2.ASGITransport(app, client=(by, 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        return await http.get("/metrics", headers=headers)


async def status(settings: Settings, **given: Any) -> int:
    return (await asked(settings, **given)).status_code


async def test_without_a_token_it_is_for_this_machine_and_for_trials_alone(database: str) -> None:
    trial = Settings()
    real = Settings(public_url="https://billing.example.com")

    assert await status(trial) == 200
    assert await status(trial, by="::1") == 200
    assert await status(trial, by="192.0.2.7") == 403
    # A proxy on this machine asks for somebody else.
    assert await status(trial, **{"x-forwarded-for": "192.0.2.7"}) == 403
    assert await status(trial, forwarded="for=192.0.2.7") == 403
    assert await status(trial, via="1.1 proxy") == 403
    # So does a browser here that is on another site's page, whatever name leads that site here.
    assert await status(trial, host="localhost:8000") == 200
    assert await status(trial, host="rebound.example:8000") == 403
    assert await status(trial, **{"sec-fetch-site": "cross-site"}) == 403
    assert await status(real) == 403
    assert "METRICS_TOKEN" in (await asked(real)).text


async def test_with_a_token_it_is_for_whoever_carries_it(database: str) -> None:
    settings = Settings(
        public_url="https://billing.example.com", metrics_token=SecretStr("open sesame, please")
    )

    assert await status(settings, by="192.0.2.7", authorization="Bearer open sesame, please") == 200
    assert await status(settings, authorization="bearer  open sesame, please") == 200
    for wrong in ("", "Bearer", "Bearer open sesame", "Basic open sesame, please"):
        answer = await asked(settings, authorization=wrong)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert await status(settings) == 401
    assert await status(settings, is_own_address=True) == 401


async def test_an_address_of_its_own_is_for_whoever_reaches_that(database: str) -> None:
    real = Settings(public_url="https://billing.example.com")

    assert await status(real, by="192.0.2.7", is_own_address=True) == 200


@pytest.mark.parametrize("is_shared", [True, False])
async def test_what_counts_is_read_where_it_counts(
    database: str, tmp_path: Path, *, is_shared: bool
) -> None:
    """In another thread it might change while it is looked at, or be written twice at once."""
    folder = tmp_path if is_shared else None
    witness = Witness()
    REGISTRY.register(witness)
    try:
        async with sharing.kept_up(folder):
            answer = await asked(Settings(metrics_dir=folder))
    finally:
        REGISTRY.unregister(witness)

    assert Read(answer.text).value("billgraph_witness") == 1
    assert witness.threads == {threading.get_ident()}


class Witness(Collector):
    """Knows from which threads it was read."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        self.threads.add(threading.get_ident())
        yield GaugeMetricFamily("billgraph_witness", "A witness.", 1)


async def test_every_metric_that_the_page_about_them_names_is_there(site: Site) -> None:
    seen = await look(site.http, site.address)
    there = {name for name, _, _ in pages.described()} | {
        sample.name for family in seen.families for sample in family.samples
    }

    named = set(re.findall(r"billgraph_[a-z_]+", WATCHED))

    assert named <= there
    assert len(named) > len(list(pages.described()))
