"""Execution: an operation that only reads is answered by its plans; any other by graphql-core around them."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import isawaitable
from typing import Any, NamedTuple, TypeVar, cast

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeInfo,
    Undefined,
    ValidationContext,
    coerce_input_value,
    execute_sync,
    is_non_null_type,
    located_error,
    type_from_ast,
)
from graphql.execution import ExecutionResult
from graphql.execution.values import get_variable_values
from graphql.language import DocumentNode
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from plans.definitions import DEFINITION, SOURCE, Field
from plans.running import Asked, answer
from plans.selections import Document, Selected
from plans.sources import Asking, ByKey
from schema.fields import ReadField

COERCION_ERRORS_AT_MOST = 10
VALUES_AT_ONCE = 500

Made = TypeVar("Made")


@dataclass(frozen=True)
class Operation:
    """One operation of a valid document."""

    schema: GraphQLSchema
    document: DocumentNode
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]

    @cached_property
    def is_all_plans(self) -> bool:
        """Whether each root field that it may select, whatever its variables, is read by a plan."""
        query = self.schema.query_type
        if self.node.operation is not OperationType.QUERY or query is None:
            return False
        names = _names(self.node.selection_set, self.fragments, set())
        return all(name.startswith("__") or query.fields[name].resolve is read for name in names)

    @cached_property
    def variable_types(self) -> Mapping[str, Any]:
        """The types of its variables; looked up once for all requests."""
        return {
            node.variable.name.value: type_from_ast(self.schema, node.type)
            for node in self.node.variable_definitions or ()
        }

    @cached_property
    def never_null(self) -> frozenset[str]:
        """Its variables that stand where null may not; some may be left out, for a default."""
        context = ValidationContext(
            self.schema, self.document, TypeInfo(self.schema), lambda _: None
        )
        return frozenset(
            usage.node.name.value
            for usage in context.get_recursive_variable_usages(self.node)
            if is_non_null_type(usage.type)
        )


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
    beside = _has_many_values(raw_variables)
    if operation.is_all_plans and schema.query_type:
        document = await _made(beside, _document, schema, operation, raw_variables)
        reading = _Reading(schema.query_type, operation, raw_variables, document, context)
        return await reading.result()
    executor = await _made(beside, _executor, schema, operation, raw_variables, context)
    result = executor.execute_operation()
    return cast(ExecutionResult, await result if isawaitable(result) else result)


async def _made(beside: bool, make: Callable[..., Made], *given: Any) -> Made:
    """What `make` makes: beside the event loop, which goes on meanwhile, where that takes a while."""
    return await asyncio.to_thread(make, *given) if beside else make(*given)


def _document(schema: GraphQLSchema, operation: Operation, raw: dict[str, Any]) -> Document:
    return Document(schema, operation.fragments, coerced(schema, operation, raw))


def _executor(
    schema: GraphQLSchema, operation: Operation, raw: dict[str, Any], context: Any
) -> ExecutionContext:
    _refuse_null(operation, raw)
    made = ExecutionContext.build(
        schema,
        operation.document,
        context_value=context,
        raw_variable_values=raw,
        operation_name=operation.node.name.value if operation.node.name else None,
        max_coercion_errors=COERCION_ERRORS_AT_MOST,
    )
    if isinstance(made, list):
        raise VariablesInvalid(made)
    return cast(ExecutionContext, made)


def _has_many_values(raw: dict[str, Any]) -> bool:
    """Whether coercing variables may hold the event loop for long; counted no further than that."""
    waiting: list[Any] = [raw]
    count = 0
    while waiting and count <= VALUES_AT_ONCE:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return count > VALUES_AT_ONCE


def coerced(schema: GraphQLSchema, operation: Operation, raw: dict[str, Any]) -> Mapping[str, Any]:
    """The variables' values; where one is missing or wrong, graphql-core has the default or says why."""
    _refuse_null(operation, raw)
    values = {
        name: coerce_input_value(raw[name], declared) if name in raw else Undefined
        for name, declared in operation.variable_types.items()
    }
    if not any(value is Undefined for value in values.values()):
        return values
    found = get_variable_values(
        schema, operation.node.variable_definitions or (), raw, COERCION_ERRORS_AT_MOST
    )
    if isinstance(found, list):
        raise VariablesInvalid(found)
    return found.coerced


def _refuse_null(operation: Operation, raw: dict[str, Any]) -> None:
    """Raises VariablesInvalid for a null where null may not stand, which a default allows to declare."""
    null = [name for name in operation.never_null if name in raw and raw[name] is None]
    if null:
        raise VariablesInvalid(
            [GraphQLError(f"Variable '${name}' can't be null.") for name in sorted(null)]
        )


class _Reading(NamedTuple):
    """A query whose root fields are plans and introspection: graphql-core's answer, without it."""

    query: GraphQLObjectType
    operation: Operation
    raw_variables: dict[str, Any]
    document: Document
    context: Any

    def selected(self) -> Selected:
        kept = (Selected, self.document.shape)
        found: Selected | None = self.context.plans.get(kept)
        if found is None:
            found = self.document.root_fields(self.query, self.operation.node)
            self.context.plans[kept] = found
        return found

    async def result(self) -> ExecutionResult:
        """Each root field by itself, all at once; a fault in one leaves the others if it may be null."""
        selected = self.selected()
        fields = [self._settled(key, nodes) for key, nodes in selected.items()]
        answered = [await fields[0]] if len(fields) == 1 else await asyncio.gather(*fields)
        data: dict[str, Any] | None = {}
        errors = []
        for (key, nodes), value in zip(selected.items(), answered, strict=True):
            if isinstance(value, Exception):
                errors.append(located_error(value, nodes, [key]))
                if is_non_null_type(self.query.fields[nodes[0].name.value].type):
                    data = None
            if data is not None:
                data[key] = None if isinstance(value, Exception) else value
        return ExecutionResult(data, errors or None)

    async def _settled(self, key: str, nodes: list[FieldNode]) -> Any:
        try:
            return await self._field(key, nodes)
        except Exception as error:  # noqa: BLE001 - as graphql-core: a fault leaves other fields
            return error

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


def _names(
    chosen: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    """The names of the fields that a selection may hold, fragments included."""
    for selection in chosen.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from _names(selection.selection_set, fragments, seen)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            yield from _names(fragments[selection.name.value].selection_set, fragments, seen)


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


def is_computed(field: GraphQLField) -> bool:
    """Whether a field is an act or a calculation: its function is Strawberry's to call."""
    definition = field.extensions.get(DEFINITION)
    return bool(definition) and not isinstance(definition, ReadField)


def plan_reads(schema: GraphQLSchema) -> None:
    """Has root fields and payloads resolved by their plans, without Strawberry's own steps around."""
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType):
            for field in named.fields.values():
                definition = field.extensions.get(DEFINITION)
                if not isinstance(definition, ReadField):
                    continue
                if named is schema.query_type:
                    field.resolve = read
                elif isinstance(definition.metadata[SOURCE], ByKey | Asking):
                    field.resolve = read_back
