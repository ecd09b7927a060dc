"""Freshness: which reads may be answered by a replica, and how fresh; by headers of request and answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
from graphql import OperationType

from models import connections
from models.connections import FAULTS
from resolvers.signatures import is_signature, signature
from server.graphql.errors import RequestRefused
from server.replicas import Replicas

READ, AFTER, POSITION = "billgraph-read", "billgraph-after", "billgraph-position"
ASKED, TOLD = (READ, AFTER), (READ, POSITION)
PRIMARY, REPLICA = "primary", "replica"
_POSITION = re.compile(r"([0-9a-f]{1,16})\.([A-Za-z0-9_-]{43})")
_PURPOSE = "position"

Told = tuple[tuple[bytes, bytes], ...]


@dataclass
class Reader:
    """Where the statements of one request read, and where they did."""

    replicas: Replicas | None = None
    after: int = 0
    place: str | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it may read where a key that was revoked a moment ago is still live."""
        return self.replicas is not None

    async def record(self, sql: str, *values: Any, timeout_s: float) -> asyncpg.Record | None:
        """The one row that a reading statement answers. Raises TimeoutError where it takes longer."""
        if self.replicas is not None and self.place != PRIMARY:
            after = self.after
            found = await self.replicas.record(sql, *values, after=after, timeout_s=timeout_s)
            if found is not None:
                self.place = self.place or REPLICA
                return found
            self.place = PRIMARY
        return await connections.record(sql, *values, timeout_s=timeout_s)


class Freshness:
    """What requests say of how fresh their answers are to be, and answers of how fresh they are."""

    def __init__(self, replicas: Replicas, secret: bytes) -> None:
        self._replicas = replicas
        self._secret = secret

    def reader(self, headers: Mapping[str, str], kind: OperationType) -> Reader:
        """Where an operation reads. Raises RequestRefused for headers that say nothing.

        Replicas are for queries alone: what changes or follows something is the primary's.
        """
        asked = headers.get(READ)
        if asked is None:
            return Reader()
        if asked not in (PRIMARY, REPLICA):
            raise RequestRefused(400, f"{READ} is {PRIMARY} or {REPLICA}.")
        if asked == PRIMARY or kind is not OperationType.QUERY:
            return Reader(place=PRIMARY)
        after = self._position(headers.get(AFTER))
        return Reader(self._replicas, after) if self._replicas.has_any else Reader(place=PRIMARY)

    async def told(self, ready_for: OperationType, reader: Reader) -> Told:
        """What the answer says: where it was read, and behind a change the position that has it."""
        if ready_for is OperationType.MUTATION and self._replicas.has_any:
            try:
                position = f"{await self._replicas.position():x}"
            except FAULTS:
                return ()  # the change is done; who asks for it reads the primary
            signed = f"{position}.{signature(self._secret, _PURPOSE, position)}"
            return ((POSITION.encode(), signed.encode()),)
        return ((READ.encode(), reader.place.encode()),) if reader.place else ()

    def _position(self, given: str | None) -> int:
        if given is None:
            return 0
        found = _POSITION.fullmatch(given)
        if not found or not is_signature(found[2], self._secret, _PURPOSE, found[1]):
            raise RequestRefused(400, f"{AFTER} is what an answer had as {POSITION}.")
        return int(found[1], 16)
