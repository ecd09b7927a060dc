"""The schema, put together: Strawberry's types, the contract's scalars, and plans for every field that reads."""

from typing import Any

import orjson
import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from plans.definitions import DEFINITION, SOURCE
from plans.running import answer
from plans.sources import ByKey
from schema.fields import ReadField
from schema.queries import Query
from schema.scalars import SCALARS


class ExecutionContext(StrawberryGraphQLCoreExecutionContext):
    """Lets JSON that a plan has answered through as it is."""

    def complete_value(self, return_type: Any, details: Any, info: Any, path: Any, result: Any, position: Any) -> Any:
        """An answered fragment is complete; all else is graphql-core's."""
        if isinstance(result, orjson.Fragment):
            return result
        return super().complete_value(return_type, details, info, path, result, position)


async def read(_: Any, info: GraphQLResolveInfo, **__: Any) -> Any:
    """Resolves a root field by its plan."""
    return await answer(info)


async def read_back(payload: Any, info: GraphQLResolveInfo, **__: Any) -> Any:
    """Resolves a payload's object by its plan; null where the payload has none."""
    found = getattr(payload, info.field_name, None)
    return None if found is None else await answer(info, found.id, found.workspace_id)


def build() -> strawberry.Schema:
    """The schema; every field that reads is resolved by its plan alone."""
    made = strawberry.Schema(
        query=Query,
        execution_context_class=ExecutionContext,
        scalar_overrides=SCALARS,
        config=StrawberryConfig(),
    )
    _plan(made._schema)
    return made


def _plan(core: GraphQLSchema) -> None:
    for named in core.type_map.values():
        if not isinstance(named, GraphQLObjectType):
            continue
        for field in named.fields.values():
            definition = field.extensions.get(DEFINITION)
            if isinstance(definition, ReadField):
                reads_back = isinstance(definition.metadata[SOURCE], ByKey)
                field.resolve = read_back if reads_back else read


schema = build()
