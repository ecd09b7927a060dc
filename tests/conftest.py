"""What every test may ask for: a PostgreSQL, a migrated database of its own worker, settings."""

from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from pathlib import Path
from types import ModuleType

import asyncpg
import hypothesis
import pytest
from pydantic import SecretStr

from models import connections
from models.walls import EVERY_WORKSPACE, looking_at
from resolvers import idempotency
from server import database as server_database
from server import health
from server.graphql import allowances, sockets
from server.outside import issuers, smtp, webhooks
from server.settings import Settings
from tests import postbox as postboxes
from tests import site as sites
from tests.equipment import lacking
from tests.postbox import Postbox
from tests.postgres import CLIENTS, Cluster, cluster
from tests.recorder import RECORDER
from tests.resolvers.making import nothing_else_is_due
from tests.site import Client, Site

LIMITS: tuple[tuple[ModuleType, str], ...] = (
    (connections, "ACQUIRE_TIMEOUT_S"),
    (server_database, "CONNECT_TIMEOUT_S"),
    (health, "TIME_LIMIT_S"),
    (allowances, "PATIENCE_S"),
    (allowances, "TIME_LIMIT_S"),
    (sockets, "INIT_TIME_LIMIT_S"),
    (issuers, "FETCH_TIMEOUT_S"),
    (webhooks, "LOOK_UP_TIME_LIMIT_S"),
    (smtp, "CONNECT_TIMEOUT_S"),
)
# Nothing is timed: a machine may be as slow as it likes. `tests/fuzz` asks for chance by itself.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")
asyncpg.connect = RECORDER.connecting(asyncpg.connect)  # type: ignore[assignment]  # its overloads


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What opens connections by the dozen runs one after the other, lest PostgreSQL has none left."""
    for item in items:
        if "many_connections" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("many_connections"))


def pytest_report_header() -> list[str]:
    """Says here what is left out, for workers have no voice."""
    return lacking()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests recorded, such as a score."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if not isinstance(value, dict):
                terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The server of TEST_DATABASE_URL, or the embedded one under .data/test."""
    with cluster() as found:
        yield found


@pytest.fixture(scope="session")
async def database_dsn(postgres: Cluster) -> AsyncIterator[str]:
    """A database for this test worker alone, copied from one that was migrated."""
    async with postgres.migrated() as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def database(database_dsn: str) -> AsyncIterator[str]:
    """Tortoise connected to this worker's database; its DSN."""
    await server_database.connect(database_dsn)
    yield database_dsn
    await server_database.close()


@pytest.fixture(autouse=True, scope="session")
def patient() -> Iterator[None]:
    """What the product gives up within 10 s may take a machine under load longer.

    Tests of such a limit set their own.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module, name in LIMITS:
            assert getattr(module, name) <= 10
            patch.setattr(module, name, 60.0)
        yield


@pytest.fixture(autouse=True, scope="session")
def everything_in_sight() -> Iterator[None]:
    """Tests and fixtures see what no caller does; what runs for one still sees its workspace alone."""
    with looking_at(EVERY_WORKSPACE):
        yield


@pytest.fixture(autouse=True)
def every_statement_fixes_its_workspace() -> Iterator[None]:
    """But those that were said to be about every one."""
    yield
    faults = RECORDER.faults()
    assert not faults, f"these relations are of no workspace: {faults}"


@pytest.fixture(scope="module")
async def many_connections(database: str) -> AsyncIterator[None]:
    """A connection for each client, so that they meet in the database and not in the pool."""
    await server_database.close()
    await server_database.connect(database, pool_size=CLIENTS)
    yield
    await server_database.close()
    await server_database.connect(database)


@pytest.fixture
async def empty_database_dsn(postgres: Cluster) -> AsyncIterator[str]:
    """A database without any table, dropped after the test."""
    async with postgres.empty() as dsn:
        yield dsn


@pytest.fixture
async def quiet(database: str) -> AsyncIterator[None]:
    """Nothing for a worker to do but what the test has for it, and of that nothing for the next one."""
    await nothing_else_is_due()
    yield
    await nothing_else_is_due()


@pytest.fixture
def patient_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of requests with one key at once, those that wait for the first wait long enough for any machine."""
    limit = f"'{idempotency.TWIN_WAIT_MS}'"
    assert limit in idempotency._CLAIM
    monkeypatch.setattr(idempotency, "_CLAIM", idempotency._CLAIM.replace(limit, "'60000'"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a throw-away installation; the database is whatever the test connects."""
    return Settings(data_dir=tmp_path, secret_key=SecretStr("k" * 32))


@pytest.fixture(scope="session")
def postbox() -> Iterator[Postbox]:
    """The SMTP server that the site mails by; tell mails apart by recipient."""
    with postboxes.opened() as opened:
        yield opened


@pytest.fixture(scope="session")
async def site(
    database: str, postbox: Postbox, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """The real server over HTTP, without a worker."""
    settings = Settings(
        database_url=SecretStr(database),
        secret_key=SecretStr("k" * 32),
        data_dir=tmp_path_factory.mktemp("data"),
        smtp_url=SecretStr(postbox.url),
        webhook_allow=(ip_network("127.0.0.0/8"),),
    )
    async with sites.opened(settings) as opened:
        yield opened


@pytest.fixture
async def client(site: Site) -> Client:
    """Who may do everything in a new workspace: USD, UTC, and no payment terms."""
    return await site.someone()


@pytest.fixture
async def stranger(site: Site) -> Client:
    """The same in another workspace."""
    return await site.someone()
