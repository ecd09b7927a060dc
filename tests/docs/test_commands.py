"""Every shell command on a page is one: make knows its target, the server its command and options."""

import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.__main__ import app as bench_app
from models.migrate import migrate
from server import embedded
from server.cli import app
from server.settings import Settings
from tests.docs.reading import CHECKOUT, Block, blocks, commands, page
from tests.docs.running import run
from tests.postgres import as_owner

SERVER = re.compile(
    r"(?:\.venv/bin/python -m server|docker compose run --rm web|docker run billgraph) "
)
BENCH = ".venv/bin/python -m bench "
SETTING = re.compile(r"\b([A-Z][A-Z_]+)=")
KNOWN_VARIABLES = {
    *("POSTGRES_PASSWORD", "PROGRAMS", "TESTS", "PORT", "BILLGRAPH_KEY", "PGOPTIONS"),
    *("SIZE", "WRITE"),
}
KNOWN_PROGRAMS = (
    *("export", "cp", "mkdir", "pg_dump", "pg_restore"),
    *("$PROGRAMS/pg_dump", "$PROGRAMS/pg_restore"),
)
BACKUP = "docs/how-to/back-up-the-embedded-database.md"


@pytest.mark.parametrize(("block", "line"), list(commands()), ids=lambda part: str(part)[:60])
def test_a_command_on_a_page_is_understood(block: Block, line: str) -> None:
    settings = {name.upper() for name in Settings.model_fields} | KNOWN_VARIABLES
    assert set(SETTING.findall(line)) <= settings

    bare = re.sub(r"^([A-Z_]+=\S+\s*)+", "", line)
    if not bare:
        return
    if bare.startswith("make "):
        done = subprocess.run(
            ["make", "-n", *shlex.split(bare)[1:]], cwd=CHECKOUT, capture_output=True
        )
        assert done.returncode == 0, done.stderr
    elif (found := SERVER.match(bare)) is not None:
        result = CliRunner().invoke(app, [*shlex.split(bare[found.end() :]), "--help"])
        assert result.exit_code == 0, result.output
    elif bare.startswith(BENCH):
        result = CliRunner().invoke(bench_app, [*shlex.split(bare.removeprefix(BENCH)), "--help"])
        assert result.exit_code == 0, result.output
    elif bare.startswith("docker compose up"):
        assert "services:" in (CHECKOUT / "compose.yaml").read_text()
    elif bare.startswith("python3 "):
        program = bare.removeprefix("python3 ").split()
        named = program[1].replace(".", "/") + ".py" if program[0] == "-m" else program[0]
        assert (CHECKOUT / named).is_file()
    else:
        assert bare.startswith(KNOWN_PROGRAMS), f"who runs this? {line}"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, as sockets need, that looks like a checkout."""
    with tempfile.TemporaryDirectory(prefix="bg") as made:
        (Path(made) / ".venv").symlink_to(CHECKOUT / ".venv")
        yield Path(made)


@pytest.mark.timeout(400)
async def test_the_dump_of_the_page_brings_everything_back(folder: Path) -> None:
    """By the very commands of the page, on the programs that came along."""
    dump, _, restore = blocks(page(BACKUP), "sh")
    create = ["workspace", "create", "--name", "Restored Ltd", "--json"]
    with embedded.running(folder / ".data"):
        run([sys.executable, "-m", "server", *create], CHECKOUT, DATA_DIR=str(folder / ".data"))
        run(["bash", "-euc", dump.text], folder)
    with embedded.running(folder / "restored") as dsn:
        await migrate(dsn)
        run(["bash", "-euc", restore.text], folder)
        connection = await as_owner(dsn)
        found = await connection.fetchval("SELECT name FROM workspaces")
        await connection.close()

    kept = (folder / "billgraph.secret_key").read_text()
    assert found == "Restored Ltd"
    assert kept == (folder / ".data" / "secret_key").read_text()
