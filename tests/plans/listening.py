"""Listening: every statement that goes to PostgreSQL, as the driver sends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asyncpg.connection import LoggedQuery

from models.connections import pool

# Once a connection the driver asks what the types of arrays are.
DRIVERS_OWN = ("pg_catalog.", "set_config('jit'")
# What callers have spent is noted every few seconds, whatever is asked meanwhile.
NOW_AND_THEN = ("allowances",)


@asynccontextmanager
async def statements_sent(*, of_all: bool = False) -> AsyncIterator[list[str]]:
    """The statements sent while the block runs, over whichever connection of the pool."""
    passed_over = DRIVERS_OWN if of_all else (*DRIVERS_OWN, *NOW_AND_THEN)
    sent: list[str] = []

    def listen(query: LoggedQuery) -> None:
        if not any(sign in query.query for sign in passed_over):
            sent.append(query.query)

    for connection in await _every_connection():
        connection.add_query_logger(listen)
    try:
        yield sent
        await asyncio.sleep(0)  # the driver calls its loggers a turn later
    finally:
        for connection in await _every_connection():
            connection.remove_query_logger(listen)


async def _every_connection() -> list[Any]:
    """The pool's connections, each open by now, and given back already."""
    connections = await pool()
    held = [await connections.acquire() for _ in range(connections.get_max_size())]
    opened = [connection._con for connection in held]  # type: ignore[attr-defined]  # the stubs lack it
    for connection in held:
        await connections.release(connection)
    return opened
