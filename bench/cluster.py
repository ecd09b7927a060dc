"""The database that is measured on: an embedded PostgreSQL of the bench's own, loaded once and kept."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench import loading, statements
from bench.loading import Home
from models.migrate import migrate
from server import embedded
from server.settings import CHECKOUT

# Given when PostgreSQL starts; a log of statements costs time, so it is on while recording alone.
OPTIONS = {
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_directory": "log",
    "log_filename": "statements.log",
    "log_file_mode": "0644",
}


@dataclass(frozen=True)
class Loaded:
    """A running PostgreSQL with data in it."""

    folder: Path
    dsn: str
    homes: list[Home]

    @property
    def home(self) -> Home:
        """The largest workspace: what is read is read there."""
        return self.homes[0]

    @property
    def writable(self) -> Home:
        """The workspace that invoices are issued in."""
        return self.homes[-1]


@contextmanager
def loaded(invoices: int, console: Console, *, fresh: bool = False) -> Iterator[Loaded]:
    """PostgreSQL with `invoices` invoices, made anew where the tables or the data were others."""
    folder = CHECKOUT / ".data" / f"bench-{invoices}"
    marker = folder / "loaded.json"
    if folder.exists() and (fresh or not _is_ours(marker)):
        embedded.stop(folder)
        shutil.rmtree(folder)
    with embedded.running(folder, OPTIONS) as dsn:
        if not marker.exists():
            homes = asyncio.run(_load(dsn, invoices, console))
            written = {"of": _edition(), "homes": [asdict(home) for home in homes]}
            marker.write_text(json.dumps(written, default=str))
        yield Loaded(folder, dsn, _homes(marker))


async def _load(dsn: str, invoices: int, console: Console) -> list[Home]:
    await migrate(dsn)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("Loading invoices", total=invoices)
        return await loading.load(dsn, invoices, lambda count: progress.update(task, advance=count))


def _is_ours(marker: Path) -> bool:
    return marker.exists() and json.loads(marker.read_text())["of"] == _edition()


def _homes(marker: Path) -> list[Home]:
    return [
        Home(UUID(home["workspace_id"]), home["api_key"], home["invoices"])
        for home in json.loads(marker.read_text())["homes"]
    ]


def _edition() -> str:
    """What the data depends on: the migrations and the code that makes it."""
    files = [
        *sorted((CHECKOUT / "models" / "migrations").glob("0*.py")),
        Path(loading.__file__),
        Path(statements.__file__),
    ]
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
