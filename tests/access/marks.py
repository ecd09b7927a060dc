"""Marks: every text of a workspace's rows replaced by one that says where it stood, to be found where it leaks."""

import re
from typing import Any

import asyncpg
import orjson

from docs.schema_access import objects
from domain.identifiers import decode_id
from plans.definitions import is_read, table_of
from tests.postgres import as_owner

MARK = re.compile(r"walled:[a-z_]+\.[a-z_]+")
EVERYBODYS = "workspaces"
LEFT_AS_THEY_ARE = re.compile(
    # What calls, calculates or is carried out by them goes on.
    r"currency|time_zone|scopes|mode|template|reset|document|types|lines|status|locale|country"
)
WORD = re.compile(r"[A-Za-z]{2,}")


async def mark(dsn: str, workspace: str) -> set[str]:
    """Marks all there is in a workspace by now; `table.column` of what could be marked.

    What a constraint holds to a form, such as an enumeration, stays as it is.
    """
    connection = await as_owner(dsn)
    try:
        workspace_id = decode_id("wsp", workspace)
        columns = [one for table in tables() for one in await _columns(connection, table)]
        return {
            f"{table}.{name}"
            for table, name, kind in columns
            if await _marked(connection, workspace_id, table, name, kind)
        }
    finally:
        await connection.close()


def tables() -> list[str]:
    """The tables that the schema's types are read from, but for what everybody may see of."""
    found = {table_of(of).name for of in objects() if is_read(of)}
    return sorted(found - {EVERYBODYS})


def marks_in(value: Any) -> set[str]:
    """The places whose marks are somewhere in an answer."""
    return {found.removeprefix("walled:") for found in MARK.findall(orjson.dumps(value).decode())}


async def _columns(connection: Any, table: str) -> list[tuple[str, str, str]]:
    found = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_name = $1 AND data_type IN ('text', 'jsonb')",
        table,
    )
    return [
        (table, row["column_name"], row["data_type"])
        for row in found
        if not LEFT_AS_THEY_ARE.search(row["column_name"])
    ]


async def _marked(connection: Any, workspace_id: Any, table: str, name: str, kind: str) -> bool:
    text = f"walled:{table}.{name}"
    stored = await connection.fetch(
        f"SELECT id, {name}::text AS value FROM {table} WHERE workspace_id = $1", workspace_id
    )
    try:
        async with connection.transaction():
            for row in stored:
                value = f"{text}:{row['id']}"
                if kind == "jsonb":
                    value = orjson.dumps(
                        _within(orjson.loads(row["value"] or "null"), text)
                    ).decode()
                elif (row["value"] or "").startswith("http"):
                    value = f"{row['value']}/{text}"
                await connection.execute(
                    f"UPDATE {table} SET {name} = $3::text::{kind} WHERE workspace_id = $1 AND id = $2",
                    *(workspace_id, row["id"], value),
                )
    except asyncpg.PostgresError:
        return False
    return bool(stored)


def _within(value: Any, text: str) -> Any:
    """A JSON value with its words marked; one that is empty gets an entry."""
    if isinstance(value, dict):
        return {key: _within(part, text) for key, part in value.items()} or {"more": text}
    if isinstance(value, list):
        return [_within(part, text) for part in value]
    if isinstance(value, str) and WORD.search(value) and not value.isupper():
        return text
    return {"more": text} if value is None else value
