"""Every statement that the product sends while it is tested, each judged once."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from models.walls import EVERY_WORKSPACE, EVERY_WORKSPACE_SETTING, in_sight
from tests.statements import TABLES, unfixed

TOUCHES = re.compile(rf"\b(?:{'|'.join(sorted(TABLES))})\b")
# Thousands of these are made at random where plans are tested, and judged there by their form.
PLANNED = re.compile(r"SELECT \(.*\)::text WHERE (?:CASE WHEN )?set_config\(", re.DOTALL)


class Recorder:
    """Hears of each statement; what was sent for every workspace at once was said to be so."""

    def __init__(self) -> None:
        self._judged: set[str] = set()
        self._faulty: list[str] = []

    def connecting(self, connect: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """asyncpg's own way to connect, with an ear in each connection."""

        async def heard(*given: Any, **options: Any) -> Any:
            connection = await connect(*given, **options)
            if EVERY_WORKSPACE_SETTING not in (options.get("server_settings") or {}):
                connection.add_query_logger(self._hear)
            return connection

        return heard

    def _hear(self, sent: asyncpg.connection.LoggedQuery) -> None:
        sql = sent.query
        if in_sight() is EVERY_WORKSPACE or sql in self._judged or not TOUCHES.search(sql):
            return
        self._judged.add(sql)
        if not PLANNED.match(sql) and (loose := unfixed(sql)):
            self._faulty.append(f"{', '.join(loose)} in: {sql}")

    def faults(self) -> list[str]:
        """What was wrong since this was asked last."""
        found, self._faulty = self._faulty, []
        return found


RECORDER = Recorder()
