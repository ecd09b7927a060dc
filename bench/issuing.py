"""Issuing an invoice of two lines: by Billgraph, and by pgbench replaying the statements that Billgraph sends."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import asyncpg

from bench import load
from bench.asking import graphql
from bench.cluster import Loaded
from bench.contenders.billgraph import BILLGRAPH
from bench.loading import Home
from bench.processes import Running, running
from bench.recording import Recorded, recording
from bench.replaying import NotReplayable, Replay, Tape
from bench.rounds import Score, add, turn

ISSUE = """
mutation Issue($input: InvoiceIssueInput!) {
  invoiceIssue(input: $input) {
    invoice { id number status total { minor } }
    userErrors { code }
  }
}
"""
LINES = [
    {
        "description": "Drafting of contracts",
        "quantity": "2.5",
        "unitAmount": {"minor": 12000},
        "taxPercent": "8.25",
    },
    {"description": "Court fees", "quantity": "1", "unitAmount": {"decimal": "350.00"}},
]
# Status, sums, and the number of lines, events, pay links and transfers of the newest invoice.
NEWEST = """
SELECT i.status, i.total_minor, i.tax_minor, i.amount_due_minor, i.line_count, i.tax_breakdown,
       (SELECT count(*) FROM line_items l WHERE l.workspace_id = $1 AND l.invoice_id = i.id),
       (SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.invoice_id = i.id),
       (SELECT count(*) FROM pay_links p WHERE p.workspace_id = $1 AND p.invoice_id = i.id),
       (SELECT count(*) FROM ledger_transfers t WHERE t.workspace_id = $1 AND t.invoice_id = i.id)
FROM invoices i WHERE i.workspace_id = $1
ORDER BY i.series_id, i.number_period DESC, i.number_sequence DESC LIMIT 1
"""
# Sent before recording: what is done once a process, or once a minute, is no part of an issue.
WARM_UP = 10
WARM_UP_S = 2


async def requests(port: int, loaded: Loaded) -> list[bytes]:
    """An issue in each of the smaller workspaces; those that are read stay as they are."""
    connection = await asyncpg.connect(loaded.dsn)
    try:
        made = []
        for home in loaded.homes[1:]:
            customer = await connection.fetchval(
                "SELECT id FROM customers WHERE workspace_id = $1 LIMIT 1", home.workspace_id
            )
            made.append(_request(port, home, customer.hex))
    finally:
        await connection.close()
    return made


def _request(port: int, home: Home, customer: str) -> bytes:
    variables = {"input": {"invoice": {"customerId": f"cus_{customer}", "lines": LINES}}}
    asked = graphql(ISSUE, variables, authorization=f"Bearer {home.api_key}")
    return asked.wire(port)


async def record(loaded: Loaded) -> list[tuple[Tape, Tape]]:
    """What two issues send to PostgreSQL, for each workspace; without the worker's own statements."""
    alone = replace(BILLGRAPH, command=lambda port: [*BILLGRAPH.command(port), "--no-worker"])
    tapes = []
    with running(alone, loaded) as server:
        for request in await requests(server.port, loaded):
            await load.put(server.port, [request], count=WARM_UP, connections=1)
            tapes.append(
                (await _recorded(server, request, loaded), await _recorded(server, request, loaded))
            )
    return tapes


async def _recorded(server: Running, request: bytes, loaded: Loaded) -> Tape:
    with recording(loaded) as tape:
        await load.ask(server.port, request)
    return list(_without_accounts(tape.statements))


def _without_accounts(tape: Tape) -> Iterator[Recorded]:
    """What callers have spent is noted every few seconds, in a transaction that is no part of an issue."""
    held: dict[int, list[Recorded]] = {}
    for one in tape:
        held.setdefault(one.session, []).append(one)
        is_open = held[one.session][0].sql.startswith("BEGIN")
        if is_open and one.sql not in ("COMMIT", "ROLLBACK"):
            continue
        transaction = held.pop(one.session)
        if not any("allowances" in statement.sql for statement in transaction):
            yield from transaction


async def compete(
    server: Running,
    replay: Replay,
    loaded: Loaded,
    rounds: int,
    seconds: float,
    on_round: Callable[[], None],
) -> dict[str, Score]:
    """Billgraph and pgbench in turns. Raises NotReplayable where pgbench doesn't issue the same."""
    scores = {"pgbench": Score(), "Billgraph": Score()}
    asked = await requests(server.port, loaded)
    await load.put(server.port, asked, seconds=WARM_UP_S)
    issued = await _newest(loaded)
    await replay.put(WARM_UP_S)
    if await _newest(loaded) != issued:
        raise NotReplayable("pgbench's invoices are not those of Billgraph")
    for _ in range(rounds):
        await turn(server, asked, loaded, seconds, scores["Billgraph"])
        await add(scores["pgbench"], loaded, None, lambda: replay.put(seconds))
        on_round()
    return scores


async def _newest(loaded: Loaded) -> list[Any]:
    """What hangs together with the newest invoice of a workspace, without what is its own."""
    connection = await asyncpg.connect(loaded.dsn)
    try:
        found = await connection.fetchrow(NEWEST, loaded.writable.workspace_id)
    finally:
        await connection.close()
    assert found is not None
    return list(found)
