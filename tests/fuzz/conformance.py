"""Conformance: whether an answer is what the published schema says of each of its fields."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    is_required_argument,
    parse,
)

from domain.currencies import CURRENCIES
from domain.money import MAX_MINOR
from schema.scalars import TIME_ZONES
from tests.fuzz.published import SCHEMA, root

Form = Callable[[Any], bool]


def _text(pattern: str) -> Form:
    written = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and written.fullmatch(value) is not None


def _whole(least: int, most: int) -> Form:
    return lambda value: type(value) is int and least <= value <= most


FORMS: Mapping[str, Form] = {
    "DateTime": _text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"),
    "Date": _text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "Decimal": _text(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"),
    "MinorUnits": _whole(-(10**4) * MAX_MINOR, 10**4 * MAX_MINOR),
    "CurrencyCode": lambda value: value in CURRENCIES,
    "CountryCode": _text(r"[A-Z]{2}"),
    "TimeZone": lambda value: value in TIME_ZONES,
    "URL": _text(r"https?://[^\s]+"),
    "Metadata": lambda value: (
        isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    ),
    "JSON": lambda value: value is not None,
    "ID": lambda value: isinstance(value, str) and bool(value),
    "String": lambda value: isinstance(value, str),
    "Int": _whole(-(2**31), 2**31 - 1),
    "Boolean": lambda value: isinstance(value, bool),
}
"""What each scalar looks like in answers; DueDate is in inputs alone."""


def faults(document: str, answered: Any) -> list[str]:
    """What is wrong with the answer to a document of one operation, without fragments by name."""
    [operation] = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    name = "Mutation" if operation.operation is OperationType.MUTATION else "Query"
    return list(_of_object(root(name), operation.selection_set, answered, name))


def _of(wanted: Any, selected: SelectionSetNode | None, value: Any, place: str) -> Iterator[str]:
    if isinstance(wanted, GraphQLNonNull):
        if value is None:
            yield f"{place} is null"
        wanted = wanted.of_type
    if value is None:
        return
    if isinstance(wanted, GraphQLList):
        for position, one in enumerate(value):
            yield from _of(wanted.of_type, selected, one, f"{place}.{position}")
    elif isinstance(wanted, GraphQLEnumType):
        if value not in wanted.values:
            yield f"{place} is {value!r}"
    elif isinstance(wanted, GraphQLScalarType):
        if not FORMS[wanted.name](value):
            yield f"{place} is {value!r}, which is no {wanted.name}"
    else:
        assert selected is not None
        yield from _of_object(wanted, selected, value, place)


def _of_object(
    wanted: Any, selected: SelectionSetNode, value: Mapping[str, Any], place: str
) -> Iterator[str]:
    fields = dict(_fields(wanted, selected))
    for name in value.keys() - fields.keys():
        yield f"{place}.{name} was not asked for"
    for name, (of, below, is_sure) in fields.items():
        if name in value:
            yield from _of(of, below, value[name], f"{place}.{name}")
        elif is_sure:
            yield f"{place}.{name} is missing"


def _fields(
    wanted: Any, selected: SelectionSetNode, is_sure: bool = True
) -> Iterator[tuple[str, tuple[Any, SelectionSetNode | None, bool]]]:
    """Each field by its key: its type, what is selected of it, and whether it must be there."""
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode):
            on = SCHEMA.type_map[node.type_condition.name.value] if node.type_condition else wanted
            yield from _fields(on, node.selection_set, is_sure and on is wanted)
        elif isinstance(node, FieldNode):
            key = (node.alias or node.name).value
            yield key, (_type_of(wanted, node.name.value), node.selection_set, is_sure)


def _type_of(wanted: Any, name: str) -> Any:
    if name == "__typename":
        return SCHEMA.type_map["String"]
    return wanted.fields[name].type


def selection(of: Any, depth: int) -> str:
    """All fields without arguments of an object, and of those below it, so many levels deep."""
    parts = []
    for name, field in of.fields.items():
        named = field.type
        while not hasattr(named, "name"):
            named = named.of_type
        is_large = name == "query" or named.name.endswith("Connection")
        if is_large or any(map(is_required_argument, field.args.values())):
            continue
        if not isinstance(named, GraphQLObjectType):
            parts += [name] if isinstance(named, GraphQLScalarType | GraphQLEnumType) else []
        elif depth > 1:
            parts.append(f"{name} {{ {selection(named, depth - 1)} }}")
    return " ".join(parts)
