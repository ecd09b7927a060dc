"""What is measured: which requests, and how well Billgraph is to do at them beside whom."""

import random
from dataclasses import dataclass
from typing import Any

import asyncpg

from bench.cluster import Loaded
from bench.contenders.contender import Sample

PAGE = 25
# As house rules speak of page 4,000 and a workspace of the full load holds 82,000 invoices.
DEEP_PAGE, DEEP_PAGE_SIZE = 4_000, 20
SAMPLES = 200


@dataclass(frozen=True)
class Measure:
    """One kind of request, and its samples."""

    name: str
    title: str
    samples: list[Sample]


async def read(loaded: Loaded) -> dict[str, Measure]:
    """The reading measures on this data."""
    connection = await asyncpg.connect(loaded.dsn)
    try:
        made = await _samples(connection, loaded)
    finally:
        await connection.close()
    return {name: Measure(name, title, samples) for name, (title, samples) in made.items()}


async def _samples(
    connection: asyncpg.Connection, loaded: Loaded
) -> dict[str, tuple[str, list[Sample]]]:
    workspace_id = loaded.home.workspace_id
    choose = random.Random(SAMPLES)
    customers = [
        row["customer_id"]
        for row in await connection.fetch(
            "SELECT DISTINCT customer_id FROM invoices WHERE workspace_id = $1", workspace_id
        )
    ]
    invoices = await connection.fetch(
        "SELECT id FROM invoices WHERE workspace_id = $1 AND number_sequence = ANY ($2)",
        workspace_id,
        [choose.randint(1, loaded.home.invoices) for _ in range(SAMPLES)],
    )
    page = min(DEEP_PAGE, loaded.home.invoices // DEEP_PAGE_SIZE - 1)
    deep = await _deep(connection, loaded, page)
    chosen = choose.sample(customers, min(SAMPLES, len(customers)))
    return {
        "list": (f"list of {PAGE}", [{"first": PAGE}]),
        "filtered": (
            f"{PAGE} of one status and customer",
            [{"first": PAGE, "status": "OPEN", "customer": customer} for customer in chosen],
        ),
        "page-1": ("page 1", [{"first": DEEP_PAGE_SIZE}]),
        "deep": (f"page {page:,}", [deep]),
        "by-id": ("one by id", [{"id": row["id"]} for row in invoices]),
        "customer": ("customer, last 5", [{"id": customer} for customer in chosen]),
    }


async def _deep(connection: asyncpg.Connection, loaded: Loaded, page: int) -> dict[str, Any]:
    offset = (page - 1) * DEEP_PAGE_SIZE
    last = await connection.fetchrow(
        "SELECT created_at AS at, id FROM invoices WHERE workspace_id = $1 "
        "ORDER BY created_at DESC, id DESC OFFSET $2 LIMIT 1",
        loaded.home.workspace_id,
        offset - 1,
    )
    assert last is not None
    return {"first": DEEP_PAGE_SIZE, "offset": offset, **dict(last)}
