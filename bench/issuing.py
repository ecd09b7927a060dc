"""Issuing an invoice of two lines: by Billgraph, and by pgbench replaying the statements that Billgraph sends."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from bench import load
from bench.asking import graphql
from bench.cluster import Loaded
from bench.contenders.billgraph import BILLGRAPH
from bench.load import Load
from bench.loading import Home
from bench.processes import Running, running
from bench.recording import Recorded, recording
from bench.rounds import Score, add, turn
from server.postgres_programs import EmbeddedError, run

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
# Status, sums, and the number of lines, events and pay links of the newest invoice.
NEWEST = """
SELECT i.status, i.total_minor, i.tax_minor, i.amount_due_minor, i.line_count, i.tax_breakdown,
       (SELECT count(*) FROM line_items l WHERE l.workspace_id = $1 AND l.invoice_id = i.id),
       (SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.invoice_id = i.id),
       (SELECT count(*) FROM pay_links p WHERE p.workspace_id = $1 AND p.invoice_id = i.id)
FROM invoices i WHERE i.workspace_id = $1
ORDER BY i.series_id, i.number_period DESC, i.number_sequence DESC LIMIT 1
"""
# As many connections as Billgraph holds, with plans that last as its own do.
CLIENTS = 10
SESSION = "options='-c plan_cache_mode=force_generic_plan'"
# Sent before recording: what is done once a process, or once a minute, is no part of an issue.
WARM_UP = 10
WARM_UP_S = 2

# What must differ from issue to issue, by its column; all else is replayed as it was.
FRESH = {
    "id": "uuidv7()",
    "invoice_id": ":invoice::uuid",
    "number": "'INV-' || :last_sequence::text",
    "number_sequence": ":last_sequence::bigint",
    "pay_token": "gen_random_uuid()::text",
    "token_hash": "uuid_send(gen_random_uuid())",
}
INSERT = re.compile(r"INSERT INTO (\w+) \(([^)]+)\) SELECT \2 FROM")
PLACEHOLDER = re.compile(r"\$(\d+)")
UUID_TEXT = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


class NotReplayable(Exception):
    """Billgraph's statements changed their form: the replay has to learn it."""


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


async def record(loaded: Loaded) -> list[list[Recorded]]:
    """What one issue sends to PostgreSQL, for each workspace; without the worker's own statements."""
    alone = replace(BILLGRAPH, command=lambda port: [*BILLGRAPH.command(port), "--no-worker"])
    tapes = []
    with running(alone, loaded) as server:
        for request in await requests(server.port, loaded):
            await load.put(server.port, [request], count=WARM_UP, connections=1)
            with recording(loaded) as tape:
                await load.ask(server.port, request)
            tapes.append(tape.statements)
    return tapes


def script(number: int, statements: Sequence[Recorded]) -> tuple[str, dict[str, str]]:
    """A pgbench script that issues as the recorded statements did, and its variables."""
    lines, variables = [], {}
    invoice = _invoice_id(statements)
    for place, statement in enumerate(statements):
        names = []
        for index, value in enumerate(statement.values):
            name = f"v{number}_{place}_{index}"
            names.append("NULL" if value == "NULL" else f":{name}")
            variables[name] = value[1:-1].replace("''", "'")
            if variables[name] == invoice:
                names[-1] = ":invoice"
        sql = PLACEHOLDER.sub(lambda found: names[int(found[1]) - 1], _with_fresh(statement.sql))  # noqa: B023 - called here
        lines.append(_ended(sql))
    if not any("\\gset" in line for line in lines):
        raise NotReplayable("no statement takes a number")
    return "\n".join(lines), variables


def _invoice_id(statements: Sequence[Recorded]) -> str:
    for statement in statements:
        if "INSERT INTO invoices" in statement.sql:
            found = re.search(f'"id":"({UUID_TEXT})"', statement.values[0])
            if found:
                return found[1]
    raise NotReplayable("no invoice is inserted from JSON")


def _with_fresh(sql: str) -> str:
    def rewritten(found: re.Match[str]) -> str:
        table, columns = found[1], found[2].split(", ")
        fresh = {**FRESH, "id": ":invoice::uuid"} if table == "invoices" else FRESH
        chosen = ", ".join(fresh.get(column, column) for column in columns)
        return f"INSERT INTO {table} ({found[2]}) SELECT {chosen} FROM"

    return INSERT.sub(rewritten, sql)


def _ended(sql: str) -> str:
    """One line, its end as pgbench wants it: what later statements need is kept in variables."""
    flat = " ".join(sql.rstrip(";").split())
    if flat.startswith("WITH series"):
        return f"{flat} \\gset"
    if flat.startswith("SELECT w.mode AS seller_mode"):
        return f"{flat.replace('SELECT ', 'SELECT uuidv7() AS invoice, ', 1)} \\gset"
    return f"{flat};"


class Replay:
    """pgbench with the scripts of all workspaces."""

    def __init__(self, loaded: Loaded, tapes: Sequence[Sequence[Recorded]]) -> None:
        self._loaded = loaded
        self._arguments: list[str] = []
        folder = loaded.folder / "replay"
        folder.mkdir(exist_ok=True)
        for number, tape in enumerate(tapes):
            text, variables = script(number, tape)
            path = folder / f"issue-{number}.sql"
            path.write_text(text)
            self._arguments += ["-f", str(path)]
            for name, value in variables.items():
                self._arguments += ["-D", f"{name}={value}"]

    async def put(self, seconds: float) -> Load:
        """Issues for a while. Raises NotReplayable where a statement is refused."""
        return await asyncio.to_thread(self._run, max(1, round(seconds)))

    def _run(self, seconds: int) -> Load:
        sockets = self._loaded.folder / "postgres"
        try:
            said = run(
                *("pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1"),
                *("-T", str(seconds), *self._arguments),
                f"host={sockets} user=billgraph dbname=billgraph {SESSION}",
            )
        except EmbeddedError as error:
            raise NotReplayable(str(error)[-1500:]) from None
        found = RATE.search(said)
        if not found or "aborted" in said:
            raise NotReplayable(said[-1500:])
        rate = float(found[1])
        # pgbench tells the rate alone: with all its clients busy, it says how long each waits.
        return Load(seconds=seconds, latencies_s=[CLIENTS / rate] * round(rate * seconds))


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
