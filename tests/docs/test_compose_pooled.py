"""What compose.yaml writes for PostgreSQL and PgBouncer works as it stands, with our own commands behind."""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from tests import servers
from tests.docs.reading import CHECKOUT
from tests.docs.test_compose import COMPOSE, SERVICES
from tests.equipment import PGBOUNCER
from tests.pooler import until_it_listens
from tests.ports import free_port
from tests.postgres import Cluster
from tests.server.running import ask, started
from tests.servers import Server

PASSWORD = "horse1battery2staple"
HBA = "local all postgres trust\nlocal all all scram-sha-256\n"
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*)|:\?[^}]*)?\}")
CREATE = (
    'mutation { customerCreate(input: {name: "Ann"}) { customer { name } userErrors { code } } }'
)


def config(name: str) -> str:
    """A configuration as the container gets it."""
    return str(COMPOSE["configs"][name]["content"]).replace("$$", "$")


def settings_of(service: str) -> dict[str, str]:
    """The environment of a service, with nothing set but what must be."""
    given = {"POSTGRES_PASSWORD": PASSWORD, "SECRET_KEY": "k" * 32}
    return {
        name: VARIABLE.sub(lambda found: given.get(found[1], found[2] or ""), value)
        for name, value in SERVICES[service]["environment"].items()
    }


@contextmanager
def pooler(server: Server, port: int) -> Iterator[None]:
    """PgBouncer as compose.yaml starts it, but for the addresses."""
    folder = server.folder / "pgbouncer"
    folder.mkdir()
    folder.chmod(0o777)
    ini = config("pgbouncer").replace("host=postgres", f"host={server.folder}")
    ini = ini.replace("6432", str(port)).replace("listen_addr = *", "listen_addr = 127.0.0.1")
    (folder / "pgbouncer.ini").write_text(ini.replace("/tmp/users.txt", f"{folder}/users.txt"))
    start = config("pgbouncer-start").replace("/tmp/users.txt", f"{folder}/users.txt")
    assert PGBOUNCER, "install pgbouncer"
    with (
        (server.folder / "pgbouncer.log").open("wb") as log,
        subprocess.Popen(
            ["sh", "-euc", start.replace("/etc/pgbouncer/", f"{folder}/")],
            env={"POSTGRES_PASSWORD": PASSWORD, "PATH": f"{os.environ['PATH']}:/usr/sbin"},
            stderr=log,
            user="nobody" if os.geteuid() == 0 else None,
            cwd="/",
        ) as process,
    ):
        try:
            until_it_listens(process, port, Path(log.name))
            yield
        finally:
            process.terminate()


@pytest.fixture
async def server(postgres: Cluster) -> AsyncIterator[Server]:
    """An empty PostgreSQL on which the role script of compose.yaml has run; passwords count."""
    with servers.empty_server(await servers.binaries(postgres.dsn)) as made:
        environment = {
            "POSTGRES_PASSWORD": PASSWORD,
            "PATH": f"{made.binaries}:{os.environ['PATH']}",
            "PGHOST": str(made.folder),
            "PGUSER": "postgres",
        }
        run(["bash", "-euc", config("role")], environment)
        (made.cluster / "pg_hba.conf").write_text(HBA)
        connection = await asyncpg.connect(made.dsn())
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
        yield made


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def ours(*words: str) -> list[str]:
    return [sys.executable, "-m", "server", *words]


@pytest.mark.timeout(300)
def test_a_customer_is_made_through_what_compose_sets_up(server: Server, tmp_path: Path) -> None:
    pooled = free_port()
    given = settings_of("web")
    given |= {
        "DATABASE_URL": given["DATABASE_URL"].replace("pgbouncer:6432", f"127.0.0.1:{pooled}"),
        "DATABASE_DIRECT_URL": f"{given['DATABASE_DIRECT_URL'].replace('@postgres', '@')}"
        f"?host={server.folder}",
        "DATA_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }

    with pooler(server, pooled):
        migrated = run(ours(*SERVICES["migrate"]["command"]), given)
        create = ("workspace", "create", "--name", "Acme", "--json")
        key = json.loads(run(ours(*create), given))["apiKey"]
        words = [word for word in SERVICES["web"]["command"] if word not in ("--host", "0.0.0.0")]
        with started(tmp_path, *words, **given) as web:
            web.wait_until_ready()
            made = ask(web.url, key, CREATE)
        run(ours("verify"), given)

    assert "applied 0001_initial" in migrated
    assert made["data"] == {"customerCreate": {"customer": {"name": "Ann"}, "userErrors": []}}
