"""Shaping: what a Python function made, as a client selected it, with the rows that the statement read for it."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import FieldNode, GraphQLNamedType, GraphQLObjectType, get_named_type

from plans.definitions import is_read
from plans.selections import Document

Rows = Sequence[Sequence[Any]]
Shaper = Callable[[Any, Rows], Any]
"""Takes a value by the schema's names and lists of rows; answers the JSON that was selected."""
Read = Callable[[GraphQLObjectType, Sequence[FieldNode]], int]
"""Has the statement read the rows that these nodes select; answers which of the lists they are."""


def shape(
    document: Document, of: GraphQLObjectType, nodes: Sequence[FieldNode], read: Read
) -> Shaper:
    """What brings values of an object type into the shape of a selection."""
    parts = {
        key: _part(document, of, chosen, read) for key, chosen in document.fields(of, nodes).items()
    }
    return lambda value, rows: {key: part(value, rows) for key, part in parts.items()}


def _part(document: Document, of: GraphQLObjectType, nodes: list[FieldNode], read: Read) -> Shaper:
    name = nodes[0].name.value
    if name == "__typename":
        return lambda *_: of.name
    shaped = _value(document, get_named_type(of.fields[name].type), nodes, read)
    return lambda value, rows: _each(value[name], rows, shaped)


def _value(
    document: Document, named: GraphQLNamedType, nodes: list[FieldNode], read: Read
) -> Shaper:
    if not isinstance(named, GraphQLObjectType):
        return lambda value, _: value
    if is_read(named):
        place = read(named, nodes)
        return lambda value, rows: rows[place][value]
    return shape(document, named, nodes, read)


def _each(value: Any, rows: Rows, shaped: Shaper) -> Any:
    if isinstance(value, list):
        return [shaped(item, rows) for item in value]
    return None if value is None else shaped(value, rows)
