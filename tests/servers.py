"""PostgreSQL servers of a test's own: one that is empty, and a standby that follows another."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from server.postgres_programs import BINARIES, STAND_IN_ACCOUNT, hand_over, is_root, let_reach

TIME_LIMIT_S = "90"
# Lost with the test: quick, and small.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "jit": "off",
}


@dataclass(frozen=True)
class Server:
    """A server in a folder of its own, which its socket is in too."""

    binaries: Path
    folder: Path

    @property
    def cluster(self) -> Path:
        """Where its files are."""
        return self.folder / "cluster"

    def dsn(self, user: str = "postgres", database: str = "postgres") -> str:
        """The way to one of its databases."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of its programs, never as root."""
        account: dict[str, Any] = {}
        if is_root():
            account = {"user": STAND_IN_ACCOUNT, "extra_groups": []}
        with tempfile.TemporaryFile("w+") as said:
            # A server that pg_ctl starts would keep a pipe open for ever.
            done = subprocess.run(
                [str(self.binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd="/",
                check=False,
                **account,
            )
            said.seek(0)
            assert done.returncode == 0, f"{program}: {said.read()}"

    def start(self) -> None:
        """Starts it, and waits until it takes connections."""
        given = "".join(f" -c {name}={value}" for name, value in OPTIONS.items())
        self._control("start", "-l", str(self.folder / "log"), "-o", f"-k {self.folder}{given}")

    def stop(self) -> None:
        """Stops it as a machine that fails does."""
        self._control("stop", "-m", "immediate")

    def _control(self, *words: str) -> None:
        self.run("pg_ctl", "-D", str(self.cluster), "-w", "-t", TIME_LIMIT_S, *words)


@contextmanager
def empty_server(binaries: Path) -> Iterator[Server]:
    """A server with nothing in it but its superuser, postgres."""
    with _stopped(binaries) as server:
        words = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        server.run("initdb", "-D", str(server.cluster), "-U", "postgres", *words)
        server.start()
        yield server


@contextmanager
def standby(of: Server) -> Iterator[Server]:
    """A server that follows another, by streaming replication."""
    with _stopped(of.binaries) as server:
        place = ("-D", str(server.cluster), "-d", of.dsn())
        server.run("pg_basebackup", *place, "-R", "-c", "fast", "--no-sync")
        server.start()
        yield server


async def binaries(dsn: str) -> Path:
    """The programs of the version that the tests run on."""
    if "TEST_DATABASE_URL" not in os.environ:
        return BINARIES
    connection = await asyncpg.connect(dsn)
    try:
        return Path(f"/usr/lib/postgresql/{connection.get_server_version().major}/bin")
    finally:
        await connection.close()


@contextmanager
def _stopped(binaries: Path) -> Iterator[Server]:
    """A folder for one; whatever runs there is stopped at the end."""
    # A short path, as sockets need.
    folder = Path(tempfile.mkdtemp(prefix="bg"))
    folder.chmod(0o755)
    let_reach(folder)
    hand_over(folder)
    server = Server(binaries, folder)
    try:
        yield server
    finally:
        if (server.cluster / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder)
