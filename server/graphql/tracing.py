"""Traced operations: a span for each, named by its type, with its document's hash and without its words."""

from collections.abc import Mapping
from hashlib import sha256

from graphql.execution import ExecutionResult
from starlette.types import Receive, Scope, Send

from domain.identifiers import encode_id
from models import tracing
from models.tracing import TRACEPARENT
from server.graphql.endpoint import GraphQLEndpoint
from server.graphql.operations import Operations, Ready
from server.graphql.requests import GraphQLRequest
from server.graphql.sse import EVENT_STREAM
from server.metrics.instruments import OUTCOME
from server.tracing.writing import annotate


class TracedEndpoint(GraphQLEndpoint):
    """Each request is a span, of the caller's trace where it says so."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an endpoint does."""
        headers = dict(scope["headers"])
        if EVENT_STREAM.encode() in headers.get(b"accept", b""):
            # It goes on for hours, and a span is told once it has ended.
            await super().__call__(scope, receive, send)
            return
        parent = headers.get(TRACEPARENT.encode(), b"").decode("latin-1") or None
        with tracing.span("GraphQL", "server", {"http.request.method": scope["method"]}, parent):
            await super().__call__(scope, receive, send)
            if OUTCOME in scope:
                annotate({"billgraph.outcome": scope[OUTCOME][1]})


class TracedOperations(Operations):
    """Says on its span which operation it is; one on a socket begins a span of its own."""

    async def prepare(self, asked: GraphQLRequest, headers: Mapping[str, str]) -> Ready:
        """As operations are."""
        with tracing.span("prepare"):
            ready = await super().prepare(asked, headers)
        if tracing.traceparent() is not None:
            annotate(_facts(ready, asked))
        return ready

    async def execute(
        self, ready: Ready, asked: GraphQLRequest, headers: Mapping[str, str]
    ) -> ExecutionResult:
        """As operations are."""
        if tracing.traceparent() is not None:
            return await super().execute(ready, asked, headers)
        facts = _facts(ready, asked)
        with tracing.span(str(facts.pop("name")), "server", facts):
            return await super().execute(ready, asked, headers)


def _facts(ready: Ready, asked: GraphQLRequest) -> dict[str, str]:
    name = ready.operation.node.name
    text = asked.query or asked.document_id or ""
    return {
        "name": f"GraphQL {ready.kind.value}",
        "graphql.operation.type": ready.kind.value,
        **({"graphql.operation.name": name.value} if name else {}),
        "graphql.document.hash": sha256(text.encode()).hexdigest(),
        "billgraph.workspace.id": encode_id("wsp", ready.context.caller.workspace_id),
    }
