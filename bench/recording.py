"""What a server asks PostgreSQL: the statements of a while, with their values, from PostgreSQL's own log."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.cluster import Loaded
from server.postgres_programs import run

MESSAGE = re.compile(r"(?:execute [^:]+|statement): (.*)", re.DOTALL)
PARAMETER = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")
FLUSH_S = 0.5
# Its role: what switches recording on and off is the superuser's.
APPLICATION = "billgraph"


@dataclass(frozen=True)
class Recorded:
    """One statement as it ran: its text, and its values as SQL literals, in order."""

    session: int
    sql: str
    values: tuple[str, ...]


class Tape:
    """The statements recorded, once recording has ended."""

    def __init__(self) -> None:
        self.statements: list[Recorded] = []


@contextmanager
def recording(loaded: Loaded) -> Iterator[Tape]:
    """Records what every session runs for as long as this lasts."""
    log = loaded.folder / "postgres" / "log" / "statements.json"
    tape = Tape()
    start = log.stat().st_size
    _log_statements(loaded, "all")
    try:
        yield tape
    finally:
        _log_statements(loaded, "none")
    with log.open() as lines:
        lines.seek(start)
        tape.statements = [found for line in lines if (found := _recorded(line))]


def _log_statements(loaded: Loaded, which: str) -> None:
    sockets = loaded.folder / "postgres"
    for statement in (f"ALTER SYSTEM SET log_statement = '{which}'", "SELECT pg_reload_conf()"):
        run("psql", "-X", "-q", "-h", str(sockets), "-U", "postgres", "-c", statement)
    time.sleep(FLUSH_S)


def _recorded(line: str) -> Recorded | None:
    entry = json.loads(line)
    found = MESSAGE.fullmatch(entry.get("message", ""))
    if not found or entry["user"] != APPLICATION:
        return None
    values = PARAMETER.findall(entry.get("detail", ""))
    return Recorded(entry["pid"], found[1].strip(), tuple(values))
