"""The pooler for tests: Debian's PgBouncer in transaction mode, before the PostgreSQL of the tests."""

import os
import pwd
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.equipment import PGBOUNCER
from tests.ports import free_port

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
# Far fewer than the clients, so that each connection serves many of them in turn.
CONNECTIONS = 4
CONFIGURATION = """
[databases]
* = {server} pool_size={connections}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
max_client_conn = 500
"""


@contextmanager
def pooled(dsn: str, login: str) -> Iterator[str]:
    """The way to the database of `dsn` through a PgBouncer that keeps no prepared statements."""
    assert PGBOUNCER, "install pgbouncer"
    with tempfile.TemporaryDirectory(prefix="bg") as made:
        folder, port = Path(made), free_port()
        # Whoever else it runs as must read these.
        folder.chmod(0o755)
        (folder / "users.txt").write_text(f'"{login}" ""\n')
        (folder / "pgbouncer.ini").write_text(
            CONFIGURATION.format(
                server=_server(dsn), port=port, folder=folder, connections=CONNECTIONS
            )
        )
        command = [PGBOUNCER, "--quiet", str(folder / "pgbouncer.ini")]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stderr=log, cwd="/", user=_account(dsn))
        try:
            until_it_listens(process, port, folder / "log")
            yield f"postgresql://{login}@127.0.0.1:{port}{urlsplit(dsn).path}"
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)


def _server(dsn: str) -> str:
    """Where the server is, as PgBouncer writes it."""
    url = urlsplit(dsn)
    host = parse_qs(url.query).get("host", [url.hostname or "127.0.0.1"])[0]
    password = f" password={url.password}" if url.password else ""
    return f"host={host} port={url.port or 5432}{password}"


def _account(dsn: str) -> int | None:
    """PgBouncer refuses to run as root: then it runs as who may enter the folder of the socket."""
    if os.geteuid() != 0:
        return None
    folder = Path(parse_qs(urlsplit(dsn).query).get("host", ["/"])[0])
    owner = folder.stat().st_uid
    return owner or pwd.getpwnam("nobody").pw_uid


def until_it_listens(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Waits for it, and says what it said where it ends instead."""
    end_s = time.monotonic() + START_TIMEOUT_S
    while not _answers(port):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end_s, "pgbouncer does not listen"
        time.sleep(0.05)


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
