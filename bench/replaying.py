"""Replaying: pgbench sends what Billgraph was recorded to send, again and again, with new ids and numbers.

An issue is recorded twice in each workspace. What is the same both times is replayed as it was, be
it a whole value or the rest of a JSON text; a uuid that differs is another one each time.
"""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Any

from bench.cluster import Loaded
from bench.load import Load
from bench.recording import Recorded
from server.postgres_programs import EmbeddedError, run

# As many connections as Billgraph holds, with plans that last as its own do.
CLIENTS = 10
SESSION = "options='-c plan_cache_mode=force_generic_plan'"
RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)

PLACEHOLDER = re.compile(r"\$(\d+)")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What differs from issue to issue and is no uuid, by its column; SQL stands between ⟨ and ⟩.
FRESH = {
    "number": "INV-⟨:last_sequence::text⟩",
    "number_sequence": "⟨:last_sequence::text⟩",
    "pay_token": "⟨gen_random_uuid()⟩",
    "token_hash": "\\x⟨replace(gen_random_uuid()::text, '-', '')⟩",
}
SQL = re.compile("⟨([^⟩]+)⟩")
TAKES_NUMBER = "last_sequence, (SELECT template"

Tape = Sequence[Recorded]


class NotReplayable(Exception):
    """Billgraph's statements changed their form: the replay has to learn it."""


class Script:
    """A pgbench script that issues as twice recorded, and its variables."""

    def __init__(self, number: int, once: Tape, again: Tape) -> None:
        self.variables: dict[str, str] = {}
        self._number = number
        self._ids: dict[str, str] = {}
        if [one.sql for one in once] != [one.sql for one in again]:
            raise NotReplayable("an issue doesn't always send the same statements")
        made = [self._statement(*both) for both in zip(once, again, strict=True)]
        if not any(line.endswith("\\gset") for line in made):
            raise NotReplayable("no statement takes a number")
        self.text = "\n".join(self._with_ids(made))

    def _statement(self, once: Recorded, again: Recorded) -> str:
        """One line, its end as pgbench wants it: what later statements need is kept in variables."""
        values = [self._value(*both) for both in zip(once.values, again.values, strict=True)]
        flat = " ".join(once.sql.rstrip(";").split())
        if flat.startswith("BEGIN"):
            # pgbench would send what comes along, the walls, by a round trip of its own.
            return "BEGIN;"
        sql = PLACEHOLDER.sub(lambda found: values[int(found[1]) - 1], flat)
        return f"{sql} \\gset" if TAKES_NUMBER in sql else f"{sql};"

    def _with_ids(self, lines: list[str]) -> list[str]:
        """The first statement that reads a row answers the new ids as well."""
        ids = ", ".join(f"uuidv7() AS {name}" for name in self._ids.values())
        first = next(at for at, line in enumerate(lines) if line.startswith("SELECT "))
        lines[first] = f"SELECT {ids}, {lines[first].removeprefix('SELECT ').rstrip(';')} \\gset"
        return lines

    def _value(self, once: str, again: str) -> str:
        if once == "NULL":
            return once
        if once == again:
            return self._constant(_plain(once))
        if UUID.fullmatch(_plain(once)):
            return self._id(_plain(once))
        told = self._told(json.loads(_plain(once)), json.loads(_plain(again)))
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        # Every second piece is SQL: what a pattern's group has found.
        pieces = [
            piece if at % 2 else f"{self._constant(piece)}::text"
            for at, piece in enumerate(SQL.split(text))
        ]
        return f"concat({', '.join(pieces)})"

    def _told(self, once: Any, again: Any, column: str = "") -> Any:
        if isinstance(once, list):
            return [self._told(*both) for both in zip(once, again, strict=True)]
        if isinstance(once, dict):
            return {name: self._told(value, again[name], name) for name, value in once.items()}
        if once == again:
            return once
        if column in FRESH:
            return FRESH[column]
        return f"⟨{self._id(once)}::text⟩" if UUID.fullmatch(str(once)) else once

    def _constant(self, text: str) -> str:
        name = f"v{self._number}_{len(self.variables)}"
        self.variables[name] = text
        return f":{name}"

    def _id(self, uuid: str) -> str:
        return f":{self._ids.setdefault(uuid, f'id_{len(self._ids)}')}"


def _plain(literal: str) -> str:
    """The text of an SQL literal."""
    return literal[1:-1].replace("''", "'")


class Replay:
    """pgbench with the scripts of all workspaces."""

    def __init__(self, loaded: Loaded, tapes: Sequence[tuple[Tape, Tape]]) -> None:
        self._loaded = loaded
        self._arguments: list[str] = []
        folder = loaded.folder / "replay"
        folder.mkdir(exist_ok=True)
        for number, (once, again) in enumerate(tapes):
            script = Script(number, once, again)
            path = folder / f"issue-{number}.sql"
            path.write_text(script.text)
            self._arguments += ["-f", str(path)]
            for name, value in script.variables.items():
                self._arguments += ["-D", f"{name}={value}"]

    async def put(self, seconds: float) -> Load:
        """Issues for a while. Raises NotReplayable where a statement is refused."""
        return await asyncio.to_thread(self._run, max(1, round(seconds)))

    def _run(self, seconds: int) -> Load:
        sockets = self._loaded.folder / "postgres"
        try:
            said = run(
                *("pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1"),
                *("-T", str(seconds), *self._arguments),
                f"host={sockets} user=billgraph dbname=billgraph {SESSION}",
            )
        except EmbeddedError as error:
            raise NotReplayable(str(error)[-1500:]) from None
        found = RATE.search(said)
        if not found or "aborted" in said:
            raise NotReplayable(said[-1500:])
        rate = float(found[1])
        # pgbench tells the rate alone: with all its clients busy, it says how long each waits.
        return Load(seconds=seconds, latencies_s=[CLIENTS / rate] * round(rate * seconds))
