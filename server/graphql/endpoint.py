"""The endpoint: reads a request, finds its operation and its caller, runs it, and answers."""

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLSchema, OperationType
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

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
from server.graphql.requests import METHODS, GraphQLRequest, Incoming, read_request
from server.graphql.responses import (
    JSON,
    Answer,
    executed,
    failed,
    media_type,
    not_acceptable,
    refused,
)
from server.graphql.trusted import TrustedDocuments

AUTHORS = "SETTINGS_WRITE"
CLIENT_GONE = 499  # as nginx writes it in its log; nobody reads it


@dataclass(frozen=True, slots=True)
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
        trusted: TrustedDocuments | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._schema = schema
        self._documents = Documents(schema)
        self._secret = secret
        self._settings = settings
        self._trusted = trusted or TrustedDocuments()
        self._callers = Callers(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request; with GraphiQL, where a browser opens the address."""
        if scope["method"] in ("GET", "HEAD") and wants_graphiql(request := Request(scope)):
            await (await graphiql_page(request))(scope, receive, send)
            return
        incoming = Incoming.of(scope, receive)
        answer = await self._answer(incoming)
        if "gzip" in incoming.headers.get("accept-encoding", ""):
            answer = answer.compressed()
        await answer.send(send)

    async def _answer(self, incoming: Incoming) -> Answer:
        media = media_type(incoming.headers.get("accept", "*/*"))
        try:
            if media is None:
                raise not_acceptable()
            return await self._run(incoming, media)
        except RequestRefused as refusal:
            return refused(refusal, media or JSON)
        except Abandoned:
            return Answer(CLIENT_GONE, b"", JSON)
        except Exception as error:  # noqa: BLE001 - the last resort: masked, logged, answered
            return failed(error, media or JSON)

    def _text(self, asked: GraphQLRequest) -> str:
        if asked.document_id is not None:
            return self._trusted.text(asked.document_id, asked.query)
        return asked.query or ""

    async def _run(self, incoming: Incoming, media: str) -> Answer:
        asked = await read_request(incoming)
        prepared = await self._documents.find(self._text(asked), asked.operation_name)
        operation = prepared.operation
        _refuse_by_get(asked.is_get, operation.node.operation)
        caller = await self._callers.find(incoming.headers, operation)
        if asked.document_id is None and self._trusted.refuses_free_documents:
            _require_author(caller)
        guard = key_is_live if caller.key_id else None
        context = Context(caller, self._secret, self._settings, guard, prepared.plans)
        # What changes something is carried through, whether or not somebody still waits for it.
        is_read = operation.node.operation is OperationType.QUERY
        try:
            async with UnlessAbandoned(incoming.receive) if is_read else nullcontext():
                result = await run(self._schema, operation, asked.variables, context)
        except VariablesInvalid as invalid:
            raise refused_document(invalid.errors, BAD_USER_INPUT) from None
        if any(isinstance(error.original_error, AskerRefused) for error in result.errors or ()):
            self._callers.forget(incoming.headers)
            raise unauthenticated()
        return executed(result, media, context.budget)


def _require_author(caller: Caller) -> None:
    """Documents of one's own are for those who look after the server, so that GraphiQL still works."""
    if not caller.has(AUTHORS):
        raise RequestRefused(
            403,
            f"This server runs trusted documents alone; one of your own needs {AUTHORS}.",
            "FORBIDDEN",
            reason="DOCUMENT_NOT_TRUSTED",
            of_document=True,
        )


def _refuse_by_get(is_get: bool, kind: OperationType) -> None:
    if is_get and kind is not OperationType.QUERY:
        raise RequestRefused(
            405,
            "GET is for queries alone: use POST.",
            headers={"allow": METHODS.replace("GET, ", "")},
        )
    if kind is OperationType.SUBSCRIPTION:
        raise RequestRefused(400, "Subscribe over WebSocket or SSE, not by a plain request.")
