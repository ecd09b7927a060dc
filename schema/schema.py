"""The schema, put together: Strawberry's types and the contract's scalars, every read by its plan."""

import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, Undefined
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from plans.definitions import DEFINITION
from schema.coercion import build_as_coerced
from schema.execution import ExecutionContext, is_computed, plan_reads
from schema.mutations import Mutation
from schema.queries import Query
from schema.scalars import SCALARS
from schema.subscriptions import Subscription


def build() -> strawberry.Schema:
    """The schema; its graphql-core side is what the server runs."""
    made = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        execution_context_class=ExecutionContext,
        scalar_overrides=SCALARS,
        config=StrawberryConfig(),
    )
    plan_reads(made._schema)
    _leave_out_null_defaults(made._schema)
    _mark_one_ofs(made._schema)
    _build_inputs(made._schema)
    return made


def _build_inputs(core: GraphQLSchema) -> None:
    fields = [
        field
        for named in core.type_map.values()
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__")
        for field in named.fields.values()
    ]
    build_as_coerced(
        acts=[field for field in fields if is_computed(field)],
        reads=[field for field in fields if not is_computed(field)],
    )


def _leave_out_null_defaults(core: GraphQLSchema) -> None:
    """An input's Python default of None is no default in GraphQL: left out and null differ there."""
    for named in core.type_map.values():
        if isinstance(named, GraphQLInputObjectType):
            for field in named.fields.values():
                if field.default_value is None:
                    field.default_value = Undefined


def _mark_one_ofs(core: GraphQLSchema) -> None:
    """graphql-core judges them in literals by its own mark, which Strawberry leaves unset."""
    for named in core.type_map.values():
        if isinstance(named, GraphQLInputObjectType):
            definition: StrawberryObjectDefinition = named.extensions[DEFINITION]
            named.is_one_of = definition.is_one_of


schema = build()
