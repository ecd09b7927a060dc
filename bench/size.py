"""Size: how many bytes PostgreSQL holds for an invoice, table by table, after the demo's own acts."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from pydantic import SecretStr
from rich.console import Console

from bench.page_parts import PagePart
from models.migrate import migrate
from server import embedded, welcome
from server.settings import CHECKOUT, Settings

INVOICES = 5_000
FOLDER = CHECKOUT / ".data" / "bench-size"
PART = PagePart(
    CHECKOUT / "docs" / "scale.md", "<!-- written by `python -m bench size` -->", "<!-- end -->"
)
SMALLEST_SHOWN = 20
SIZES = """SELECT c.relname AS name, pg_table_size(c.oid) AS rows_bytes,
pg_indexes_size(c.oid) AS index_bytes FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname"""
WAL = "SELECT (pg_current_wal_lsn() - '0/0')::bigint"


@dataclass(frozen=True)
class Table:
    """What came to one table, for each invoice."""

    name: str
    rows: float
    rows_bytes: float
    index_bytes: float


@dataclass(frozen=True)
class Sizes:
    """What `invoices` invoices came to."""

    invoices: int
    version: str
    tables: list[Table]
    wal_bytes: float
    per_s: float

    @property
    def bytes(self) -> float:
        """All of it, for each invoice."""
        return sum(table.rows_bytes + table.index_bytes for table in self.tables)

    def lines(self) -> Iterator[str]:
        """It as a page has it."""
        made = f"{self.version}, {self.invoices:,} invoices of the demo"
        yield f"{datetime.now(UTC):%-d %B %Y}, {made}. For each invoice:"
        yield ""
        yield "| table | rows | bytes | of them indexes |"
        yield "|---|---:|---:|---:|"
        shown = [one for one in self.tables if one.rows_bytes + one.index_bytes >= SMALLEST_SHOWN]
        for one in sorted(shown, key=lambda one: -(one.rows_bytes + one.index_bytes)):
            total = one.rows_bytes + one.index_bytes
            yield f"| {one.name} | {one.rows:.2f} | {total:,.0f} | {one.index_bytes:,.0f} |"
        indexes = sum(one.index_bytes for one in self.tables)
        yield f"| **all** | | **{self.bytes:,.0f}** | {indexes:,.0f} |"
        yield ""
        yield (
            f"The write-ahead log of it was {self.wal_bytes / 1024:,.0f} KiB an invoice. A terabyte holds "
            f"{10**12 / self.bytes / 10**6:,.0f} million such invoices."
        )


async def measure(invoices: int, console: Console) -> Sizes:
    """What that many invoices come to in a new database."""
    with _fresh() as dsn:
        await migrate(dsn)
        connection = await asyncpg.connect(_by_the_superuser(dsn))
        try:
            before, log_before = await _sizes(connection), await connection.fetchval(WAL)
            began_s = time.monotonic()
            await welcome.fill(_settings(dsn), None, invoices, console)
            took_s = time.monotonic() - began_s
            log = await connection.fetchval(WAL) - log_before
            after = await _sizes(connection)
            version = f"PostgreSQL {connection.get_server_version().major}"
        finally:
            await connection.close()
    tables = [
        Table(
            name,
            *((now - then) / invoices for now, then in zip(after[name], before[name], strict=True)),
        )
        for name in after
    ]
    return Sizes(invoices, version, tables, log / invoices, invoices / took_s)


def write(sizes: Sizes) -> None:
    """Puts it into the page."""
    PART.write(sizes.lines())


async def _sizes(connection: asyncpg.Connection) -> dict[str, tuple[int, int, int]]:
    """Rows, bytes of rows and bytes of indexes, by table."""
    await connection.execute("VACUUM ANALYZE")
    return {
        row["name"]: (
            await connection.fetchval(f'SELECT count(*) FROM "{row["name"]}"'),
            row["rows_bytes"],
            row["index_bytes"],
        )
        for row in await connection.fetch(SIZES)
    }


@contextmanager
def _fresh() -> Iterator[str]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    with embedded.running(FOLDER) as dsn:
        yield dsn
    shutil.rmtree(FOLDER)


def _settings(dsn: str) -> Settings:
    return Settings(database_url=SecretStr(dsn), secret_key=SecretStr("k" * 32), data_dir=FOLDER)


def _by_the_superuser(dsn: str) -> str:
    """Who may count every workspace's rows."""
    return dsn.replace("//billgraph@", "//postgres@", 1)
