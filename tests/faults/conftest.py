"""What the fault suite stands on: a durable PostgreSQL, an installation on it, and the table of its rows."""

import platform
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.equipment import has_clocks_that_jump, may_mount
from tests.faults import table
from tests.faults.durable import Postgres, durable
from tests.faults.sizes import SIZES, Size
from tests.faults.stage import Stage, staged
from tests.faults.table import Row
from tests.postgres import Cluster

ROW = "fault"
collect_ignore = [] if has_clocks_that_jump() else ["test_clocks.py"]
collect_ignore += [] if may_mount() else ["test_disk.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of it, and whether the page is written."""
    parser.addoption("--size", choices=SIZES, default="short", help="Of the fault suite.")
    parser.addoption("--write", action="store_true", help="Faults into docs/reliability.md.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of a fault is one of each of its file's FAULTS."""
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("fault", metafunc.module.FAULTS, ids=str)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Faults last longer than tests may."""
    limit = pytest.mark.timeout(6 * SIZES[config.getoption("--size")].patience_s)
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(limit)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the table, and writes it where that is asked for and nothing failed."""
    rows = [
        Row.of(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == ROW
    ]
    if not rows:
        return
    config = terminalreporter.config
    terminalreporter.write_line("")
    for line in table.lines(rows):
        terminalreporter.write_line(line)
    is_whole = not any(terminalreporter.getreports(kind) for kind in ("failed", "error"))
    if config.getoption("--write") and is_whole:
        table.write(rows, _circumstances(config.getoption("--size")))


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest) -> Size:
    """How much of everything."""
    return SIZES[request.config.getoption("--size")]


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[Row], None]:
    """Takes the row of a fault that was survived."""
    return lambda row: record_property(ROW, row.told())


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that keeps what it acknowledged."""
    # Not below pytest's own folder, which every other run of pytest closes to PostgreSQL's account.
    with TemporaryDirectory(prefix="billgraph-") as folder, durable(Path(folder)) as postgres:
        yield postgres


@pytest.fixture(scope="module")
async def durable_dsn(durable_postgres: Postgres) -> AsyncIterator[str]:
    """A migrated database of it for the faults of one file."""
    async with Cluster(durable_postgres.dsn).migrated() as dsn:
        yield dsn


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the servers of one file keep for themselves."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
async def stage(
    size: Size, durable_postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """The installation of all files that need no other."""
    folder: Path = tmp_path_factory.mktemp("servers")
    async with (
        Cluster(durable_postgres.dsn).migrated() as dsn,
        staged(size, durable_postgres, dsn, folder) as opened,
    ):
        yield opened


def _circumstances(size: str) -> str:
    return (
        f"{datetime.now(UTC):%-d %B %Y}, {cpu_count()} cores, Python {platform.python_version()}, "
        f"size {size}."
    )
