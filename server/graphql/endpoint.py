"""The endpoint: reads a request, finds its operation and its caller, runs it, and answers."""

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLSchema, OperationType
from starlette.requests import Request
from starlette.responses import Response

from plans.errors import AskerRefused
from plans.rows import Expression
from plans.running import Budget
from plans.statements import Statement
from resolvers.callers import Caller
from schema.api_keys import key_is_live
from schema.execution import VariablesInvalid, run
from server.graphiql import graphiql_page, wants_graphiql
from server.graphql.abandonment import Abandoned, UnlessAbandoned
from server.graphql.authentication import Callers, unauthenticated
from server.graphql.documents import Documents
from server.graphql.errors import (
    BAD_USER_INPUT,
    RequestRefused,
    refused_document,
)
from server.graphql.requests import METHODS, read_request
from server.graphql.responses import JSON, executed, media_type, refused

CLIENT_GONE = 499  # as nginx writes it in its log; nobody reads it


@dataclass(frozen=True)
class Context:
    """What an operation runs with."""

    caller: Caller
    secret: bytes
    settings: Mapping[str, str | None]
    guard: Expression | None
    plans: MutableMapping[Any, Statement]
    budget: Budget = field(default_factory=Budget)


def utc_now() -> datetime:
    """The clock: the one place that requests read it."""
    return datetime.now(UTC)


class GraphQLEndpoint:
    """Serves one schema at one address."""

    def __init__(
        self,
        schema: GraphQLSchema,
        secret: bytes,
        settings: Mapping[str, str | None],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._schema = schema
        self._documents = Documents(schema)
        self._secret = secret
        self._settings = settings
        self._callers = Callers(clock)

    async def answer(self, request: Request) -> Response:
        """The answer to one HTTP request; GraphiQL for a browser that opens the address."""
        if wants_graphiql(request):
            return await graphiql_page(request)
        media = JSON
        try:
            media = media_type(request)
            return await self._run(request, media)
        except RequestRefused as refusal:
            return refused(refusal, media)
        except Abandoned:
            return Response(status_code=CLIENT_GONE)

    async def _run(self, request: Request, media: str) -> Response:
        asked = await read_request(request)
        prepared = await self._documents.find(asked.query, asked.operation_name)
        operation = prepared.operation
        _refuse_by_get(asked.is_get, operation.node.operation)
        caller = await self._callers.find(request, operation)
        guard = key_is_live if caller.key_id else None
        context = Context(caller, self._secret, self._settings, guard, prepared.plans)
        # What changes something is carried through, whether or not somebody still waits for it.
        is_read = operation.node.operation is OperationType.QUERY
        try:
            async with UnlessAbandoned(request) if is_read else nullcontext():
                result = await run(self._schema, operation, asked.variables, context)
        except VariablesInvalid as invalid:
            raise refused_document(invalid.errors, BAD_USER_INPUT) from None
        if any(isinstance(error.original_error, AskerRefused) for error in result.errors or ()):
            self._callers.forget(request)
            raise unauthenticated()
        return executed(result, media, context.budget)


def _refuse_by_get(is_get: bool, kind: OperationType) -> None:
    if is_get and kind is not OperationType.QUERY:
        raise RequestRefused(
            405,
            "GET is for queries alone: use POST.",
            headers={"allow": METHODS.replace("GET, ", "")},
        )
    if kind is OperationType.SUBSCRIPTION:
        raise RequestRefused(400, "Subscribe over WebSocket or SSE, not by a plain request.")
