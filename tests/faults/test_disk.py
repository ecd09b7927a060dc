"""A disk that is full: what cannot be written is not acknowledged, and all goes on once there is room."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from models.connections import FAULTS
from tests.faults.durable import durable
from tests.faults.sizes import Size
from tests.faults.stage import Fault, Stage, staged, survive
from tests.faults.table import Row
from tests.postgres import Cluster

pytestmark = pytest.mark.faults
DISK_MB = 256
PATIENCE_S = 180
BALLAST = "ballast"


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own with little room; mounting one takes root."""
    with TemporaryDirectory(prefix="billgraph-") as folder:
        options = f"size={DISK_MB}m,mode=711"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """Where PostgreSQL of this file keeps everything."""
    with small_disk() as mounted:
        yield mounted


@pytest.fixture(scope="module")
async def stage(size: Size, disk: Path, folder: Path) -> AsyncIterator[Stage]:
    """An installation whose PostgreSQL has little room."""
    room = {"max_wal_size": "48MB", "min_wal_size": "32MB"}
    with durable(disk / "db", **room) as postgres:
        async with (
            Cluster(postgres.dsn).migrated() as dsn,
            staged(size, postgres, dsn, folder) as opened,
        ):
            yield opened


async def fill(stage: Stage) -> None:
    """Takes all the room there is, until PostgreSQL notices."""
    with (stage.postgres.folder / BALLAST).open("wb") as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(2**20))
            ballast.flush()
    async with asyncio.timeout(PATIENCE_S):
        while await wrote_much(stage):
            pass


async def wrote_much(stage: Stage) -> bool:
    """Has PostgreSQL write until there is no room; whether there was."""
    try:
        connection = await asyncpg.connect(stage.dsn)
        try:
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS filled (it text);"
                "INSERT INTO filled SELECT repeat('x', 1000) FROM generate_series(1, 4000)"
            )
        finally:
            await connection.close()
    except FAULTS:
        return False
    return True


async def free(stage: Stage) -> None:
    """There is room again; PostgreSQL is started where it gave up."""
    (stage.postgres.folder / BALLAST).unlink()
    await asyncio.to_thread(stage.postgres.start)
    connection = await asyncpg.connect(stage.dsn)
    await connection.execute("DROP TABLE IF EXISTS filled")
    await connection.close()


async def test_nothing_is_lost_or_doubled_where_the_disk_is_full(
    stage: Stage, report: Callable[[Row], None]
) -> None:
    how = f"PostgreSQL on a file system of {DISK_MB} MB, all of it filled"
    report(await survive(stage, Fault("the disk is full", how, fill, free)))
