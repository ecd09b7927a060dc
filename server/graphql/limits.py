"""Limits on documents: one walk, each fragment measured once, before validation spends time on them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from server.graphql.errors import VALIDATION_FAILED, RequestRefused

CHARACTERS_AT_MOST = 100_000
TOKENS_AT_MOST = 2_000
DEPTH_AT_MOST = 16
FIELDS_AT_MOST = 2_000
ROOT_FIELDS_AT_MOST = 20
MUTATIONS_AT_MOST = 10
ALIASES_AT_MOST = 100
# Validation compares each two fields of one name on a level, and all that stands below them.
REPEATS_AT_MOST = 5_000
DIRECTIVES_AT_MOST = 50
DIRECTIVES_ON_ONE_AT_MOST = 5
OPERATIONS_AT_MOST = 20
FRAGMENTS_AT_MOST = 100
# Fields, inline fragments and spreads within each other: Python's own stack bounds what walks them.
NESTING_AT_MOST = 100
# The standard introspection query follows types through nine `ofType`.
INTROSPECTION_DEPTH_AT_MOST = 20
# `__schema` and `__type` answer thousands of values each; under aliases, many times over.
INTROSPECTIONS_AT_MOST = 3
INTROSPECTION_ALIASES_AT_MOST = 0

INTROSPECTION = ("__schema", "__type")


@dataclass
class Measure:
    """How large a selection is with all its fragments in it.

    `names` counts its own level's response names, `repeats` the pairs of one name on any level.
    What stands below `__schema` and `__type` has a depth and aliases of its own.
    """

    nesting: int = 0
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    repeats: int = 0
    introspections: int = 0
    introspection_depth: int = 0
    introspection_aliases: int = 0
    names: Counter[str] = field(default_factory=Counter)

    def take_in(self, other: "Measure") -> None:
        """Adds a fragment that stands on the same level."""
        self.depth = max(self.depth, other.depth)
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.names.update(other.names)
        self._add(other)

    def take_below(self, other: "Measure", name: str) -> None:
        """Adds the selection below its field of this name."""
        if name in INTROSPECTION:
            self.introspections += 1
            self.introspection_depth = max(self.introspection_depth, other.depth + 1)
            self.introspection_aliases += other.aliases
        else:
            self.depth = max(self.depth, other.depth + 1)
        self._add(other)

    def _add(self, other: "Measure") -> None:
        self.nesting = max(self.nesting, other.nesting + 1)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.repeats += other.repeats
        self.introspections += other.introspections
        self.introspection_aliases += other.introspection_aliases


def check_limits(document: DocumentNode) -> None:
    """Raises RequestRefused, with the numbers, for a document that is larger than any client needs."""
    fragments = _definitions(document, FragmentDefinitionNode)
    operations = _definitions(document, OperationDefinitionNode)
    _check("operations", len(operations), OPERATIONS_AT_MOST)
    _check("fragments", len(fragments), FRAGMENTS_AT_MOST)
    walk = _Walk({fragment.name.value: fragment for fragment in fragments})
    try:
        for operation in operations:
            _check_operation(operation, walk.of(operation.selection_set))
        # Validation spends time on those that no operation spreads, too.
        for fragment in fragments:
            _check_selection(walk.of(fragment.selection_set))
    except RecursionError:
        raise _too_complex(
            f"The document is nested too deeply; at most {NESTING_AT_MOST} levels are taken."
        ) from None


def _check_operation(operation: OperationDefinitionNode, measure: Measure) -> None:
    _check_selection(measure)
    at_most = (
        MUTATIONS_AT_MOST if operation.operation is OperationType.MUTATION else ROOT_FIELDS_AT_MOST
    )
    _check("root fields", len(measure.names), at_most)


def _check_selection(measure: Measure) -> None:
    _check("selections within each other", measure.nesting, NESTING_AT_MOST)
    _check("levels", measure.depth, DEPTH_AT_MOST)
    _check("fields", measure.fields, FIELDS_AT_MOST)
    _check("aliases", measure.aliases, ALIASES_AT_MOST)
    _check("directives", measure.directives, DIRECTIVES_AT_MOST)
    _check("pairs of fields with one name", measure.repeats, REPEATS_AT_MOST)
    _check("introspections", measure.introspections, INTROSPECTIONS_AT_MOST)
    _check("levels of introspection", measure.introspection_depth, INTROSPECTION_DEPTH_AT_MOST)
    _check("aliases in introspection", measure.introspection_aliases, INTROSPECTION_ALIASES_AT_MOST)


class _Walk:
    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._measured: dict[str, Measure] = {}

    def of(self, selected: SelectionSetNode) -> Measure:
        measure = Measure()
        for selection in selected.selections:
            self._count_directives(selection, measure)
            if isinstance(selection, FieldNode):
                self._field(selection, measure)
            elif isinstance(selection, InlineFragmentNode):
                measure.take_in(self.of(selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode):
                measure.take_in(self._fragment(selection.name.value))
        measure.repeats += sum(count * (count - 1) // 2 for count in measure.names.values())
        return measure

    def _field(self, node: FieldNode, measure: Measure) -> None:
        measure.fields += 1
        measure.aliases += node.alias is not None
        measure.names[(node.alias or node.name).value] += 1
        measure.depth = max(measure.depth, 1)
        if node.selection_set:
            measure.take_below(self.of(node.selection_set), node.name.value)

    def _fragment(self, name: str) -> Measure:
        """A fragment's size, which is reckoned once; unknown and cyclic ones are validation's to refuse."""
        if name not in self._measured:
            self._measured[name] = Measure()
            if name in self._fragments:
                self._measured[name] = self.of(self._fragments[name].selection_set)
        return self._measured[name]

    def _count_directives(self, node: Any, measure: Measure) -> None:
        count = len(node.directives or ())
        _check("directives on one field", count, DIRECTIVES_ON_ONE_AT_MOST)
        measure.directives += count


def _definitions(document: DocumentNode, kind: type[Node]) -> list[Any]:
    return [node for node in document.definitions if isinstance(node, kind)]


def _check(what: str, count: int, at_most: int) -> None:
    if count > at_most:
        raise _too_complex(
            f"The document has {count} {what}; at most {at_most} are taken. Ask for less at once."
        )


def _too_complex(message: str) -> RequestRefused:
    return RequestRefused(
        400, message, VALIDATION_FAILED, reason="QUERY_TOO_COMPLEX", of_document=True
    )
