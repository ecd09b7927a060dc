"""Walls: row-level security, which shows a transaction the rows of the one workspace that it has named."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Final
from uuid import UUID

from models.roles import APPLICATION

WORKSPACE = "billgraph.workspace"
EVERY_WORKSPACE_SETTING = "billgraph.every_workspace"

SEEING_ALL = {EVERY_WORKSPACE_SETTING: "on"}
"""The settings of a session by which the tables' owner sees every row: for migrations and tests."""


class Every(Enum):
    """What of the database is in sight where it is not one workspace."""

    WORKSPACE = "every workspace"


EVERY_WORKSPACE: Final = Every.WORKSPACE
Sight = UUID | Every
"""What a transaction sees: the rows of one workspace, or those of every one.

The latter is for what belongs to no caller alone: the worker's claims, the feed, the command line.
"""

_sight: ContextVar[Sight | None] = ContextVar("sight", default=None)


@contextmanager
def looking_at(sight: Sight | None) -> Iterator[None]:
    """What single statements see that no transaction holds; with None nothing but credentials.

    For whoever knows whose turn it is: a request's handler, a worker with its job. A transaction
    says its own sight.
    """
    token = _sight.set(sight)
    try:
        yield
    finally:
        _sight.reset(token)


def in_sight() -> Sight | None:
    """What single statements see at present."""
    return _sight.get()


# Looked up once a statement, not once a row: PostgreSQL takes what is in SELECT for constant.
IN_SIGHT = (
    f"workspace_id = (SELECT nullif(current_setting('{WORKSPACE}', true), '')::uuid) "
    f"OR (SELECT current_setting('{EVERY_WORKSPACE_SETTING}', true) = 'on')"
)


def beginning(sight: Sight) -> str:
    """Opens a transaction by the application's role, with this in sight: one round trip."""
    return f"BEGIN; {within(sight)}"


def within(sight: Sight) -> str:
    """The same for a transaction that is open. Nothing of it outlives the transaction, so it holds
    behind a pooler that shares sessions too."""
    seen = f"{EVERY_WORKSPACE_SETTING} = 'on'"
    if isinstance(sight, UUID):
        seen = f"{WORKSPACE} = '{sight}'"
    return f"SET LOCAL ROLE {APPLICATION}; SET LOCAL {seen}"


def seeing(workspace: str) -> str:
    """A condition that puts the rows of a workspace, an SQL expression, in a single statement's sight.

    What reads them must come after it: stand in the SELECT list, or later in a CASE.
    """
    return f"set_config('{WORKSPACE}', ({workspace})::text, true) IS NOT NULL"


def raised(table: str) -> list[str]:
    """The statements that put a table behind the wall, for its owner too."""
    return [
        f"CREATE POLICY in_sight ON {table} USING ({IN_SIGHT})",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ]


def with_a_door(table: str) -> list[str]:
    """The same for a table of credentials, by which the workspace is found: anyone may look in it."""
    return [*raised(table), f"CREATE POLICY way_in ON {table} FOR SELECT USING (true)"]
