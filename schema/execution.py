"""Execution: an operation that only reads is answered by its plans; any other one by graphql-core around them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import isawaitable
from typing import Any

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
    execute_sync,
    is_non_null_type,
    located_error,
)
from graphql.execution import ExecutionResult
from graphql.execution.values import VariableValues, get_variable_values
from graphql.language import DocumentNode
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from plans.definitions import DEFINITION, SOURCE, Field
from plans.running import Asked, answer
from plans.selections import Document, Selected
from plans.sources import ByKey
from schema.fields import ReadField

COERCION_ERRORS_AT_MOST = 10


@dataclass(frozen=True)
class Operation:
    """One operation of a valid document."""

    document: DocumentNode
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]


class VariablesInvalid(Exception):
    """Variables that the operation's definitions don't take."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} variables are not valid")
        self.errors = errors


class ExecutionContext(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's execution, which lets JSON that a plan has answered through as it is."""

    def complete_value(self, *completed: Any) -> Any:
        """An answered fragment is complete; all else is graphql-core's."""
        result = completed[4]
        return result if isinstance(result, orjson.Fragment) else super().complete_value(*completed)


async def run(
    schema: GraphQLSchema, operation: Operation, raw_variables: dict[str, Any], context: Any
) -> ExecutionResult:
    """The result of an operation. Raises VariablesInvalid before anything runs."""
    variables = _coerced(schema, operation, raw_variables)
    if operation.node.operation is OperationType.QUERY and schema.query_type:
        document = Document(schema, operation.fragments, variables.coerced)
        reading = _Reading(schema.query_type, operation, raw_variables, document, context)
        if reading.is_all():
            return await reading.result()
    result = execute(
        schema,
        operation.document,
        context_value=context,
        variable_values=raw_variables,
        operation_name=operation.node.name.value if operation.node.name else None,
        executor_class=ExecutionContext,
    )
    return await result if isawaitable(result) else result


def _coerced(schema: GraphQLSchema, operation: Operation, raw: dict[str, Any]) -> VariableValues:
    found = get_variable_values(
        schema, operation.node.variable_definitions or (), raw, COERCION_ERRORS_AT_MOST
    )
    if isinstance(found, list):
        raise VariablesInvalid(found)
    return found


@dataclass(frozen=True)
class _Reading:
    """A query whose root fields are plans and introspection: what graphql-core would answer, without it."""

    query: GraphQLObjectType
    operation: Operation
    raw_variables: dict[str, Any]
    document: Document
    context: Any

    @cached_property
    def selected(self) -> Selected:
        return self.document.root_fields(self.query, self.operation.node)

    def is_all(self) -> bool:
        """Whether this is all that the operation asks for."""
        return all(self._is_read(nodes[0].name.value) for nodes in self.selected.values())

    def _is_read(self, name: str) -> bool:
        return name.startswith("__") or self.query.fields[name].resolve is read

    async def result(self) -> ExecutionResult:
        """Each root field by itself, all at once; a fault in one leaves the others, unless it can't be null."""
        answered = await asyncio.gather(
            *(self._field(key, nodes) for key, nodes in self.selected.items()),
            return_exceptions=True,
        )
        data: dict[str, Any] | None = {}
        errors = []
        for (key, nodes), value in zip(self.selected.items(), answered, strict=True):
            if isinstance(value, Exception):
                errors.append(located_error(value, nodes, [key]))
                if is_non_null_type(self.query.fields[nodes[0].name.value].type):
                    data = None
            elif isinstance(value, BaseException):
                raise value
            if data is not None:
                data[key] = None if isinstance(value, Exception) else value
        return ExecutionResult(data, errors or None)

    async def _field(self, key: str, nodes: list[FieldNode]) -> Any:
        name = nodes[0].name.value
        if name == "__typename":
            return self.query.name
        if name.startswith("__"):
            # The whole schema takes a while: other requests go on meanwhile.
            return await asyncio.to_thread(self._introspected, key, nodes)
        field = Field(self.query, self.query.fields[name], nodes)
        return await answer(Asked(field, (key,), self.document, self.context))

    def _introspected(self, key: str, nodes: list[FieldNode]) -> Any:
        asked = OperationDefinitionNode(
            operation=OperationType.QUERY,
            variable_definitions=self.operation.node.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        document = DocumentNode(definitions=(asked, *self.operation.fragments.values()))
        result = execute_sync(self.document.schema, document, variable_values=self.raw_variables)
        if result.errors:
            raise result.errors[0]
        return (result.data or {})[key]


async def read(_: Any, info: GraphQLResolveInfo[Any], **__: Any) -> Any:
    """Resolves a root field by its plan."""
    return await answer(asked(info))


async def read_back(payload: Any, info: GraphQLResolveInfo[Any], **__: Any) -> Any:
    """Resolves a payload's object by its plan; null where the payload has none."""
    definition = info.parent_type.fields[info.field_name].extensions[DEFINITION]
    found = payload.found.get(definition.python_name)
    return None if found is None else await answer(asked(info), found.id, found.workspace_id)


def asked(info: GraphQLResolveInfo[Any]) -> Asked:
    """The field that graphql-core is resolving, as the plans want it."""
    field = Field(info.parent_type, info.parent_type.fields[info.field_name], info.field_nodes)
    variables: Any = info.variable_values  # Strawberry hands out the coerced values themselves
    document = Document(info.schema, info.fragments, variables)
    return Asked(field, tuple(info.path.as_list()), document, info.context)


def asked_below(
    info: GraphQLResolveInfo[Any],
    of: GraphQLObjectType,
    key: str,
    nodes: list[FieldNode],
    document: Document,
) -> Asked:
    """A field of the object that graphql-core is about to resolve."""
    name = nodes[0].name.value
    path = (*info.path.as_list(), key)
    return Asked(Field(of, of.fields[name], nodes), path, document, info.context)


def is_read_back(field: GraphQLField) -> bool:
    """Whether a payload's field reads a row back."""
    return field.resolve is read_back


def plan_reads(schema: GraphQLSchema) -> None:
    """Has root fields and payloads resolved by their plans, without Strawberry's own steps around."""
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType):
            for field in named.fields.values():
                definition = field.extensions.get(DEFINITION)
                if not isinstance(definition, ReadField):
                    continue
                if isinstance(definition.metadata[SOURCE], ByKey):
                    field.resolve = read_back
                elif named is schema.query_type:
                    field.resolve = read
