"""GraphQL over WebSocket, by a client that speaks raw graphql-transport-ws."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from server.graphql import sockets
from tests.journeys.making import customer
from tests.site import Client, Site

PROTOCOL = Subprotocol("graphql-transport-ws")


@asynccontextmanager
async def raw(client: Client, **options: Any) -> AsyncIterator[ClientConnection]:
    """A socket on which nothing was said yet."""
    url = client.url.replace("http://", "ws://")
    async with connect(url, subprotocols=[PROTOCOL], **options) as socket:
        yield socket


@asynccontextmanager
async def opened(client: Client, **options: Any) -> AsyncIterator[ClientConnection]:
    """A socket whose client has said who it is."""
    async with raw(client, **options) as socket:
        await say(socket, type="connection_init", payload=client.authorization)
        assert await heard(socket) == {"type": "connection_ack"}
        yield socket


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def heard(socket: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await socket.recv())
    return found


async def closed(socket: ClientConnection) -> int:
    """The code that the server closes with, whatever it says before."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await socket.recv()
    assert socket.close_code is not None
    return socket.close_code


async def test_a_query_is_answered_once_and_completed(client: Client) -> None:
    async with opened(client) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "{ viewer { mode } }"})

        assert await heard(socket) == {
            "id": "a",
            "type": "next",
            "payload": {"data": {"viewer": {"mode": "LIVE"}}},
        }
        assert await heard(socket) == {"id": "a", "type": "complete"}


async def test_a_mutation_changes_what_a_request_reads(client: Client) -> None:
    document = 'mutation { customerCreate(input: {name: "Ada"}) { customer { id } } }'
    async with opened(client) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": document})
        made = (await heard(socket))["payload"]["data"]["customerCreate"]["customer"]["id"]

    read = await client.ask("query($id: ID!) { customer(id: $id) { name } }", id=made)
    assert read == {"customer": {"name": "Ada"}}


async def test_operations_run_side_by_side_under_their_own_ids(client: Client) -> None:
    await customer(client)
    async with opened(client) as socket:
        for name in ("a", "b", "c"):
            payload = {"query": "{ customers { totalCount } }"}
            await say(socket, id=name, type="subscribe", payload=payload)
        messages = [await heard(socket) for _ in range(6)]

    answered = {m["id"]: m["payload"]["data"] for m in messages if m["type"] == "next"}
    assert answered == {name: {"customers": {"totalCount": 1}} for name in "abc"}
    assert sorted(m["id"] for m in messages if m["type"] == "complete") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query($id: ID!) { node(id: $id) { id } }"}, "BAD_USER_INPUT"),
        ({"documentId": "sha256:00"}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ([], "BAD_USER_INPUT"),
        (None, "BAD_USER_INPUT"),
        ({"query": 1}, "BAD_USER_INPUT"),
        ({"query": "{ __typename }", "variables": []}, "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_operation_leaves_the_socket_and_the_others_alone(
    client: Client, payload: Any, code: str
) -> None:
    async with opened(client) as socket:
        await say(socket, id="a", type="subscribe", payload=payload)
        refused = await heard(socket)
        await say(socket, id="b", type="subscribe", payload={"query": "{ __typename }"})

        assert (refused["id"], refused["type"]) == ("a", "error")
        assert refused["payload"][0]["extensions"]["code"] == code
        assert (await heard(socket))["payload"] == {"data": {"__typename": "Query"}}


async def test_without_a_key_the_schema_alone_is_answered(site: Site) -> None:
    async with opened(site.nobody) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "{ viewer { mode } }"})
        refused = await heard(socket)
        await say(socket, id="b", type="subscribe", payload={"query": "{ __typename }"})

        assert refused["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await heard(socket))["payload"] == {"data": {"__typename": "Query"}}


async def test_a_ping_is_answered_before_and_after_the_client_is_known(client: Client) -> None:
    async with raw(client) as socket:
        await say(socket, type="ping")
        assert await heard(socket) == {"type": "pong"}
        await say(socket, type="connection_init", payload=client.authorization)
        await say(socket, type="ping")
        assert [await heard(socket), await heard(socket)] == [
            {"type": "connection_ack"},
            {"type": "pong"},
        ]


@pytest.mark.parametrize(
    "text", ["[]", '"x"', "1", "null", "{", "", "{}", '{"type": 1}', '{"type": "unknown"}']
)
async def test_a_message_that_is_none_closes_the_socket(client: Client, text: str) -> None:
    async with opened(client) as socket:
        await socket.send(text)
        assert await closed(socket) == 4400


async def test_a_client_begins_by_saying_who_it_is(client: Client) -> None:
    async with raw(client) as socket:
        await say(socket, id="a", type="subscribe", payload={"query": "{ __typename }"})
        assert await closed(socket) == 4401


async def test_a_client_says_who_it_is_once(client: Client) -> None:
    async with opened(client) as socket:
        await say(socket, type="connection_init")
        assert await closed(socket) == 4429


async def test_a_client_that_never_says_who_it_is_is_let_go(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "INIT_TIME_LIMIT_S", 0.05)
    async with raw(client) as socket:
        assert await closed(socket) == 4408


@pytest.mark.parametrize("spoken", [None, [Subprotocol("graphql-ws")], [Subprotocol("mqtt")]])
async def test_another_protocol_is_not_spoken(
    client: Client, spoken: list[Subprotocol] | None
) -> None:
    """`graphql-ws` is the name of the protocol before this one, which the client of that name left."""
    url = client.url.replace("http://", "ws://")
    async with connect(url, subprotocols=spoken) as socket:
        assert await closed(socket) == 4406


async def test_a_page_of_another_site_may_not_open_a_socket(client: Client) -> None:
    with pytest.raises(InvalidStatus):
        async with raw(client, origin="https://elsewhere.example"):
            pass


async def test_an_id_that_is_in_use_closes_the_socket(client: Client) -> None:
    document = {"query": "{ __schema { types { fields { name } } } }"}
    async with opened(client) as socket:
        await asyncio.gather(
            *(say(socket, id="a", type="subscribe", payload=document) for _ in range(2))
        )
        assert await closed(socket) == 4409
