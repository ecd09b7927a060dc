"""Live updates: every event once, in the order of commits, over either transport, and to nobody else."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from models.connections import rows
from plans import running
from server.app import create_app
from server.clock import utc_now
from server.graphql import feed, subscriptions
from tests import site as sites
from tests.journeys.making import customer, issued
from tests.plans.listening import statements_sent
from tests.postgres import as_owner, end_all_others
from tests.server.graphql.following import (
    NAMES,
    PATIENCE_S,
    Told,
    last_event,
    streaming,
    subscribed,
)
from tests.server.graphql.test_sockets import closed, heard, opened, say
from tests.site import Client, Site

DETAILS = """subscription($after: ID, $type: [EventType!], $subjectId: ID, $deep: Boolean = true) {
    told: events(after: $after, type: $type, subjectId: $subjectId) {
        __typename ...Whole invoice @include(if: $deep) { number isOverdue availableActions
        total { minor currency } lines { description } } } }
fragment Whole on Event { id type name at actor data previous }"""


async def all_told(told: Any, count: int) -> list[Any]:
    return [await told.event() for _ in range(count)]


async def test_events_are_told_as_they_commit(client: Client) -> None:
    async with streaming(client) as stream:
        buyer = await customer(client)
        invoice = await issued(client, customerId=buyer)
        assert [(event["name"], event["subjectId"]) for event in await all_told(stream, 2)] == [
            ("customer.created", buyer),
            ("invoice.finalized", invoice["id"]),
        ]


async def test_a_socket_tells_the_same(client: Client) -> None:
    await customer(client)
    after = await last_event(client)
    async with subscribed(client, after=after) as told:
        buyer = await customer(client)
        assert (await told.event())["subjectId"] == buyer
        await say(told.socket, id="live", type="complete")
        await customer(client)
        await say(told.socket, type="ping")
        assert await heard(told.socket) == {"type": "pong"}


async def test_an_event_is_read_by_a_plan_like_any_other(client: Client) -> None:
    async with streaming(client, DETAILS, type=["INVOICE_FINALIZED"]) as stream:
        invoice = await issued(client)
        _, told = await stream.next()

    event = told["data"]["told"]
    node = await client.ask(
        "query($id: ID!) { node(id: $id) { __typename ... on Event { id type name at actor data "
        "previous invoice { number isOverdue availableActions total { minor currency } "
        "lines { description } } } } }",
        id=event["id"],
    )
    assert event == node["node"]
    assert event["invoice"]["number"] == invoice["number"]


async def test_only_what_was_asked_for_is_told(client: Client) -> None:
    first, second = await customer(client), await customer(client)
    async with (
        streaming(client, DETAILS, type=["CUSTOMER_UPDATED"], deep=False) as of_type,
        streaming(client, DETAILS, subjectId=second, deep=False) as of_subject,
    ):
        for buyer in (first, second):
            await client.do("customerUpdate", id=buyer, name="Changed")
        await customer(client)

        _, told = await of_subject.next()
        assert told["data"]["told"]["data"]["id"] == second
        found = [(await of_type.next())[1]["data"]["told"]["data"]["id"] for _ in range(2)]
        assert found == [first, second]


async def test_nothing_of_another_workspace_is_told(client: Client, stranger: Client) -> None:
    theirs = await customer(stranger)
    async with streaming(client) as stream, streaming(client, DETAILS, subjectId=theirs) as other:
        await client.do("customerCreate", "customer { id }", name="Own")
        await customer(stranger)
        await client.do("customerCreate", "customer { id }", name="Own too")
        names = {event["name"] for event in await all_told(stream, 2)}
        assert names == {"customer.created"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await other.next()


async def test_what_one_may_not_read_is_not_told(site: Site, client: Client) -> None:
    made = await client.do(
        "apiKeyCreate", "secret", name="Less", mode="LIVE", scopes=["INVOICES_READ"]
    )
    async with streaming(site.client(made["secret"])) as stream:
        await issued(client)
        assert (await stream.event())["name"] == "invoice.finalized"

    made = await client.do(
        "apiKeyCreate", "secret", name="None", mode="LIVE", scopes=["CUSTOMERS_READ"]
    )
    answer = await site.client(made["secret"]).post({"query": NAMES}, accept="text/event-stream")
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_after_an_event_nothing_is_left_out(client: Client) -> None:
    await customer(client)
    after = await last_event(client)
    buyers = [await customer(client) for _ in range(30)]
    async with streaming(client, after=after) as stream:
        assert [event["subjectId"] for event in await all_told(stream, 30)] == buyers
        buyers = [await customer(client) for _ in range(3)]
        assert [event["subjectId"] for event in await all_told(stream, 3)] == buyers


async def test_a_long_way_back_is_read_in_parts(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plans.running.TOLD_AT_ONCE", 3)
    await customer(client)
    after = await last_event(client)
    buyers = [await customer(client) for _ in range(10)]
    async with streaming(client, after=after) as stream:
        assert [event["subjectId"] for event in await all_told(stream, 10)] == buyers


@pytest.mark.parametrize("after", ["evt_00000000000070008000000000000000", "?", "inv_1"])
async def test_one_cannot_go_on_behind_what_is_unknown(client: Client, after: str) -> None:
    answer = await client.post(
        {"query": NAMES, "variables": {"after": after}}, accept="text/event-stream"
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["reason"] == "CURSOR_INVALID"


async def test_a_strangers_event_is_unknown(client: Client, stranger: Client) -> None:
    await customer(stranger)
    theirs = await last_event(stranger)
    answer = await client.post(
        {"query": NAMES, "variables": {"after": theirs}}, accept="text/event-stream"
    )
    assert answer.json()["errors"][0]["extensions"]["reason"] == "CURSOR_INVALID"


async def test_however_acts_overlap_each_event_is_told_once_and_in_order(client: Client) -> None:
    async with streaming(client) as stream:
        acts = [customer(client) for _ in range(60)]
        made = set(await asyncio.gather(*acts))
        told = await all_told(stream, 60)

    order = await rows(
        "SELECT subject_id FROM events WHERE workspace_id = (SELECT workspace_id FROM customers "
        "WHERE id = $1::uuid) ORDER BY position",
        told[0]["subjectId"].removeprefix("cus_"),
    )
    assert {event["subjectId"] for event in told} == made
    assert [event["subjectId"] for event in told] == [row["subject_id"] for row in order]


async def test_a_revoked_key_is_told_nothing_more(site: Site, client: Client) -> None:
    made = await client.do(
        "apiKeyCreate", "apiKey { id } secret", name="Gone", mode="LIVE", scopes=["INVOICES_READ"]
    )
    gone = site.client(made["secret"])
    await issued(client)
    payload = {"query": NAMES, "variables": {"after": await last_event(client)}}
    await issued(client)
    async with opened(gone) as socket, streaming(gone) as stream:
        for name in ("a", "b"):
            await say(socket, id=name, type="subscribe", payload=payload)
        assert {(await heard(socket))["id"] for _ in range(2)} == {"a", "b"}
        await client.do("apiKeyRevoke", id=made["apiKey"]["id"])
        await issued(client)

        async with asyncio.timeout(PATIENCE_S):
            assert await closed(socket) == 4403
        kind, told = await stream.next()
        assert (kind, told["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert (await stream.next())[0] == "complete"

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(AssertionError):
            async with streaming(gone) as stream:
                await stream.event()


async def test_a_token_is_told_nothing_after_its_end(client: Client, site: Site) -> None:
    await customer(client)
    after, ahead = await last_event(client), timedelta()
    app = create_app(site.settings, lambda: utc_now() + ahead)
    scopes = ["INVOICES_READ", "CUSTOMERS_READ"]
    made = await client.do("accessTokenCreate", "token", scopes=scopes)
    async with (
        sites.opened(site.settings, app) as there,
        subscribed(there.client(made["token"]), after=after) as told,
    ):
        buyer = await customer(client)
        assert (await told.event())["subjectId"] == buyer
        ahead = timedelta(days=1)
        async with asyncio.timeout(PATIENCE_S):
            assert await closed(told.socket) == 4403


async def test_a_thousand_followers_take_one_query_a_tick(
    site: Site, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    followers: list[int] = []
    tick = feed.Feed._tick

    async def counted(self: feed.Feed) -> None:
        await tick(self)
        followers.append(max(map(len, self._followers.values()), default=0))

    monkeypatch.setattr(feed.Feed, "_tick", counted)
    await customer(client)
    after = await last_event(client)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(opened(client)) for _ in range(10)]
        for socket in sockets:
            for number in range(100):
                payload = {"query": NAMES, "variables": {"after": after}}
                await say(socket, id=str(number), type="subscribe", payload=payload)
        async with asyncio.timeout(PATIENCE_S):
            while not followers or followers[-1] < 1000:  # noqa: ASYNC110 - the feed is waited for
                await asyncio.sleep(0.05)
        async with statements_sent() as sent:
            followers.clear()
            buyer = await customer(client)
            for socket in sockets:
                told = [await Told(socket).event() for _ in range(100)]
                assert {event["subjectId"] for event in told} == {buyer}
            await asyncio.sleep(5 * feed.TICK_S)
            looks = [one for one in sent if "event_heads AS head USING" in one]
            reads = [one for one in sent if ".position <= " in one]
            assert abs(len(followers) - len(looks)) <= 1  # one of either end is half done
            assert len(reads) == 1


async def test_those_who_lag_are_read_on_from_where_they_are(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that takes nothing costs the server one reading's events, not all that happen."""
    monkeypatch.setattr("plans.running.TOLD_AT_ONCE", 2)
    reads: list[int] = []
    told = running.told

    async def counted(asked: Any, after: int, through: int) -> list[Any]:
        reads.append(through - after)
        return await told(asked, after, through)

    monkeypatch.setattr(subscriptions, "told", counted)
    large = {f"k{number}": "x" * 490 for number in range(50)}
    copies = " ".join(f"copy{number}: data" for number in range(10))
    document = f"subscription($after: ID) {{ events(after: $after) {{ subjectId {copies} }} }}"
    await customer(client)
    after = await last_event(client)
    async with subscribed(client, document, compression=None, after=after) as slow:
        slow.socket.transport.pause_reading()
        buyers = []
        for _ in range(80):
            made = await client.do(
                "customerCreate",
                "customer { id }",
                name="A",
                metadata=large,
            )
            buyers.append(made["customer"]["id"])
        await asyncio.sleep(1)
        assert sum(reads) < 80
        slow.socket.transport.resume_reading()
        assert [event["subjectId"] for event in await all_told(slow, 80)] == buyers
        assert max(reads) <= 2


