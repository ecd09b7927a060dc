"""Server-sent events: a subscription answered over HTTP, as graphql-sse's distinct connections say."""

import asyncio
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import aclosing
from typing import Any

import orjson
from starlette.types import Receive, Send

from server.graphql.authentication import unauthenticated
from server.graphql.errors import masked
from server.graphql.feed import NotWelcome
from server.graphql.responses import HEADERS, accepts
from server.graphql.subscriptions import Payload

EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 12.0
ENDING = "billgraph.ending"
"""The key of a scope under which whoever streams without end is told that the server stops."""


def accepts_events(accept: str) -> bool:
    """Whether a client takes server-sent events, by an Accept header that names them."""
    return EVENT_STREAM in accept.lower() and accepts(accept, EVENT_STREAM)


class EventStream:
    """An answer that goes on until either side leaves."""

    def __init__(
        self,
        payloads: AsyncGenerator[Payload, None],
        receive: Receive,
        scope: MutableMapping[str, Any],
    ) -> None:
        self._payloads = payloads
        self._receive = receive
        self._ending: asyncio.Event = scope.setdefault(ENDING, asyncio.Event())

    async def compressed(self) -> "EventStream":
        """What goes out piece by piece stays as it is."""
        return self

    async def send(self, send: Send) -> None:
        """Sends what there is, and a heartbeat where there is nothing for long."""
        headers = [
            (b"content-type", EVENT_STREAM.encode()),
            (b"x-accel-buffering", b"no"),
            *HEADERS,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        # Whoever waits for the head knows now that nothing will be missed.
        await _piece(send, b":\n\n")
        telling = asyncio.create_task(self._tell(send))
        leaving = [asyncio.create_task(one) for one in (self._left(), self._ending.wait())]
        try:
            await asyncio.wait({telling, *leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, *leaving):
                task.cancel()
            await asyncio.wait({telling})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, send: Send) -> None:
        beating = asyncio.create_task(_beat(send))
        try:
            async with aclosing(self._payloads) as payloads:
                async for payload in payloads:
                    await _next(send, payload)
        except NotWelcome:
            await _next(send, {"errors": unauthenticated().errors})
        except Exception as error:  # noqa: BLE001 - the last resort: masked, logged, told
            await _next(send, {"errors": [masked(error)]})
        finally:
            beating.cancel()
        await _piece(send, b"event: complete\ndata:\n\n")

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _beat(send: Send) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        await _piece(send, b":\n\n")


async def _next(send: Send, payload: Payload) -> None:
    await _piece(send, b"event: next\ndata: " + orjson.dumps(payload) + b"\n\n")


async def _piece(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
