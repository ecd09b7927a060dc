"""The PostgreSQL that the server brings along."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server import embedded
from tests.postgres import as_owner
from tests.process_tree import children, runs

PATIENCE_S = 60

# Starts the database, says its DSN, and keeps it until its standard input ends.
USER = """
import sys
from pathlib import Path
from server import embedded
with embedded.running(Path(sys.argv[1])) as dsn:
    print(dsn, flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def dsn_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def postmaster(folder: Path) -> str:
    return (folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]


def is_stopped(folder: Path) -> bool:
    return not (folder / "postgres" / "postmaster.pid").exists()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    embedded.stop(tmp_path)


async def test_it_is_postgresql_18_in_utf8_for_a_role_without_special_rights(folder: Path) -> None:
    with embedded.running(folder) as dsn:
        connection = await as_owner(dsn)
        found = await connection.fetchrow(
            "SELECT current_setting('server_version_num')::int / 10000 AS version,"
            " current_setting('server_encoding') AS encoding, upper('é') AS upper, rolsuper"
            " FROM pg_roles WHERE rolname = current_user"
        )
        await connection.close()

    assert dict(found or {}) == {
        "version": 18,
        "encoding": "UTF8",
        "upper": "É",
        "rolsuper": False,
    }


async def test_nobody_else_on_the_machine_may_reach_it(folder: Path) -> None:
    with embedded.running(folder) as dsn:
        connection = await as_owner(dsn)
        listens = await connection.fetchval("SELECT current_setting('listen_addresses')")
        await connection.close()
        mode = (folder / "postgres").stat().st_mode & 0o777

    assert listens == ""
    assert mode == 0o700


def test_it_stops_with_its_last_user(folder: Path) -> None:
    with another_process(folder) as other:
        dsn = dsn_of(other)
        with embedded.running(folder) as same_dsn:
            assert same_dsn == dsn
        assert not is_stopped(folder)
        other.communicate()

    assert is_stopped(folder)


def test_it_stops_with_its_last_user_however_slow_it_is(folder: Path) -> None:
    with embedded.running(folder):
        server = int(postmaster(folder))
        os.kill(server, signal.SIGSTOP)
        # Longer than a question to a server that is well would take.
        woken = threading.Timer(4, os.kill, (server, signal.SIGCONT))
        woken.start()

    woken.join()
    assert is_stopped(folder)


async def test_after_a_kill_the_next_user_finds_its_rows_and_stops_it(folder: Path) -> None:
    with another_process(folder) as killed:
        connection = await as_owner(dsn_of(killed))
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS it")
        await connection.close()
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    server = postmaster(folder)

    with embedded.running(folder) as dsn:
        assert postmaster(folder) == server
        connection = await as_owner(dsn)
        assert await connection.fetchval("SELECT it FROM kept") == 7
        await connection.close()

    assert is_stopped(folder)


async def test_after_a_crash_of_the_machine_it_recovers(folder: Path) -> None:
    with another_process(folder) as killed:
        connection = await as_owner(dsn_of(killed))
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS it")
        server = int(postmaster(folder))
        os.kill(server, signal.SIGSTOP)  # so that it has no more of them than are seen
        backends = children(server)
        os.kill(server, signal.SIGKILL)
        connection.terminate()
        # A machine that crashed has none of them left, and one that is left keeps others out.
        async with asyncio.timeout(PATIENCE_S):
            while any(runs(backend.pid) for backend in backends):  # noqa: ASYNC110 - processes
                await asyncio.sleep(0.02)

    with embedded.running(folder) as dsn:
        connection = await as_owner(dsn)
        assert await connection.fetchval("SELECT it FROM kept") == 7
        await connection.close()


def test_what_a_killed_set_up_left_half_made_is_made_anew(folder: Path) -> None:
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "PG_VERSION").write_text("18")

    with embedded.running(folder) as dsn:
        assert dsn


async def test_a_folder_with_a_long_or_odd_name_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "a, 'b' é" / ("long" * 20)
    with embedded.running(folder) as dsn:
        connection = await as_owner(dsn)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


def test_where_it_cannot_start_the_reason_is_told(folder: Path) -> None:
    with embedded.running(folder):
        pass
    (folder / "postgres" / "pg_hba.conf").write_text("nonsense\n")

    with pytest.raises(embedded.EmbeddedError, match=r"pg_hba\.conf"), embedded.running(folder):
        pass
