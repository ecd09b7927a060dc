"""Prices: what an operation costs in points, told from its document before anything of it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
)

from schema.execution import Operation, is_computed

# A point is about what it takes to read one object by its id.
READ = 1
ROWS_PER_POINT = 100
ACT = 10
SCHEMA = 50
TYPE_OF_SCHEMA = 5

POINTS: Final = "points"
MAILS: Final = "mails"
SECRETS: Final = "secrets"

GUARDED: Final[Mapping[str, str]] = {
    "invoiceSend": MAILS,
    "accessTokenCreate": SECRETS,
    "apiKeyCreate": SECRETS,
    "invoiceRotatePayLink": SECRETS,
    "webhookEndpointCreate": SECRETS,
    "webhookEndpointRotateSecret": SECRETS,
}
"""Mutations with an allowance of their own: mail goes out, or a secret is made."""

_META = {"__typename": 0, "__schema": SCHEMA, "__type": TYPE_OF_SCHEMA}


@dataclass(frozen=True, slots=True)
class Price:
    """Points, beside those for many rows; and how often it does what has an allowance of its own."""

    points: int
    guarded: Mapping[str, int] = field(default_factory=dict)


def price_of(operation: Operation) -> Price:
    """What an operation costs. Under several aliases a field counts as often, skipped or not."""
    names = _names(operation.node.selection_set, operation.fragments)
    guarded: dict[str, int] = {}
    for name in names.values():
        if name in GUARDED:
            guarded[GUARDED[name]] = guarded.get(GUARDED[name], 0) + 1
    return Price(max(1, sum(_points(operation, name) for name in names.values())), guarded)


def _points(operation: Operation, name: str) -> int:
    kind = operation.node.operation
    if name in _META:
        return _META[name]
    if kind is OperationType.MUTATION:
        return ACT
    query = operation.schema.query_type
    is_act = kind is OperationType.QUERY and query and is_computed(query.fields[name])
    return ACT if is_act else READ


def _names(
    chosen: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, str]:
    """The names of root fields, by their keys in the answer."""
    return {(node.alias or node.name).value: node.name.value for node in _fields(chosen, fragments)}


def _fields(
    chosen: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    for selection in chosen.selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set, fragments)
        else:
            fragment = fragments[selection.name.value]  # type: ignore[attr-defined]  # a spread
            yield from _fields(fragment.selection_set, fragments)
