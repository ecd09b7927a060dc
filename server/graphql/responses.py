"""Responses: media types as clients accept them, statuses by the graphql-over-http rules, JSON by orjson."""

import asyncio
import gzip
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from graphql.execution import ExecutionResult
from starlette.types import Send

from plans.running import Budget
from server.graphql.errors import RequestRefused, is_out_of_reach, masked, written
from server.graphql.metering import Meter

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"vary", b"accept, accept-encoding"),
    (b"x-content-type-options", b"nosniff"),
)
ACCEPT_LENGTH_AT_MOST = 1_000
WORTH_COMPRESSING = 2_048
COMPRESSED_AT_ONCE = 64 * 1024
COMPRESSION_LEVEL = 3
RETRY_AFTER_S = 1


class Answer(NamedTuple):
    """What goes out."""

    status: int
    body: bytes
    media: str
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def with_headers(self, more: tuple[tuple[bytes, bytes], ...]) -> "Answer":
        """The same with more said of it."""
        return self._replace(headers=(*self.headers, *more)) if more else self

    async def compressed(self) -> "Answer":
        """The same, smaller on its way; what is short already stays as it is.

        What is long is compressed beside the event loop, which goes on meanwhile.
        """
        if len(self.body) < WORTH_COMPRESSING:
            return self
        if len(self.body) < COMPRESSED_AT_ONCE:
            body = gzip.compress(self.body, COMPRESSION_LEVEL, mtime=0)
        else:
            body = await asyncio.to_thread(gzip.compress, self.body, COMPRESSION_LEVEL, mtime=0)
        headers = (*self.headers, (b"content-encoding", b"gzip"))
        return Answer(self.status, body, self.media, headers)

    async def send(self, send: Send) -> None:
        """Sends it."""
        facts = (
            (b"content-type", self.media.encode()),
            (b"content-length", b"%d" % len(self.body)),
        )
        headers = [*facts, *HEADERS, *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


@lru_cache(1_000)
def media_type(accept: str) -> str | None:
    """The media type to answer in, by an Accept header; None where the client takes neither."""
    if len(accept) > ACCEPT_LENGTH_AT_MOST:
        return None
    weights = {name: _weight(accept, name) for name in (GRAPHQL, JSON)}
    if not any(weights.values()):
        return None
    names_ours = GRAPHQL in accept.lower()
    if weights[GRAPHQL] > weights[JSON] or (names_ours and weights[GRAPHQL] == weights[JSON]):
        return GRAPHQL
    return JSON


def accepts(accept: str, media: str) -> bool:
    """Whether a client takes a media type, by an Accept header."""
    return len(accept) <= ACCEPT_LENGTH_AT_MOST and _weight(accept, media) > 0


@lru_cache(1_000)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client takes a compressed answer, by an Accept-Encoding header."""
    if len(accept_encoding) > ACCEPT_LENGTH_AT_MOST:
        return False
    weights = {}
    for part in accept_encoding.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name] = _quality(parameters)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(accept: str, media: str) -> float:
    """The weight that the most specific range of an Accept header gives to a media type."""
    best, weight = -1, 0.0
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        ranges = {"*/*": 0, f"{media.partition('/')[0]}/*": 1, media: 2}
        if ranges.get(name, -1) > best:
            best, weight = ranges[name], _quality(parameters)
    return weight


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def executed(result: ExecutionResult, media: str, meter: Meter) -> Answer:
    """The answer to an operation that ran, with or without faults in it, and what it cost."""
    return Answer(200, orjson.dumps(content_of(result, meter)), media, meter.headers())


def content_of(result: ExecutionResult, budget: Budget) -> dict[str, Any]:
    """The answer to an operation as a JSON object."""
    content: dict[str, Any] = {"data": result.data}
    if result.errors:
        content["errors"] = [written(error) for error in result.errors]
    if budget.spent:
        content["extensions"] = {"cost": {"rows": budget.spent, "limit": budget.limit}}
    return content


def refused(refusal: RequestRefused, media: str) -> Answer:
    """The answer to a request that didn't run; it has no data at all."""
    status = 200 if refusal.of_document and media == JSON else refusal.status
    headers = tuple((name.encode(), value.encode()) for name, value in refusal.headers.items())
    return Answer(status, orjson.dumps({"errors": refusal.errors}), media, headers)


def failed(error: Exception, media: str) -> Answer:
    """The answer where we failed: masked, with the number under which it was logged.

    503 where the database is away, so that whoever stands in between sends it elsewhere or again.
    """
    body = orjson.dumps({"errors": [masked(error)]})
    if is_out_of_reach(error):
        return Answer(503, body, media, ((b"retry-after", b"%d" % RETRY_AFTER_S),))
    return Answer(500, body, media)


def not_acceptable() -> RequestRefused:
    """The refusal of a client that takes neither media type."""
    return RequestRefused(406, f"This is answered as {GRAPHQL} or {JSON}.")
