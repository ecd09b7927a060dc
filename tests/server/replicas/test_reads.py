"""Reads on a standby, by streaming replication between two real servers: as fresh as asked for, or the primary's."""

import asyncio
from dataclasses import replace

import pytest

from server import replicas
from server.replicas import POSITION
from server.settings import Settings
from tests import site as sites
from tests.journeys.making import customer, issued
from tests.plans.listening import statements_sent
from tests.server.graphql.following import last_event, streaming
from tests.server.metrics.reading import look
from tests.server.replicas.reading import (
    MARKED_EVERY_S,
    NAMES,
    PATIENCE_S,
    Clock,
    from_the_standby,
    made,
    pause,
    read,
    resume,
)
from tests.servers import Server
from tests.site import Client, Site

pytestmark = [pytest.mark.xdist_group("standby"), pytest.mark.timeout(240)]
COUNTED = "billgraph_replica_reads_total"


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
