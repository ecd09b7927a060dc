"""A PostgreSQL of our own under DATA_DIR, shared by all who ask and stopped with the last."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO
from urllib.parse import quote

from server.postgres_programs import (
    EmbeddedError,
    exit_code,
    hand_over,
    let_reach,
    possible_owners,
    run,
)

__all__ = ["EmbeddedError", "running", "stop"]

NAME = "billgraph"
START_TIMEOUT_S = 60
NO_PID = 2**31 - 1
# What pg_isready exits with while a server starts or stops.
REJECTING = 1
# A Unix socket's path holds 103 bytes at least, of which PostgreSQL's file name takes 14;
# a comma would part two folders, and quotes end one.
SOCKET_FOLDER = re.compile(r"[A-Za-z0-9_/.+-]{1,85}")


@contextmanager
def running(folder: Path, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """Keeps PostgreSQL running on `folder`/postgres and yields the DSN of its database.

    Whoever holds the shared lock on `folder`/postgres.users counts as a user. The kernel drops
    the lock of a killed process, so the last living user always finds out that it is the last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "postgres.users").open("a") as users:
        with _locked(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            dsn = _start(folder, options or {})
        try:
            yield dsn
        finally:
            with _locked(folder):
                _stop_unless_used(folder, users)


def stop(folder: Path) -> None:
    """Stops what a killed process left running; does nothing while anyone uses it."""
    if not (folder / "postgres").exists():
        return
    with (folder / "postgres.users").open("a") as users, _locked(folder):
        _stop_unless_used(folder, users)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop_unless_used(folder: Path, users: IO[str]) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    sockets = _socket_folder(folder)
    if _answers(sockets):
        run("pg_ctl", "-D", str(folder / "postgres"), "-m", "fast", "-w", "stop")
    if sockets.name != "postgres":
        shutil.rmtree(sockets)


def _start(folder: Path, options: Mapping[str, str]) -> str:
    cluster, sockets = folder / "postgres", _socket_folder(folder)
    let_reach(folder)
    if not cluster.exists():
        _create(cluster)
    if not _answers(sockets, within_s=START_TIMEOUT_S):
        _launch(cluster, sockets, options)
    _ensure_database(sockets)
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(sockets), safe='/')}"


def _create(cluster: Path) -> None:
    """Makes the cluster beside its place and moves it there whole: a kill leaves no half of it."""
    draft = cluster.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    hand_over(draft)
    run(
        *("initdb", "-D", str(draft), "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    )
    draft.rename(cluster)


def _launch(cluster: Path, sockets: Path, options: Mapping[str, str]) -> None:
    given = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "jit": "off",
        **options,
    }
    (cluster / "postgresql.auto.conf").write_text(
        "".join(f"{name} = '{value}'\n" for name, value in given.items())
    )
    _forget_dead_server(cluster, sockets)
    log = cluster / "server.log"
    wait = ("-w", "-t", str(START_TIMEOUT_S))
    try:
        run("pg_ctl", "-D", str(cluster), "-l", str(log), *wait, "start")
    except EmbeddedError as error:
        raise EmbeddedError(f"{error}\n{_tail(log)}") from None


def _forget_dead_server(cluster: Path, sockets: Path) -> None:
    """Clears the locks of a server that died: PostgreSQL takes any process of that pid for it.

    A pid that cannot be goes into the cluster's own lock, whose other lines let PostgreSQL find
    out by itself whether backends outlived their server.
    """
    lock = cluster / "postmaster.pid"
    if not lock.exists() or not Path("/proc/self/stat").exists():
        return
    pid, rest = lock.read_text().split("\n", 1)
    if not _is_postgres(Path("/proc") / pid / "stat"):
        lock.write_text(f"{NO_PID}\n{rest}")
        (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _is_postgres(status: Path) -> bool:
    if not status.exists():
        return False
    _, name, state = re.split(r"[()]", status.read_text(), maxsplit=2)
    return name == "postgres" and not state.startswith(" Z")


def _ensure_database(sockets: Path) -> None:
    """The application's own role is no superuser: grants and policies hold for it."""
    if NAME in _sql(sockets, "SELECT datname FROM pg_database").split():
        return
    if NAME not in _sql(sockets, "SELECT rolname FROM pg_roles").split():
        _sql(sockets, f"CREATE ROLE {NAME} LOGIN CREATEDB CREATEROLE")
    _sql(sockets, f"CREATE DATABASE {NAME} OWNER {NAME}")


def _sql(sockets: Path, statement: str) -> str:
    return run(
        *("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"),
        *("-h", str(sockets), "-U", "postgres", "-d", "postgres", "-c", statement),
    ).strip()


def _answers(sockets: Path, within_s: float = 0) -> bool:
    """Whether it takes connections, waiting `within_s` at most while it starts or recovers.

    Where none runs that is known at once; one that runs on a busy machine may take its time.
    """
    end_s = time.monotonic() + within_s
    login = ("-h", str(sockets), "-U", "postgres", "-d", "postgres")
    ask = ("pg_isready", "-q", "-t", str(START_TIMEOUT_S), *login)
    while (state := exit_code(*ask)) == REJECTING:
        if time.monotonic() > end_s:
            break
        time.sleep(0.1)
    return state == 0


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log.exists() else ""


def _socket_folder(folder: Path) -> Path:
    """The cluster's own folder, which its owner alone may enter, or a short one if that is long."""
    cluster = folder.resolve() / "postgres"
    if SOCKET_FOLDER.fullmatch(str(cluster)):
        return cluster
    short = sha256(os.fsencode(cluster)).hexdigest()[:16]
    path = Path(f"/tmp/billgraph-{os.getuid()}-{short}")  # noqa: S108 - its owner is checked below
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in possible_owners():
        raise EmbeddedError(f"{path} belongs to someone else: choose a short, plain DATA_DIR")
    hand_over(path)
    return path
