"""Execution: an operation that only reads is answered by its plans; any other one by graphql-core around them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
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
    execute,
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
        selected = document.root_fields(schema.query_type, operation.node)
        if all(_is_planned(schema.query_type, nodes[0]) for nodes in selected.values()):
            return await _planned(schema.query_type, selected, document, context)
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


def _is_planned(query: GraphQLObjectType, node: FieldNode) -> bool:
    name = node.name.value
    return name == "__typename" or (name in query.fields and query.fields[name].resolve is read)


async def _planned(
    query: GraphQLObjectType, selected: Selected, document: Document, context: Any
) -> ExecutionResult:
    """What graphql-core would answer, without it: each root field by its plan, all at once."""
    errors: list[GraphQLError] = []

    async def one(key: str, nodes: list[FieldNode]) -> Any:
        name = nodes[0].name.value
        if name == "__typename":
            return query.name
        field = Field(query, query.fields[name], nodes)
        try:
            return await answer(Asked(field, (key,), document, context))
        except Exception as error:  # noqa: BLE001 - as graphql-core: a fault leaves other fields
            errors.append(located_error(error, nodes, [key]))
            return errors[-1] if is_non_null_type(field.definition.type) else None

    if len(selected) == 1:
        [(key, nodes)] = selected.items()
        values = [await one(key, nodes)]
    else:
        values = await asyncio.gather(*(one(*item) for item in selected.items()))
    data = dict(zip(selected, values, strict=True))
    failed = any(isinstance(value, GraphQLError) for value in values)
    return ExecutionResult(None if failed else data, errors or None)


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
