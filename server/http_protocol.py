"""HTTP/1.1 by uvicorn, with bounds on what it takes without any: how much, how slowly, and in what pieces."""

import asyncio
import re
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.graphql.sse import ENDING

HEAD_BYTES_AT_MOST = 64 * 1024
# No page takes as much; one that has refused a body early goes on hearing it for so long.
BODY_BYTES_AT_MOST = 16 * 1024 * 1024
PIECES_AT_MOST = 10_000
ARRIVAL_TIME_LIMIT_S = 30.0
# A client that has this much left to take, and takes less than that of it in so long, is let go.
STALLED_AFTER_S = 30.0
TAKEN_BYTES_AT_LEAST = 8 * 1024
HEAD_END = b"\r\n\r\n"
# Java's own client offers it with every request. Who doesn't take it goes on as if nothing was
# said (RFC 9110, 7.8); the parser would take the body for the other protocol's.
HTTP_2 = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n|$)", re.IGNORECASE)


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses heads that don't end, bodies in tiny pieces, and what says in two ways where it ends."""

    _is_in_head = True
    _is_arriving = False
    _head_bytes = 0
    _body_bytes = 0
    _pieces = 0
    _arrival: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client is there, and has so long to say what it wants."""
        super().connection_made(transport)
        self._arrival = self.loop.call_later(ARRIVAL_TIME_LIMIT_S, self._give_up_hearing)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes in what has arrived, or refuses it and closes the connection."""
        if self._is_in_head:
            end = data.find(HEAD_END)
            self._head_bytes += len(data) if end < 0 else end
            if self._head_bytes > HEAD_BYTES_AT_MOST:
                self.send_400_response("The request's head is too large.")
                return
            if b"h2c" in data and end >= 0:
                data = HTTP_2.sub(b"", data[:end]) + data[end:]
        super().data_received(data)
        if self._is_arriving and self._arrival is None and not self.transport.is_closing():
            self._arrival = self.loop.call_later(ARRIVAL_TIME_LIMIT_S, self._give_up_hearing)

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes the connection over, and its time limits with it."""
        self._stop_waiting()
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """The server stops: what streams without end is told, the rest is answered first."""
        scope: Any = self.cycle.scope if self.cycle else {}
        if ENDING in scope:
            scope[ENDING].set()
        super().shutdown()

    def on_message_begin(self) -> None:
        """A request has begun to arrive."""
        self._is_arriving = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The body begins. Raises HttpParserError for a head that others may read otherwise."""
        self._is_in_head = False
        self._head_bytes = self._body_bytes = self._pieces = 0
        self._check_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Takes in a piece of the body: a chunk, or what has arrived of it."""
        self._pieces += 1
        self._body_bytes += len(body)
        if self._pieces > PIECES_AT_MOST:
            raise httptools.HttpParserError("the body has too many pieces")
        if self._body_bytes > BODY_BYTES_AT_MOST:
            raise httptools.HttpParserError("the body is too large")
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The next head begins."""
        self._is_in_head = True
        self._is_arriving = False
        if self._arrival is not None:
            self._arrival.cancel()
            self._arrival = None
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client takes less than it is sent."""
        super().pause_writing()
        self._watch_taking(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """It has taken it."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        super().resume_writing()

    def _check_head(self) -> None:
        """Both are faults by RFC 9112 that the parser overlooks: a host that isn't said once, and a
        coding around the chunks, which a server in front of this one may have taken off."""
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts != 1 and not (hosts == 0 and self.parser.get_http_version() == "1.0"):
            raise httptools.HttpParserError("the host is said once")
        for name, value in self.headers:
            if name == b"transfer-encoding" and value.strip().lower() != b"chunked":
                raise httptools.HttpParserError("no other coding than chunked is taken")

    def _give_up_hearing(self) -> None:
        """Closes the connection; says why where that cannot be taken for another answer."""
        self._arrival = None
        if self._is_arriving and self._may_answer():
            self.send_400_response("The request took too long to arrive.")
        else:
            self.transport.close()

    def _may_answer(self) -> bool:
        """Whether what arrives has no answer yet, and no answer before it is still on its way."""
        cycle = self.cycle
        if self._is_in_head:
            return cycle is None or cycle.response_complete
        return not cycle.response_started and not self.pipeline

    def _watch_taking(self, left_bytes: int) -> None:
        self._taking = self.loop.call_later(STALLED_AFTER_S, self._check_taking, left_bytes)

    def _check_taking(self, left_bytes: int) -> None:
        now_left_bytes = self.transport.get_write_buffer_size()
        if left_bytes - now_left_bytes < TAKEN_BYTES_AT_LEAST:
            self.transport.abort()
        else:
            self._watch_taking(now_left_bytes)

    def _stop_waiting(self) -> None:
        for timer in (self._arrival, self._taking):
            if timer is not None:
                timer.cancel()
        self._arrival = self._taking = None
