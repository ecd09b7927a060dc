"""What the schema says is never null, the database holds to."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLObjectType, is_non_null_type

from models.connections import rows
from plans import sources
from plans.definitions import DEFINITION, SOURCE
from plans.rows import Expression, Row
from plans.sources import Table
from schema.fields import ReadField
from schema.schema import schema

COLUMN = "t."
OF_ENTRIES = {("ledger_transfers", name) for name in ("entry_minor", "balance_minor")}
"""Never null where a transfer is an entry, and only entries are read; a test below proves it."""


def needed() -> Iterator[tuple[str, str, str]]:
    """Each field that is never null and is one column: the field, its table and the column."""
    for named in schema._schema.type_map.values():
        table = getattr(_origin(named), "__table__", None)
        if isinstance(named, GraphQLObjectType) and isinstance(table, Table):
            for name, field in named.fields.items():
                definition = field.extensions.get(DEFINITION)
                if isinstance(definition, ReadField) and is_non_null_type(field.type):
                    for column in _columns(definition.metadata[SOURCE]):
                        yield f"{named.name}.{name}", table.name, column


def _origin(named: Any) -> Any:
    return getattr(named.extensions.get(DEFINITION), "origin", None)


def _columns(source: Any) -> Iterator[str]:
    if isinstance(source, sources.Scalar):
        yield from _column(source.expression)
    if isinstance(source, sources.One):
        yield from _column(source.key)
    if isinstance(source, sources.Embedded):
        for expression in source.parts.values():
            yield from _column(expression)


def _column(expression: Expression) -> Iterator[str]:
    statement: Any = SimpleNamespace(
        workspace=lambda: "$1", caller=lambda *_: "$2", setting=lambda _: "$3"
    )
    made = expression(Row(statement, "t"))
    if made.startswith(COLUMN) and made[len(COLUMN) :].isidentifier():
        yield made[len(COLUMN) :]


@pytest.fixture(scope="module")
async def nullable(database: str) -> set[tuple[str, str]]:
    """The columns that may be null."""
    found = await rows(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND is_nullable = 'YES'"
    )
    return {(row["table_name"], row["column_name"]) for row in found} - OF_ENTRIES


@pytest.mark.parametrize(("field", "table", "column"), list(needed()))
async def test_a_field_that_is_never_null_is_a_column_that_is_never_null(
    nullable: set[tuple[str, str]], field: str, table: str, column: str
) -> None:
    assert (table, column) not in nullable, field


async def test_what_is_an_entry_has_an_amount_and_a_balance(database: str) -> None:
    [found] = await rows(
        "SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint "
        "WHERE conname = 'ledger_transfers_entry_whole'"
    )
    assert (
        "num_nulls(invoice_id, entry_position, entry_minor, balance_minor)" in found["definition"]
    )


def test_most_fields_are_columns() -> None:
    assert len(list(needed())) > 80
