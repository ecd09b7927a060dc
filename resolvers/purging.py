"""Purging: rows that are of no use any more go in batches, and nobody waits for them."""

from datetime import datetime

from models.connections import rows
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE

PURGED_AT_ONCE = 1000


async def purge(table: str, column: str, before: datetime) -> int:
    """Deletes a batch of rows whose time in a column is earlier, of every workspace; how many there were.

    At most 1000 at once, and none that anybody else has in hand: whoever calls it until there are
    none holds nobody up. Names are of our own making.
    """
    statement = f"""
DELETE FROM {table} WHERE (workspace_id, id) IN (
    SELECT workspace_id, id FROM {table} WHERE {column} < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING 1
"""
    aged = (before, PURGED_AT_ONCE)
    return len(await transaction(EVERY_WORKSPACE, lambda: rows(statement, *aged)))
