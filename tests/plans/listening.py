"""Listening: every statement that goes to PostgreSQL, as the driver sends it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from asyncpg.connection import LoggedQuery

from models.connections import pool

# Once a connection the driver asks what the types of arrays are.
DRIVERS_OWN = ("pg_catalog.", "set_config('jit'")
# What callers have spent is noted every few seconds, whatever is asked meanwhile.
NOW_AND_THEN = "allowances"


@asynccontextmanager
async def statements_sent(
    about: UUID | None = None, *, notes: bool = True
) -> AsyncIterator[list[str]]:
    """The statements sent while the block runs, over whichever connection of the pool.

    A server of the same process goes on beside the test: with a workspace only what is about that
    one is heard, without the notes of what callers have spent where these are not asked for; else
    all but those notes.
    """
    ears: dict[Any, _Ear] = {}
    sent: list[str] = []
    async with _every_connection() as connections:
        for connection in connections:
            ears[connection] = ear = _Ear(about, sent, notes=notes)
            connection.add_query_logger(ear)
    try:
        yield sent
    finally:
        # Whatever goes on beside the test is whole then, and says what it is about.
        async with _every_connection():
            await asyncio.sleep(0)  # the driver calls its loggers a turn later
            for connection, ear in ears.items():
                connection.remove_query_logger(ear)
                ear.end()


class _Ear:
    """What one connection sends, a transaction at a time: only as a whole it says what it is about."""

    def __init__(self, about: UUID | None, sent: list[str], *, notes: bool) -> None:
        self._about = about
        self._without_notes = about is None or not notes
        self._sent = sent
        self._open: list[LoggedQuery] = []

    def __call__(self, query: LoggedQuery) -> None:
        if any(sign in query.query for sign in DRIVERS_OWN):
            return
        begins = query.query.startswith("BEGIN")
        self._open.append(query)
        if query.query.startswith(("COMMIT", "ROLLBACK")) or not (begins or self._open[1:]):
            self.end()

    def end(self) -> None:
        """Passes on what was held back until now."""
        if self._is_meant(self._open):
            self._sent.extend(query.query for query in self._open)
        self._open = []

    def _is_meant(self, queries: Sequence[LoggedQuery]) -> bool:
        if self._without_notes and any(NOW_AND_THEN in query.query for query in queries):
            return False
        return self._about is None or any(
            str(self._about) in f"{query.query} {query.args}" for query in queries
        )


@asynccontextmanager
async def _every_connection() -> AsyncIterator[list[Any]]:
    """The pool's connections, each open by now, and none in use elsewhere."""
    connections = await pool()
    held: list[Any] = []
    try:
        for _ in range(connections.get_max_size()):
            held.append(await connections.acquire())  # noqa: PERF401 - each is given back whatever happens
        yield [connection._con for connection in held]
    finally:
        for connection in held:
            await connections.release(connection)
