"""Responses: media types as clients accept them, statuses by the graphql-over-http rules, JSON by orjson."""

from typing import Any

import orjson
from graphql.execution import ExecutionResult
from starlette.requests import Request
from starlette.responses import Response

from plans.running import Budget
from server.graphql.errors import RequestRefused, written

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
HEADERS = {"cache-control": "no-store", "vary": "accept", "x-content-type-options": "nosniff"}


def media_type(request: Request) -> str:
    """The media type to answer in. Raises RequestRefused where the client takes neither."""
    accept = request.headers.get("accept", "*/*")
    weights = {name: _weight(accept, name) for name in (GRAPHQL, JSON)}
    if not any(weights.values()):
        raise RequestRefused(406, f"This is answered as {GRAPHQL} or {JSON}.")
    if weights[GRAPHQL] > weights[JSON] or (
        weights[GRAPHQL] and GRAPHQL in accept.lower() and weights[GRAPHQL] >= weights[JSON]
    ):
        return GRAPHQL
    return JSON


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


def executed(result: ExecutionResult, media: str, budget: Budget) -> Response:
    """The answer to an operation that ran, with or without faults in it, and what it cost."""
    content: dict[str, Any] = {"data": result.data}
    if result.errors:
        content["errors"] = [written(error) for error in result.errors]
    if budget.spent:
        content["extensions"] = {"cost": {"rows": budget.spent, "limit": budget.limit}}
    return Response(orjson.dumps(content), 200, HEADERS, media)


def refused(refusal: RequestRefused, media: str) -> Response:
    """The answer to a request that didn't run; it has no data at all."""
    status = 200 if refusal.of_document and media == JSON else refusal.status
    content = orjson.dumps({"errors": refusal.errors})
    return Response(content, status, {**HEADERS, **refusal.headers}, media)
