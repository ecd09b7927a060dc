"""GraphQL over WebSocket: queries, mutations and subscriptions by the graphql-transport-ws protocol."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.graphql import outcomes
from server.graphql.errors import RequestRefused, masked
from server.graphql.feed import NotWelcome
from server.graphql.operations import Operations, Ready
from server.graphql.requests import GraphQLRequest, asked_for, decoded
from server.graphql.responses import content_of
from server.graphql.subscriptions import Payload

PROTOCOL = "graphql-transport-ws"
INIT_TIME_LIMIT_S = 10.0
OPERATIONS_AT_ONCE = 100


class Close(IntEnum):
    """Why a socket is closed, in the protocol's own codes."""

    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    WRONG_PROTOCOL = 4406
    INIT_TOO_LATE = 4408
    ID_IN_USE = 4409
    TOO_MANY = 4429


class Closing(Exception):
    """The socket is to be closed."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class GraphQLSockets:
    """GraphQL over WebSocket, for pages of these origins and for programs."""

    def __init__(self, operations: Operations, origins: tuple[str, ...] = ()) -> None:
        self._operations = operations
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one socket until either side closes it."""
        socket = WebSocket(scope, receive, send)
        if not self._may_open(socket):
            await socket.close(Close.FORBIDDEN, "This page may not open a socket here.")
        elif PROTOCOL not in scope.get("subprotocols", ()):
            await socket.accept()
            await socket.close(Close.WRONG_PROTOCOL, f"Speak {PROTOCOL}.")
        else:
            await socket.accept(PROTOCOL)
            await _Conversation(socket, self._operations).hold()

    def _may_open(self, socket: WebSocket) -> bool:
        origin = socket.headers.get("origin")
        if origin is None or origin in self._origins or "*" in self._origins:
            return True
        return urlsplit(origin).netloc == socket.headers.get("host")


class _Conversation:
    """One socket: what is under way on it, by the client's ids."""

    def __init__(self, socket: WebSocket, operations: Operations) -> None:
        self._socket = socket
        self._operations = operations
        self._headers: Mapping[str, str] | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._is_closed = False

    async def hold(self) -> None:
        """Answers messages until the socket is closed; what is under way then ends."""
        try:
            async with asyncio.timeout(INIT_TIME_LIMIT_S):
                await self._begin()
            while True:
                await self._take(await self._message())
        except Closing as closing:
            await self._socket.close(closing.code, closing.reason)
        except TimeoutError:
            await self._socket.close(Close.INIT_TOO_LATE, "connection_init came too late.")
        except WebSocketDisconnect:
            pass
        finally:
            for task in self._running.values():
                task.cancel()

    async def _begin(self) -> None:
        """Waits for connection_init, whose payload may carry the key as a header would."""
        while self._headers is None:
            message = await self._message()
            if message["type"] == "ping":
                await self._say(type="pong")
            elif message["type"] != "connection_init":
                raise Closing(Close.UNAUTHORIZED, "Begin with connection_init.")
            else:
                await self._admit(self._credentials(message.get("payload")))
                await self._say(type="connection_ack")

    async def _admit(self, headers: Mapping[str, str]) -> None:
        """Whoever says who they are is known, or not let in; nobody in particular may see the schema."""
        try:
            await self._operations.check_key(headers)
        except RequestRefused:
            raise Closing(Close.FORBIDDEN, "This key is of no use.") from None
        self._headers = headers

    def _credentials(self, payload: Any) -> Mapping[str, str]:
        given = payload if isinstance(payload, dict) else {}
        named = {name.lower(): value for name, value in given.items() if isinstance(value, str)}
        found = named.get("authorization") or self._socket.headers.get("authorization")
        return {"authorization": found} if found else {}

    async def _take(self, message: Mapping[str, Any]) -> None:
        kind = message["type"]
        if kind == "subscribe":
            self._start(message)
        elif kind == "complete":
            task = self._running.pop(_id_of(message), None)
            if task:
                task.cancel()
        elif kind == "ping":
            await self._say(type="pong")
        elif kind == "connection_init":
            raise Closing(Close.TOO_MANY, "connection_init was said already.")
        elif kind != "pong":
            raise Closing(Close.BAD_MESSAGE, "This type of message isn't known.")

    def _start(self, message: Mapping[str, Any]) -> None:
        name = _id_of(message)
        if name in self._running:
            raise Closing(Close.ID_IN_USE, f"Subscriber for {name} already exists")
        if len(self._running) >= OPERATIONS_AT_ONCE:
            raise Closing(Close.TOO_MANY, f"At most {OPERATIONS_AT_ONCE} operations at once.")
        task = asyncio.create_task(self._run(name, message.get("payload")))
        self._running[name] = task

    async def _run(self, name: str, payload: Any) -> None:
        headers, once = self._headers or {}, outcomes.Once()
        try:
            asked = asked_for(payload)
            ready = await self._operations.prepare(asked, headers)
            async with aclosing(self._payloads(ready, asked, headers, once)) as payloads:
                async for answer in payloads:
                    await self._say(id=name, type="next", payload=answer)
            await self._say(id=name, type="complete")
        except NotWelcome:
            await self._turn_away()
        except RequestRefused as refusal:
            once.count(outcomes.NOT_RUN, outcomes.of_refusal(refusal))
            await self._say(id=name, type="error", payload=refusal.errors)
        except WebSocketDisconnect:
            pass
        except Exception as error:  # noqa: BLE001 - the last resort: masked, logged, answered
            once.count(outcomes.NOT_RUN, "failed")
            await self._say(id=name, type="error", payload=[masked(error)])
        finally:
            self._running.pop(name, None)

    async def _payloads(
        self, ready: Ready, asked: GraphQLRequest, headers: Mapping[str, str], once: outcomes.Once
    ) -> AsyncGenerator[Payload, None]:
        """One answer, or those of a subscription."""
        if ready.kind is not OperationType.SUBSCRIPTION:
            result = await self._operations.execute(ready, asked, headers)
            once.count(ready.kind.value, outcomes.of_result(result))
            yield content_of(result, ready.context.budget)
            return
        told = await self._operations.subscribe(ready, asked)
        once.count(ready.kind.value, "ok")
        async with aclosing(told):
            async for answer in told:
                yield answer

    async def _turn_away(self) -> None:
        """Closes the socket of someone who is not welcome any more, once for all its operations."""
        if not self._is_closed:
            self._is_closed = True
            await self._socket.close(Close.FORBIDDEN, "This key is of no use any more.")

    async def _message(self) -> Mapping[str, Any]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        text = received.get("text")
        try:
            message = decoded((text or "").encode())
        except RequestRefused:
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closing(Close.BAD_MESSAGE, "A message is a JSON object with a type.")
        return message

    async def _say(self, **message: Any) -> None:
        await self._socket.send_text(orjson.dumps(message).decode())


def _id_of(message: Mapping[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not name:
        raise Closing(Close.BAD_MESSAGE, "The message needs an id.")
    return name
