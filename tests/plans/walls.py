"""The wall between workspaces: what every statement must show of itself."""

import re
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from plans.statements import Statement
from tests.plans.world import TABLES

OWN = UUID(int=77)
LITERAL = re.compile(r"'(?:[^']|'')*'")
READ = re.compile(rf"\b(?:{'|'.join(TABLES)})\b")
WALLED = re.compile(
    rf"\bFROM (?:{'|'.join(TABLES)}) (?P<alias>\w+) "
    r"WHERE (?P=alias)\.workspace_id = \$(?P<parameter>\d+)::uuid\b"
)


def unwalled(statement: Statement) -> list[str]:
    """The relations of a statement that don't say themselves whose rows they read; none, hopefully."""
    sql = LITERAL.sub("''", statement.sql)
    read = [found.start() for found in READ.finditer(sql)]
    walled = {
        found.start() + len("FROM "): int(found["parameter"]) for found in WALLED.finditer(sql)
    }
    return [sql[at : at + 120] for at in read if not _is_own(statement, walled.get(at))]


def _is_own(statement: Statement, parameter: int | None) -> bool:
    """Whether a parameter is the workspace of whoever asks."""
    run: Any = SimpleNamespace(workspace_id=OWN)
    return parameter is not None and statement.parameters[parameter - 1](run) == OWN
