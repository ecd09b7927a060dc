"""Rows on their way in: new rows of any tables in one statement, and changes to one row."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from models.connections import rows
from models.tables import Table, TenantTable, listed


async def insert(*new: Table) -> None:
    """Inserts new rows, whatever their tables, with one statement; does nothing for none."""
    by_table: dict[type[Table], list[dict[str, Any]]] = {}
    for row in new:
        by_table.setdefault(type(row), []).append(_columns(row))
    if by_table:
        await rows(_insertion(tuple(by_table)), *map(_json, by_table.values()))


async def change(row: TenantTable, columns: Mapping[str, Any]) -> None:
    """Writes these columns of one row, in the database and in the instance; nothing else of it.

    The row must be locked, or its change be right whatever others write.
    """
    if not columns:
        return
    statement = _change(type(row), tuple(columns))
    await rows(statement, row.workspace_id, row.id, _json(dict(columns)))
    row.update_from_dict(dict(columns))


def _columns(row: Table) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row)._meta.fields_db_projection}


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_text).decode()


def _text(value: Any) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


@lru_cache(maxsize=256)
def _insertion(tables: tuple[type[Table], ...]) -> str:
    parts: dict[str, str] = {}
    for at, table in enumerate(tables, start=1):
        insertion = table.insertion(f"${at}")
        parts |= {**insertion.beside, f"new_{table._meta.db_table}": insertion.statement}
    *beside, (_, last) = parts.items()
    named = ", ".join(f"{name} AS ({statement})" for name, statement in beside)
    return f"WITH RECURSIVE {named} {last}" if named else last


@lru_cache(maxsize=256)
def _change(table: type[TenantTable], columns: tuple[str, ...]) -> str:
    name, names = table._meta.db_table, listed(columns)
    return (
        f"UPDATE {name} SET ({names}) = "
        f"(SELECT {names} FROM json_populate_record(NULL::{name}, $3::json)) "
        "WHERE workspace_id = $1 AND id = $2"
    )