async def test_a_subscription_needs_a_way_to_go_on(client: Client) -> None:
    for headers in ({}, {"accept": "application/json"}, {"accept": "text/event-stream;q=0, */*"}):
        answer = await client.post({"query": NAMES}, **headers)
        assert "WebSocket" in answer.json()["errors"][0]["message"]
    got = await client.http.get(client.url, params={"query": NAMES}, headers=client.authorization)
    assert got.status_code == 405


async def test_a_query_is_not_streamed_whatever_else_the_client_takes(client: Client) -> None:
    """As urql lists it: last, and for subscriptions."""
    accept = (
        "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
    )
    answer = await client.post({"query": "{ viewer { mode } }"}, accept=accept)
    assert answer.headers["content-type"] == "application/graphql-response+json"
    alone = await client.post({"query": "{ viewer { mode } }"}, accept="text/event-stream")
    assert alone.status_code == 406
    async with streaming(client, accept=accept) as stream:
        assert stream.response.headers["content-type"] == "text/event-stream"


async def test_without_a_key_nothing_is_told(site: Site) -> None:
    answer = await site.nobody.post({"query": NAMES}, accept="text/event-stream")
    assert answer.status_code == 401
    async with subscribed(site.nobody) as told:
        message = await told.message()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_bad_key_is_not_let_in(site: Site) -> None:
    from tests.server.graphql.test_sockets import raw

    async with raw(site.nobody) as socket:
        payload = {"authorization": "Bearer ak_live_" + "x" * 43}
        await say(socket, type="connection_init", payload=payload)
        assert await closed(socket) == 4403


