"""Databases for tests: a template migrated once, and quick copies of it."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

import models.migrate
from models.walls import SEEING_ALL
from server import embedded

CHECKOUT = Path(__file__).resolve().parent.parent
LOCK_KEY = 7_305_801_265
# How many act at once where many do.
CLIENTS = 64
LEFT_OVER_AFTER_S = 6 * 3600
# A test cluster may be lost with the machine; it must only be quick.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server, by the DSN of a role that may create databases."""

    dsn: str

    @asynccontextmanager
    async def migrated(self) -> AsyncIterator[str]:
        """A database that the project's own migrations made."""
        async with self._database(template=_template_name()) as dsn:
            yield dsn

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """A database with nothing in it."""
        async with self._database(template="template0") as dsn:
            yield dsn

    @asynccontextmanager
    async def _database(self, template: str) -> AsyncIterator[str]:
        name = f"billgraph_worker_{int(time.time())}_{uuid4().hex[:8]}"
        async with self._locked() as connection:
            await _drop_left_overs(connection)
            if template != "template0":
                await self._ensure_template(connection, template)
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self._dsn_of(name)
        finally:
            async with self._locked() as connection:
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _ensure_template(self, connection: asyncpg.Connection, name: str) -> None:
        found = await connection.fetchval(
            "SELECT datistemplate FROM pg_database WHERE datname = $1", name
        )
        if found:
            return
        if found is False:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        await models.migrate.migrate(self._dsn_of(name))
        await connection.execute(
            f'ALTER DATABASE "{name}" WITH is_template true allow_connections false'
        )

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(f"SELECT pg_advisory_lock({LOCK_KEY})")
            yield connection
        finally:
            await connection.close()

    def _dsn_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.dsn)._replace(path=f"/{database}"))


async def as_owner(dsn: str, **options: Any) -> asyncpg.Connection:
    """A connection by the role that owns the tables, which sees what is in them."""
    return await asyncpg.connect(dsn, server_settings=SEEING_ALL, **options)


async def end_all_others(administrator: asyncpg.Connection) -> None:
    """Ends all sessions of its database but its own, and waits until they are gone."""
    await administrator.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The server that TEST_DATABASE_URL names, else an embedded one that stays for the next run."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield Cluster(given)
        return
    with embedded.running(CHECKOUT / ".data" / "test", CARELESS) as dsn:
        yield Cluster(dsn)


def _template_name() -> str:
    """Named by what makes it, so a changed migration makes another one."""
    migrations = sorted((CHECKOUT / "models" / "migrations").glob("*.py"))
    made_by = [path.read_bytes() for path in (*migrations, Path(models.migrate.__file__))]
    return f"billgraph_template_{sha256(b''.join(made_by)).hexdigest()[:16]}"


async def _drop_left_overs(connection: asyncpg.Connection) -> None:
    """Drops databases of test runs that were killed long ago."""
    names = await connection.fetch(
        "SELECT datname FROM pg_database WHERE datname LIKE 'billgraph\\_worker\\_%'"
    )
    for (name,) in names:
        if time.time() - int(name.split("_")[2]) > LEFT_OVER_AFTER_S:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
