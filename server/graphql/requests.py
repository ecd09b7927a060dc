"""Requests: what a client sent, read strictly; whatever isn't a GraphQL request is refused here."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request

from server.graphql.errors import RequestRefused
from server.graphql.numbers import exact_numbers, has_inexact_number

BODY_BYTES_AT_MOST = 1024 * 1024
BODY_TIME_LIMIT_S = 15.0
URL_BYTES_AT_MOST = 32 * 1024
METHODS = "GET, POST, OPTIONS"
# Headers that no form and no plain cross-site request can carry.
PREFLIGHTED = ("graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")


@dataclass(frozen=True)
class GraphQLRequest:
    """One operation that a client wants."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]
    is_get: bool


async def read_request(request: Request) -> GraphQLRequest:
    """The request in an HTTP request. Raises RequestRefused."""
    if request.method == "POST":
        return _request(await _posted(request), is_get=False)
    if request.method == "GET":
        return _request(_queried(request), is_get=True)
    raise RequestRefused(405, f"Use POST, not {request.method}.", headers={"allow": METHODS})


async def _posted(request: Request) -> Any:
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise RequestRefused(415, "Send the request as application/json.")
    if "charset=" in content_type.lower() and "utf-8" not in content_type.lower():
        raise RequestRefused(415, "Send the request in UTF-8.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise RequestRefused(415, "Send the request without compression.")
    return decoded(await _body(request))


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIME_LIMIT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES_AT_MOST:
                    raise RequestRefused(413, f"A request has at most {BODY_BYTES_AT_MOST} bytes.")
    except TimeoutError:
        raise RequestRefused(408, "The request took too long to arrive.") from None
    except ClientDisconnect:
        raise RequestRefused(400, "The request broke off.") from None
    return bytes(body)


def decoded(body: bytes) -> Any:
    """The JSON of a body, its numbers exact. Raises RequestRefused."""
    try:
        value = orjson.loads(body)
        return exact_numbers(body) if has_inexact_number(value) else value
    except (ValueError, RecursionError):
        raise RequestRefused(400, "The request isn't valid JSON in UTF-8.") from None


def _queried(request: Request) -> dict[str, Any]:
    if len(request.scope["query_string"]) > URL_BYTES_AT_MOST:
        raise RequestRefused(414, f"A URL has at most {URL_BYTES_AT_MOST} bytes: use POST.")
    _refuse_other_sites(request.headers)
    given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if len({name for name, _ in given}) != len(given):
        raise RequestRefused(400, "Each parameter may be given once.")
    found: dict[str, Any] = {name: value for name, value in given if value}
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = decoded(found[name].encode())
    return found


def _refuse_other_sites(headers: Mapping[str, str]) -> None:
    """A page of another site can make a browser GET this; it can't read the answer, nor should it cost us."""
    came_from = headers.get("sec-fetch-site", "none")
    if came_from not in ("none", "same-origin") and not any(
        name in headers for name in PREFLIGHTED
    ):
        raise RequestRefused(403, "Another site's page may not ask by GET: use POST.", "FORBIDDEN")


def _request(given: Any, *, is_get: bool) -> GraphQLRequest:
    if not isinstance(given, dict):
        raise RequestRefused(400, "The request is a JSON object; batches aren't taken.")
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    if not isinstance(query, str) or not query:
        raise RequestRefused(400, "The request needs `query`, a text.")
    if not isinstance(name, str | None):
        raise RequestRefused(400, "`operationName` is a text or null.")
    if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
        raise RequestRefused(400, "`variables` and `extensions` are objects or null.")
    return GraphQLRequest(query, name or None, variables or {}, is_get)
