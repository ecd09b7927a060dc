"""Selections: which fields of an object a document asks for, under which keys, fragments and directives resolved."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
    value_from_ast,
)

from plans.arguments import shape

Selected = dict[str, list[FieldNode]]


class Document:
    """The parts of an operation that resolving a selection takes."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.variables = variables
        # What of the variables decides how the document is answered.
        self.shape = shape(variables)

    def fields(self, of: GraphQLNamedType, nodes: Sequence[FieldNode]) -> Selected:
        """The sub-selections of one field's nodes on an object type, by response key, in order of appearance."""
        selected: Selected = {}
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set:
                self._collect(of, node.selection_set, selected, seen)
        return selected

    def root_fields(self, of: GraphQLNamedType, operation: OperationDefinitionNode) -> Selected:
        """The fields that an operation selects of its root type, by response key."""
        selected: Selected = {}
        self._collect(of, operation.selection_set, selected, set())
        return selected

    def _collect(
        self, of: GraphQLNamedType, chosen: SelectionSetNode, selected: Selected, seen: set[str]
    ) -> None:
        for selection in filter(self._included, chosen.selections):
            if isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                selected.setdefault(key, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                if condition is None or self._applies(condition.name.value, of):
                    self._collect(of, selection.selection_set, selected, seen)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                fragment = self.fragments[selection.name.value]
                if self._applies(fragment.type_condition.name.value, of):
                    self._collect(of, fragment.selection_set, selected, seen)

    def _applies(self, condition: str, of: GraphQLNamedType) -> bool:
        if condition == of.name:
            return True
        wanted = self.schema.get_type(condition)
        return is_abstract_type(wanted) and self.schema.is_sub_type(wanted, of)

    def _included(self, selection: SelectionNode) -> bool:
        return not self._when(selection, GraphQLSkipDirective, False) and self._when(
            selection, GraphQLIncludeDirective, True
        )

    def _when(self, selection: SelectionNode, directive: Any, otherwise: bool) -> bool:
        for node in selection.directives or ():
            if node.name.value == directive.name:
                [argument] = node.arguments or ()
                value = argument.value
                return bool(value_from_ast(value, directive.args["if"].type, dict(self.variables)))
        return otherwise
