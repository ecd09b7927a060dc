"""HTTP/1.1 by uvicorn, with bounds on what it takes without any: heads, and bodies in tiny pieces."""

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.graphql.sse import ENDING

HEAD_BYTES_AT_MOST = 64 * 1024
PIECES_AT_MOST = 10_000
HEAD_END = b"\r\n\r\n"


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses a head that doesn't end, and a body of chunks that each cost more than they bring."""

    _is_in_head = True
    _head_bytes = 0
    _pieces = 0

    def data_received(self, data: bytes) -> None:
        """Takes in what has arrived, or refuses it and closes the connection."""
        if self._is_in_head:
            end = data.find(HEAD_END)
            self._head_bytes += len(data) if end < 0 else end
            if self._head_bytes > HEAD_BYTES_AT_MOST:
                self.send_400_response("The request's head is too large.")
                return
        super().data_received(data)

    def shutdown(self) -> None:
        """The server stops: what streams without end is told, the rest is answered first."""
        scope: Any = self.cycle.scope if self.cycle else {}
        if ENDING in scope:
            scope[ENDING].set()
        super().shutdown()

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._is_in_head = False
        self._head_bytes = self._pieces = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Takes in a piece of the body: a chunk, or what has arrived of it."""
        self._pieces += 1
        if self._pieces > PIECES_AT_MOST:
            raise httptools.HttpParserError("the body has too many pieces")
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The next head begins."""
        self._is_in_head = True
        super().on_message_complete()
