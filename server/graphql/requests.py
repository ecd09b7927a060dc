"""Requests: what a client sent, read strictly; whatever isn't a GraphQL request is refused here."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from server.bodies import BrokenOff, TooLarge, read_body
from server.graphql.errors import FORBIDDEN, RequestRefused
from server.graphql.numbers import exact_numbers, has_inexact_number

BODY_BYTES_AT_MOST = 1024 * 1024
BODY_TIME_LIMIT_S = 15.0
# Each takes its time to decode, coerce and bind; an invoice of 500 lines has some thousands.
VALUES_AT_MOST = 50_000
LIST_AT_MOST = 1_000
URL_BYTES_AT_MOST = 32 * 1024
METHODS = "GET, POST"
# Headers that no form and no plain cross-site request can carry.
PREFLIGHTED = ("graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")


class Incoming(NamedTuple):
    """An HTTP request as it arrives; header names are in lower case."""

    method: str
    headers: Mapping[str, str]
    query_string: bytes
    receive: Receive
    scope: Scope

    @classmethod
    def of(cls, scope: Scope, receive: Receive) -> Self:
        """What ASGI hands over."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        return cls(scope["method"], headers, scope["query_string"], receive, scope)


class GraphQLRequest(NamedTuple):
    """One operation that a client wants."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: dict[str, Any]
    is_get: bool


async def read_request(incoming: Incoming) -> GraphQLRequest:
    """The request in an HTTP request. Raises RequestRefused."""
    if incoming.method == "POST":
        return asked_for(await _posted(incoming))
    if incoming.method == "GET":
        return asked_for(_queried(incoming), is_get=True)
    raise RequestRefused(405, f"Use POST, not {incoming.method}.", headers={"allow": METHODS})


async def _posted(incoming: Incoming) -> Any:
    content_type = incoming.headers.get("content-type", "").lower()
    if content_type.partition(";")[0].strip() != "application/json":
        raise RequestRefused(415, "Send the request as application/json.")
    if "charset=" in content_type and "utf-8" not in content_type:
        raise RequestRefused(415, "Send the request in UTF-8.")
    if incoming.headers.get("content-encoding", "identity") != "identity":
        raise RequestRefused(415, "Send the request without compression.")
    _refuse_large(incoming.headers.get("content-length", ""))
    return decoded(await _body(incoming.receive))


def _refuse_large(announced: str) -> None:
    """Before any of it is heard, where it is said how much will come; the parser has seen to its form."""
    if announced and int(announced) > BODY_BYTES_AT_MOST:
        raise _too_large()


def _too_large() -> RequestRefused:
    return RequestRefused(413, f"A request has at most {BODY_BYTES_AT_MOST} bytes.")


async def _body(receive: Receive) -> bytes:
    try:
        async with asyncio.timeout(BODY_TIME_LIMIT_S):
            return await read_body(receive, BODY_BYTES_AT_MOST)
    except TimeoutError:
        raise RequestRefused(408, "The request took too long to arrive.") from None
    except TooLarge:
        raise _too_large() from None
    except BrokenOff:
        raise RequestRefused(400, "The request broke off.") from None


def decoded(body: bytes) -> Any:
    """The JSON of a body, its numbers exact. Raises RequestRefused."""
    if len(body) > VALUES_AT_MOST and _values_at_most(body) > VALUES_AT_MOST:
        raise RequestRefused(400, f"A request has at most {VALUES_AT_MOST:,} values.")
    try:
        value = orjson.loads(body)
        return exact_numbers(body) if has_inexact_number(value) else value
    except (ValueError, RecursionError):
        raise RequestRefused(400, "The request isn't valid JSON in UTF-8.") from None


def _values_at_most(body: bytes) -> int:
    """No fewer values than JSON has, reckoned in no time; what looks like JSON in texts counts too."""
    return 1 + sum(map(body.count, (b",", b"[", b"{")))


def _queried(incoming: Incoming) -> dict[str, Any]:
    if len(incoming.query_string) > URL_BYTES_AT_MOST:
        raise RequestRefused(414, f"A URL has at most {URL_BYTES_AT_MOST} bytes: use POST.")
    _refuse_other_sites(incoming.headers)
    given = parse_qsl(incoming.query_string.decode("latin-1"), keep_blank_values=True)
    if len({name for name, _ in given}) != len(given):
        raise RequestRefused(400, "Each parameter may be given once.")
    found: dict[str, Any] = {name: value for name, value in given if value}
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = decoded(found[name].encode())
    return found


def _refuse_other_sites(headers: Mapping[str, str]) -> None:
    """A page of another site can make a browser GET this; it can't read the answer, nor cost us."""
    came_from = headers.get("sec-fetch-site", "none")
    if came_from not in ("none", "same-origin") and not any(
        name in headers for name in PREFLIGHTED
    ):
        raise RequestRefused(403, "Another site's page may not ask by GET: use POST.", FORBIDDEN)


def asked_for(given: Any, *, is_get: bool = False) -> GraphQLRequest:
    """The operation that a JSON object asks for. Raises RequestRefused."""
    if not isinstance(given, dict):
        raise RequestRefused(400, "The request is a JSON object; batches aren't taken.")
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    if not isinstance(query, str | None):
        raise RequestRefused(400, "`query` is a text.")
    if not isinstance(name, str | None):
        raise RequestRefused(400, "`operationName` is a text or null.")
    if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
        raise RequestRefused(400, "`variables` and `extensions` are objects or null.")
    _refuse_long_lists(variables)
    document_id = _document_id(given.get("documentId"), extensions or {})
    if not query and not document_id:
        raise RequestRefused(400, "The request needs `query`, a text, or `documentId`.")
    return GraphQLRequest(query or None, document_id, name or None, variables or {}, is_get)


def _refuse_long_lists(variables: Any) -> None:
    waiting = [variables]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            if len(value) > LIST_AT_MOST:
                raise RequestRefused(
                    400, f"A list has at most {LIST_AT_MOST:,} items, not {len(value):,}."
                )
            waiting += value


def _document_id(document_id: Any, extensions: Mapping[str, Any]) -> str | None:
    """The id of a trusted document, as the HTTP specification has it or as Apollo's extension."""
    persisted = extensions.get("persistedQuery")
    if document_id is None and isinstance(persisted, dict):
        document_id = persisted.get("sha256Hash")
    if not isinstance(document_id, str | None):
        raise RequestRefused(400, "A document's id is a text.")
    return document_id or None
