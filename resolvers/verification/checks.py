"""Checks: what each proves, and the SQL that finds whatever disproves it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Check:
    """A proof over every workspace.

    `sql` answers a row for each thing that is wrong: its workspace, the public id of what it is
    about, and what is wrong with it, in words.
    """

    name: str
    proves: str
    sql: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a check found wrong."""

    check: str
    workspace_id: UUID
    subject: str
    wrong: str


def public(prefix: str, expression: str) -> str:
    """SQL of the public id of a row."""
    return f"'{prefix}_' || encode(uuid_send({expression}), 'hex')"


def differs(name: str, held: str, ought: str) -> str:
    """SQL of words about two amounts that ought to be the same; null where they are."""
    return f"CASE WHEN {held} <> {ought} THEN format('{name} is %s, not %s', {held}, {ought}) END"


def any_of(*words: str) -> str:
    """SQL of the words that are not null, as one text; null where all are."""
    return f"nullif(concat_ws('; ', {', '.join(words)}), '')"
