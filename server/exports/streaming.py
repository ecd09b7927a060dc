"""Streaming: an export's rows on their way from a cursor to a client, a batch of them in memory at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from models.walls import within
from resolvers.exports import Export
from server.exports.tables import TABLES

ROWS_AT_ONCE = 1000
CONNECT_TIMEOUT_S = 10
# A client that takes nothing for so long gives its place, and its snapshot of the database, up.
PATIENCE_S = 60
_SET_UP = f"""
SET LOCAL idle_in_transaction_session_timeout = '{PATIENCE_S}s';
SET LOCAL statement_timeout = 0"""
_DECLARE = "DECLARE export NO SCROLL CURSOR FOR "
_ZONE = "SELECT time_zone FROM workspaces WHERE workspace_id = $1 AND id = $1"
END = "\r\n"


class Rows:
    """An export as text, batch by batch; `count` is how many rows were read so far.

    It holds a connection of its own, not one that requests wait for, and reads no batch before the
    one before it is taken.
    """

    def __init__(self, dsn: str, export: Export) -> None:
        self.dsn, self.export = dsn, export
        self.count = 0

    async def batches(self) -> AsyncIterator[str]:
        """The heading, then the rows as they were when the first was read."""
        table, wanted = TABLES[self.export.kind], self.export
        async with _connected(self.dsn) as connection, connection.transaction(readonly=True):
            await connection.execute(f"{_SET_UP}; {within(wanted.workspace_id)}")
            zone = await connection.fetchval(_ZONE, wanted.workspace_id)
            bounds = (wanted.workspace_id, zone, wanted.first_on, wanted.last_on)
            # A cursor of asyncpg's own would leave a named statement to whoever a pooler lends the
            # session to next.
            await connection.execute(_DECLARE + table.statement, *bounds)
            yield table.heading + END
            while batch := await connection.fetch(f"FETCH FORWARD {ROWS_AT_ONCE} FROM export"):
                self.count += len(batch)
                yield END.join(row[0] for row in batch) + END


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S, statement_cache_size=0)
    try:
        yield connection
    finally:
        # Nothing is waited for: a client may have gone in the middle of a batch.
        connection.terminate()
