"""Gives every request an id, for its answer and its log lines; writes a line for those that failed or dragged."""

import re
import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.logs import REQUEST_ID

HEADER = b"x-request-id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A line for each request would cost as much as many a request: what went well is for metrics.
FAILED = 400
SLOW_S = 1.0
# What goes on until someone leaves is not slow.
STREAMED = (b"content-type", b"text/event-stream")

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

        token = REQUEST_ID.set(request_id)
        began_s = time.perf_counter()
        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            log.exception("request failed", **_facts(scope, 500, began_s))
            raise
        else:
            is_slow = not goes_on and time.perf_counter() - began_s > SLOW_S
            if status >= FAILED or is_slow:
                log.info("request", **_facts(scope, status, began_s))
        finally:
            REQUEST_ID.reset(token)


def _facts(scope: Scope, status: int, began_s: float) -> dict[str, object]:
    # The query string may hold a whole document, so it is left out.
    return {
        "method": scope.get("method", "WS"),
        "path": scope["path"],
        "status": status,
        "duration_ms": round((time.perf_counter() - began_s) * 1000, 1),
    }


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER and WELL_FORMED.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return secrets.token_hex(16)
