"""A backup by the very commands of its page: from one server into an empty one, proven, and worked on."""

import json
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from models.migrate import migrate
from tests import servers
from tests.docs.reading import CHECKOUT, blocks, page
from tests.docs.running import run
from tests.postgres import Cluster
from tests.servers import Server

PAGE = page("docs/how-to/back-up.md")
INVOICES = 12


def cli(server: Server, folder: Path, *words: str) -> str:
    """What a command of ours says."""
    return run(
        [sys.executable, "-m", "server", *words],
        CHECKOUT,
        DATABASE_URL=server.dsn("billgraph", "billgraph"),
        SECRET_KEY="k" * 32,
        DATA_DIR=str(folder),
    )


async def run_sql(server: Server, text: str) -> None:
    connection = await asyncpg.connect(server.dsn())
    try:
        for statement in filter(None, text.split(";\n")):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.timeout(300)
async def test_a_dump_of_the_page_is_restored_into_an_empty_server_and_worked_on(
    postgres: Cluster, tmp_path: Path
) -> None:
    binaries = await servers.binaries(postgres.dsn)
    [make_roles] = (block.text for block in blocks(PAGE, "sql"))
    dump, restore, _ = (block.text for block in blocks(PAGE, "sh"))
    path = f"{binaries}:{os.environ['PATH']}"

    with servers.empty_server(binaries) as old, servers.empty_server(binaries) as new:
        await run_sql(old, make_roles)
        await migrate(old.dsn("billgraph", "billgraph"))
        made = json.loads(cli(old, tmp_path, "workspace", "create", "--name", "Acme", "--json"))
        fill = ("demo", "--workspace", made["workspaceId"], "--invoices", str(INVOICES))
        cli(old, tmp_path, *fill)

        url = old.dsn("billgraph", "billgraph")
        run(["bash", "-euc", dump], tmp_path, PATH=path, DATABASE_DIRECT_URL=url)
        old.stop()
        await run_sql(new, make_roles)
        url = new.dsn("billgraph", "billgraph")
        run(["bash", "-euc", restore], tmp_path, PATH=path, DATABASE_DIRECT_URL=url)

        cli(new, tmp_path, "verify")
        cli(new, tmp_path, *fill)
        cli(new, tmp_path, "verify")
        assert await counted(new, "invoices WHERE number IS NOT NULL") >= INVOICES
        assert await counted(new, "tortoise_migrations") > 0
        assert not await may_change_the_ledger(new)


async def counted(server: Server, what: str) -> int:
    connection = await asyncpg.connect(server.dsn("postgres", "billgraph"))
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {what}"))
    finally:
        await connection.close()


async def may_change_the_ledger(server: Server) -> bool:
    asked = "SELECT has_table_privilege('billgraph_application', 'ledger_transfers', 'UPDATE')"
    connection = await asyncpg.connect(server.dsn("postgres", "billgraph"))
    try:
        return bool(await connection.fetchval(asked))
    finally:
        await connection.close()
