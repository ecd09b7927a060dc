"""Rows on their way in: new rows of any tables in one statement, and changes to one row."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
from tortoise.models import Model

from models.connections import rows
from models.tables import TenantTable


async def insert(*new: Model) -> None:
    """Inserts new rows, whatever their tables, with one statement; does nothing for none."""
    by_table: dict[type[Model], list[dict[str, Any]]] = {}
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


def _columns(row: Model) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row)._meta.fields_db_projection}


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_text).decode()


def _text(value: Any) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


@lru_cache(maxsize=256)
def _insertion(tables: tuple[type[Model], ...]) -> str:
    *first, last = [_insert_one(table, f"${at}") for at, table in enumerate(tables, start=1)]
    before = ", ".join(f"part_{at} AS ({statement})" for at, statement in enumerate(first))
    return f"WITH {before} {last}" if before else last


def _insert_one(table: type[Model], parameter: str) -> str:
    name, columns = table._meta.db_table, _listed(table._meta.fields_db_projection)
    return (
        f"INSERT INTO {name} ({columns}) SELECT {columns} "
        f"FROM json_populate_recordset(NULL::{name}, {parameter}::json)"
    )


@lru_cache(maxsize=256)
def _change(table: type[Model], columns: tuple[str, ...]) -> str:
    name, listed = table._meta.db_table, _listed(columns)
    return (
        f"UPDATE {name} SET ({listed}) = "
        f"(SELECT {listed} FROM json_populate_record(NULL::{name}, $3::json)) "
        "WHERE workspace_id = $1 AND id = $2"
    )


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(columns)
