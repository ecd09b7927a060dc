"""The schema's types as tables for people: every object, input and enum with its descriptions."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
)

from schema.schema import schema

ROOTS = ("Query", "Mutation", "Subscription")
_BORROWED = ("Connection", "Edge", "Payload")


def objects() -> str:
    """Every object and interface, but for roots, connections and payloads, which are all alike."""
    return _sections(GraphQLObjectType | GraphQLInterfaceType, _fields, _BORROWED)


def inputs() -> str:
    """Every input."""
    return _sections(GraphQLInputObjectType, _input_fields)


def enums() -> str:
    """Every enum."""
    return _sections(GraphQLEnumType, _values)


def _sections(kind: Any, rows: Any, left_out: tuple[str, ...] = ()) -> str:
    found = (
        named
        for name, named in sorted(schema._schema.type_map.items())
        if isinstance(named, kind) and not name.startswith("__") and name not in ROOTS
        if not (left_out and name.endswith(left_out))
    )
    return "\n\n".join(_section(named, rows) for named in found)


def _section(named: Any, rows: Any) -> str:
    return f"## {named.name}\n\n{named.description or ''}\n\n{_table(rows(named))}"


def _table(rows: Iterator[tuple[str, str]]) -> str:
    lines = ("| | |", "| --- | --- |", *(f"| {left} | {right} |" for left, right in rows))
    return "\n".join(lines)


def _fields(named: Any) -> Iterator[tuple[str, str]]:
    for name, field in named.fields.items():
        given = ", ".join(argument for argument in field.args)
        shown = f"{name}({given})" if given else name
        yield f"`{shown}: {field.type}`", _cell(field.description)


def _input_fields(named: Any) -> Iterator[tuple[str, str]]:
    for name, field in named.fields.items():
        usual = "" if field.default_value is Undefined else f" = {_default(field)}"
        yield f"`{name}: {field.type}{usual}`", _cell(field.description)


def _default(field: Any) -> str:
    value = field.default_value
    return str(getattr(value, "name", value)).lower() if isinstance(value, bool) else str(value)


def _values(named: Any) -> Iterator[tuple[str, str]]:
    for name, value in named.values.items():
        yield f"`{name}`", _cell(value.description)


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")
