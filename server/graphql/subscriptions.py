"""Subscriptions: what each follower of the feed is told, read once for all who ask for the same."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import structlog
from graphql import GraphQLError, located_error

from domain.identifiers import decode_id
from models.connections import FAULTS, rows
from models.walls import looking_at
from plans.definitions import Field
from plans.running import Asked, check_told, told
from plans.selections import Document
from resolvers.callers import Caller
from resolvers.events import may_read
from schema.execution import Operation
from server.detached import detached
from server.graphql.errors import BAD_USER_INPUT, RequestRefused, written
from server.graphql.feed import Feed
from server.graphql.metering import Meter
from server.logs import reason
from server.metrics.instruments import EVENTS_TOLD

READS_AT_ONCE = 4
RETRY_S = 1.0
RESUMED_BEHIND = "after"

Payload = Mapping[str, Any]

log = structlog.stdlib.get_logger(__name__)


class Followed(NamedTuple):
    """A subscription that may begin: its field, the places to begin at and known of, and how it is shared."""

    asked: Asked
    key: str
    place: int
    head: int
    at_once: int
    shared: tuple[Any, ...]


class Subscriptions:
    """The subscriptions of this process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._feed = Feed(clock)
        self._reads: dict[Any, asyncio.Task[list[Any]]] = {}
        self._room = asyncio.Semaphore(READS_AT_ONCE)

    async def open(self, operation: Operation, document: Document, context: Any) -> Followed:
        """The subscription that an operation asks for. Raises RequestRefused."""
        root = document.schema.subscription_type
        assert root is not None
        [(key, nodes)] = document.root_fields(root, operation.node).items() or [("", [])]
        if not nodes:
            raise RequestRefused(400, "Select a field.", of_document=True)
        definition = root.fields[nodes[0].name.value]
        # The feed looks whether keys are live, so that those who ask for the same share a reading.
        asked = Asked(
            Field(root, definition, nodes), (key,), document, replace(context, guard=None)
        )
        try:
            at_once = check_told(asked)
        except GraphQLError as refused:
            errors = [_located(asked, refused)]
            raise RequestRefused(400, refused.message, errors=errors, of_document=True) from None
        place, head = await _places(context.caller, asked)
        return Followed(asked, key, place, head, at_once, _shared(asked))

    async def payloads(self, followed: Followed) -> AsyncGenerator[Payload, None]:
        """An answer for each event, the next one when the one before was taken. Raises NotWelcome.

        Nothing waits here for a client that is slow: it is read on from where it is.
        """
        place, at_once = followed.place, followed.at_once
        caller: Any = followed.asked.context.caller
        with self._feed.following(caller, followed.head) as follower:
            while True:
                through = min(await follower.beyond(place), place + at_once)
                try:
                    found = await self._told(followed, place, through)
                except FAULTS as fault:
                    log.warning("a subscription could not be read", error=reason(fault))
                    await asyncio.sleep(RETRY_S)
                    continue
                except GraphQLError as refused:
                    yield {"data": None, "errors": [_located(followed.asked, refused)]}
                    return
                EVENTS_TOLD.add(by=len(found))
                for fragment in found:
                    yield {"data": {followed.key: fragment}}
                place = through

    async def _told(self, followed: Followed, after: int, through: int) -> list[Any]:
        """What is read for one is for all who ask for the same at the same place."""
        name = (followed.shared, after, through)
        read = self._reads.get(name)
        if read is None:
            read = self._reads[name] = detached(self._read(followed, after, through))
            read.add_done_callback(lambda _: self._reads.pop(name, None))
        return await asyncio.shield(read)

    async def _read(self, followed: Followed, after: int, through: int) -> list[Any]:
        context: Any = followed.asked.context
        caller = context.caller
        now = caller.now if caller.clock_now else self._clock()
        fresh = replace(context, caller=caller.at(now, caller.clock_now), budget=Meter())
        async with self._room:
            return await told(followed.asked._replace(context=fresh), after, through)


def _located(asked: Asked, refused: GraphQLError) -> Any:
    return written(located_error(refused, asked.field.nodes, list(asked.path)))


def _shared(asked: Asked) -> tuple[Any, ...]:
    """What two subscriptions have in common that are told the same."""
    caller: Any = asked.context.caller
    values = asked.document.variables
    with suppress(TypeError):
        given = orjson.dumps(dict(values), default=str, option=orjson.OPT_SORT_KEYS)
        who = (caller.workspace_id, caller.scopes, caller.customer_id, caller.clock_now)
        return (id(asked.context.plans), asked.path, given, *who)
    return (id(asked),)


def _is_there(caller: Caller, subject_id: str) -> bool:
    """Whether an event is one that the caller may read, by its subject: no customer may any."""
    return caller.customer_id is None and may_read(caller, subject_id)


async def _places(caller: Caller, asked: Asked) -> tuple[int, int]:
    """Where to begin, and the last place there is: the former is the latter without `after`.

    An event that the caller may not read is as good as none.
    """
    given = asked.field.given(asked.document.variables).get(RESUMED_BEHIND)
    text = given.read(asked.document.variables) if given else None
    with looking_at(caller.workspace_id):
        [found] = await rows(
            "SELECT head.position AS head, event.position AS place, event.subject_id "
            "FROM (SELECT max(position) AS position FROM event_heads WHERE workspace_id = $1) "
            "AS head LEFT JOIN events AS event ON event.workspace_id = $1 AND event.id = $2",
            caller.workspace_id,
            None if text is None else decode_id("evt", text),
        )
    head = found["head"] or 0
    if text is None:
        return head, head
    if found["place"] is None or not _is_there(caller, found["subject_id"]):
        raise RequestRefused(
            400,
            "There is no event with this id to go on behind.",
            BAD_USER_INPUT,
            reason="CURSOR_INVALID",
            of_document=True,
        )
    return found["place"], head
