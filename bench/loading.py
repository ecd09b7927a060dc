"""Fills an empty, migrated database with invoices of three lines, their sums and numbers as the constraints ask."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from bench import statements
from resolvers import api_keys, workspaces
from resolvers.callers import SCOPES, system
from server import database

WORKSPACES = 10
CUSTOMERS = 400
BATCH = 2_000
# One workspace holds most: deep pages and filters are to be read where there is something to skip.
LARGEST = 0.82


@dataclass(frozen=True)
class Home:
    """A workspace, its API key, and how many invoices it holds."""

    workspace_id: UUID
    api_key: str
    invoices: int


def sizes(invoices: int) -> list[int]:
    """How many invoices each workspace gets."""
    small = round(invoices * (1 - LARGEST) / (WORKSPACES - 1))
    return [invoices - small * (WORKSPACES - 1), *[small] * (WORKSPACES - 1)]


async def load(dsn: str, invoices: int, on_invoices: Callable[[int], None]) -> list[Home]:
    """Workspaces with customers and `invoices` invoices; `on_invoices` hears of each batch."""
    homes = await _workspaces(dsn, sizes(invoices))
    connection = await asyncpg.connect(dsn)
    try:
        # Billgraph acts as its own role, behind the walls; everyone else as the owner, without.
        for table in await connection.fetch(statements.TABLES):
            await connection.execute(f"ALTER TABLE {table[0]} NO FORCE ROW LEVEL SECURITY")
        await connection.execute(statements.DRAFTED_LINES)
        for home in homes:
            await _fill(connection, home, on_invoices)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return homes


async def _workspaces(dsn: str, counts: list[int]) -> list[Home]:
    now = datetime.now(UTC)
    homes = []
    await database.connect(dsn)
    try:
        for number, count in enumerate(counts, 1):
            made = await workspaces.create(f"Bench {number} LLP", now)
            caller = system(made, "LIVE", now, "bench")
            key = await api_keys.create(caller, "bench", "LIVE", SCOPES)
            homes.append(Home(made, key.secret or "", count))
    finally:
        await database.close()
    return homes


async def _fill(
    connection: asyncpg.Connection, home: Home, on_invoices: Callable[[int], None]
) -> None:
    await connection.execute(statements.CUSTOMERS, home.workspace_id, CUSTOMERS)
    await connection.execute(statements.COUNTER, home.workspace_id, home.invoices)
    for first in range(1, home.invoices + 1, BATCH):
        last = min(first + BATCH - 1, home.invoices)
        async with connection.transaction():
            await connection.execute(
                statements.LINES, home.workspace_id, first, last, home.invoices, CUSTOMERS
            )
            await connection.execute(statements.INVOICES)
            await connection.execute(statements.LINE_ITEMS)
            for statement in (statements.ACCOUNTS, statements.RECEIVABLES, statements.TRANSFERS):
                await connection.execute(statement)
        on_invoices(last - first + 1)
