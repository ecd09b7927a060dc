"""A primary and a standby that follows it, for tests of reads on replicas."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr

from models.migrate import migrate
from server import database as server_database
from server import replicas
from server.settings import Settings
from tests import servers
from tests import site as sites
from tests.postgres import Cluster
from tests.server.replicas.reading import MARKED_EVERY_S, PATIENCE_S, Clock, resume, run_at
from tests.servers import Server
from tests.site import Client, Site


@pytest.fixture(autouse=True)
def slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a test takes, what it is about is not that."""
    monkeypatch.setattr(replicas, "MARKED_EVERY_S", MARKED_EVERY_S)
    monkeypatch.setattr(replicas, "CONNECT_TIMEOUT_S", PATIENCE_S)


@pytest.fixture(scope="module")
async def primary(postgres: Cluster) -> AsyncIterator[Server]:
    """A server with our tables."""
    with servers.empty_server(await servers.binaries(postgres.dsn)) as made:
        await run_at(made.dsn(), "CREATE ROLE billgraph LOGIN CREATEROLE")
        await run_at(made.dsn(), "CREATE DATABASE billgraph OWNER billgraph")
        await migrate(made.dsn("billgraph", "billgraph"))
        yield made


@pytest.fixture(scope="module")
def standby(primary: Server) -> Iterator[Server]:
    """A server that follows it."""
    with servers.standby(primary) as made:
        yield made


@pytest.fixture(scope="module")
async def both(database: str, primary: Server, standby: Server) -> AsyncIterator[Settings]:
    """Tortoise connected to the primary; the settings that name both."""
    dsn, follower = (one.dsn("billgraph", "billgraph") for one in (primary, standby))
    await server_database.close()
    await server_database.connect(dsn)
    yield Settings(
        database_url=SecretStr(dsn),
        database_replica_urls=(SecretStr(follower),),
        secret_key=SecretStr("k" * 32),
    )
    await server_database.close()
    await server_database.connect(database)


@pytest.fixture
async def site(both: Settings, standby: Server) -> AsyncIterator[Site]:
    """The server, which has forgotten how the standby did before; nothing is paused."""
    async with sites.opened(both) as opened:
        yield opened
    await resume(standby)


@pytest.fixture
async def client(site: Site) -> Client:
    """Who may do everything in a new workspace."""
    return await site.someone()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What marks are made by."""
    made = Clock()
    monkeypatch.setattr(replicas, "time", made)
    return made
