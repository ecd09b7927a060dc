"""Gives every request an id, for its answer and its log lines; counts it, and tells of it if it failed or dragged."""

import re
import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.logs import FACTS
from server.metrics.instruments import OPERATIONS, OUTCOME, REQUESTS

HEADER = b"x-request-id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A line for each request would cost as much as many a request: what went well is for metrics.
FAILED = 400
SLOW_S = 1.0
# What goes on until someone leaves is not slow.
STREAMED = (b"content-type", b"text/event-stream")
PLACES = {
    "pay": "pay",
    "files": "files",
    "callbacks": "callbacks",
    "static": "static",
    **dict.fromkeys(("graphql", "graphiql"), "graphiql"),
    **dict.fromkeys(("healthz", "readyz", "metrics"), "probes"),
}
CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")

log = structlog.stdlib.get_logger(__name__)


class RequestLog:
    """ASGI middleware, to stand outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Binds the id for as long as the request or WebSocket lasts."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        header = (HEADER, request_id.encode())
        status, goes_on = 0, scope["type"] == "websocket"

        async def send_with_id(message: Message) -> None:
            nonlocal status, goes_on
            if message["type"] in ("http.response.start", "websocket.accept"):
                status = message.get("status", 101)
                message["headers"] = [*message.get("headers", ()), header]
                goes_on = goes_on or STREAMED in message["headers"]
            await send(message)

        token = FACTS.set({"request_id": request_id})
        began_s = time.perf_counter()
        try:
            await self.app(scope, receive, send_with_id)
            took_s = time.perf_counter() - began_s
            if status >= FAILED or (took_s > SLOW_S and not goes_on):
                log.info("request", **_facts(scope, status, took_s))
            if not goes_on:
                _count(scope, status, took_s)
        except Exception:
            took_s = time.perf_counter() - began_s
            log.exception("request failed", **_facts(scope, 500, took_s))
            _count(scope, 500, took_s)
            raise
        finally:
            FACTS.reset(token)


def _count(scope: Scope, status: int, took_s: float) -> None:
    """As an operation, where it came so far; else by where it went: never by a client's words."""
    outcome = scope.get(OUTCOME)
    if outcome:
        OPERATIONS.add(took_s, *outcome)
    elif scope["type"] == "http":
        place = PLACES.get(scope["path"].removeprefix("/").partition("/")[0], "other")
        REQUESTS.add(took_s, place, CLASSES[status // 100])


def _facts(scope: Scope, status: int, took_s: float) -> dict[str, object]:
    # The query string may hold a whole document, so it is left out.
    return {
        "method": scope.get("method", "WS"),
        "path": scope["path"],
        "status": status,
        "duration_ms": round(took_s * 1000, 1),
    }


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER and WELL_FORMED.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return secrets.token_hex(16)
