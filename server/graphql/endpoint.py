"""The endpoint: reads a request, has its operation run, and answers."""

from contextlib import nullcontext

from graphql import OperationType
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from server.graphiql import graphiql_page, wants_graphiql
from server.graphql import outcomes
from server.graphql.abandonment import Abandoned, UnlessAbandoned
from server.graphql.errors import RequestRefused
from server.graphql.operations import Operations, Ready
from server.graphql.requests import METHODS, GraphQLRequest, Incoming, read_request
from server.graphql.responses import (
    GRAPHQL,
    JSON,
    Answer,
    executed,
    failed,
    media_type,
    not_acceptable,
    refused,
    takes_gzip,
)
from server.graphql.sse import EVENT_STREAM, EventStream, accepts_events

CLIENT_GONE = 499  # as nginx writes it in its log; nobody reads it


class GraphQLEndpoint:
    """GraphQL over HTTP."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request; with GraphiQL, where a browser opens the address."""
        if scope["method"] in ("GET", "HEAD") and wants_graphiql(request := Request(scope)):
            await (await graphiql_page(request))(scope, receive, send)
            return
        incoming = Incoming.of(scope, receive)
        answer = await self._answer(incoming)
        if takes_gzip(incoming.headers.get("accept-encoding", "")):
            answer = await answer.compressed()
        await answer.send(send)

    async def _answer(self, incoming: Incoming) -> Answer | EventStream:
        accept = incoming.headers.get("accept", "*/*")
        media = media_type(accept)
        takes_events = media is None and accepts_events(accept)
        otherwise = GRAPHQL if takes_events else JSON
        try:
            if media is None and not takes_events:
                raise not_acceptable()
            return await self._run(incoming, media)
        except RequestRefused as refusal:
            outcomes.note(incoming.scope, outcomes.NOT_RUN, outcomes.of_refusal(refusal))
            return refused(refusal, media or otherwise)
        except Abandoned:
            outcomes.note(incoming.scope, OperationType.QUERY.value, "abandoned")
            return Answer(CLIENT_GONE, b"", JSON)
        except Exception as error:  # noqa: BLE001 - the last resort: masked, logged, answered
            outcomes.note(incoming.scope, outcomes.NOT_RUN, "failed")
            return failed(error, media or otherwise)

    async def _run(self, incoming: Incoming, media: str | None) -> Answer | EventStream:
        once = outcomes.Once()
        asked = await read_request(incoming)
        ready = await self._operations.prepare(asked, incoming.headers)
        if ready.kind is OperationType.SUBSCRIPTION and not asked.is_get:
            return await self._subscribed(incoming, ready, asked, once)
        if media is None:
            raise not_acceptable()
        is_read = ready.kind is OperationType.QUERY
        if asked.is_get and not is_read:
            allow = METHODS.removeprefix("GET, ")
            raise RequestRefused(
                405, "GET is for queries alone: use POST.", headers={"allow": allow}
            )
        # What changes something is carried through, whether or not somebody still waits for it.
        with UnlessAbandoned(incoming.receive) if is_read else nullcontext():
            result = await self._operations.execute(ready, asked, incoming.headers)
        outcomes.note(incoming.scope, ready.kind.value, outcomes.of_result(result))
        answer = executed(result, media, ready.context.budget)
        return answer.with_headers(await self._operations.told(ready))

    async def _subscribed(
        self, incoming: Incoming, ready: Ready, asked: GraphQLRequest, once: outcomes.Once
    ) -> EventStream:
        if not accepts_events(incoming.headers.get("accept", "")):
            raise RequestRefused(
                400,
                f"A subscription goes on: send Accept: {EVENT_STREAM}, or use a WebSocket.",
                of_document=True,
            )
        payloads = await self._operations.subscribe(ready, asked)
        once.count(ready.kind.value, "ok")
        return EventStream(payloads, incoming.receive, incoming.scope)
