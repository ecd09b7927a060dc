"""Followers for tests: subscriptions over WebSocket and over server-sent events, as clients see them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection

from tests.server.graphql.test_sockets import heard, opened, say
from tests.site import Client

PATIENCE_S = 60
NAMES = "subscription($after: ID) { events(after: $after) { id name subjectId } }"


class Stream:
    """Server-sent events as they arrive."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """The next event's kind and data; comments are passed over."""
        kind, told = "", None
        async with asyncio.timeout(PATIENCE_S):
            async for line in self._lines:
                if line.startswith("event:"):
                    kind = line.removeprefix("event:").strip()
                elif line.startswith("data:"):
                    text = line.removeprefix("data:").strip()
                    told = json.loads(text) if text else None
                elif not line and kind:
                    return kind, told
        return "end", None

    async def event(self) -> Any:
        """The next event of the workspace."""
        kind, told = await self.next()
        assert kind == "next", (kind, told)
        assert "errors" not in told, told
        return told["data"]["events"]


@asynccontextmanager
async def streaming(
    client: Client, document: str = NAMES, accept: str = "text/event-stream", **variables: Any
) -> AsyncIterator[Stream]:
    """A subscription over server-sent events, which misses nothing from here on."""
    headers = {**client.authorization, "accept": accept}
    asked = {"query": document, "variables": variables}
    async with client.http.stream("POST", client.url, headers=headers, json=asked) as response:
        yield Stream(response)


class Told:
    """A subscription on a socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def message(self) -> Any:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            return await heard(self.socket)

    async def event(self) -> Any:
        """The next event of the workspace."""
        message = await self.message()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]["events"]


@asynccontextmanager
async def subscribed(
    client: Client, document: str = NAMES, compression: str | None = "deflate", **variables: Any
) -> AsyncIterator[Told]:
    """A subscription over WebSocket."""
    async with opened(client, compression=compression) as socket:
        payload = {"query": document, "variables": variables}
        await say(socket, id="live", type="subscribe", payload=payload)
        yield Told(socket)


async def last_event(client: Client) -> str | None:
    """The id of the workspace's last event."""
    found = await client.ask("{ events(first: 1) { nodes { id } } }")
    nodes = found["events"]["nodes"]
    return nodes[0]["id"] if nodes else None