async def test_only_so_many_subscriptions_fit_on_a_socket(client: Client) -> None:
    async with opened(client) as socket:
        for number in range(101):
            await say(socket, id=str(number), type="subscribe", payload={"query": NAMES})
        async with asyncio.timeout(PATIENCE_S):
            assert await closed(socket) == 4429


async def test_one_field_is_followed_at_a_time(client: Client) -> None:
    document = "subscription { a: events { id } b: events { id } }"
    answer = await client.post({"query": document}, accept="text/event-stream")
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_too_costly_a_selection_is_refused_before_it_begins(client: Client) -> None:
    deep = "deliveries(first: 100) { nodes { event { deliveries(first: 100) { nodes { event { "
    document = f"subscription {{ events {{ {deep} deliveries(first: 100) {{ totalCount }} "
    document += "} " * deep.count("{") + "} }"
    answer = await client.post({"query": document}, accept="text/event-stream")
    assert answer.json()["errors"][0]["extensions"]["reason"] == "QUERY_TOO_COMPLEX"


async def test_a_quiet_stream_beats(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.graphql.sse.HEARTBEAT_S", 0.05)
    async with streaming(client) as stream:
        lines = stream.response.aiter_lines()
        async with asyncio.timeout(PATIENCE_S):
            assert [await anext(lines) for _ in range(6)] == [":", ""] * 3


async def test_the_feed_rests_when_nobody_follows(client: Client) -> None:
    async with streaming(client):
        await asyncio.sleep(2 * feed.TICK_S)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await asyncio.sleep(2 * feed.TICK_S)
            async with statements_sent() as sent:
                await asyncio.sleep(3 * feed.TICK_S)
            if not any("event_heads AS head USING" in one for one in sent):
                return


async def test_a_follower_outlives_the_connections_that_the_server_had(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "TICK_AFTER_FAULT_S", 0.05)
    administrator = await as_owner(site.settings.dsn)
    async with streaming(client) as stream:
        for _ in range(3):
            await end_all_others(administrator)
            await asyncio.sleep(0.3)
        for _ in range(5):
            try:
                buyer = await customer(client, idempotencyKey="once")
                break
            except AssertionError:
                continue
        assert (await stream.event())["subjectId"] == buyer
    await administrator.close()
