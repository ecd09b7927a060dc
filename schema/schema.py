"""The schema, put together: Strawberry's types and the contract's scalars, every read by its plan."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.execution import ExecutionContext, plan_reads
from schema.mutations import Mutation
from schema.queries import Query
from schema.scalars import SCALARS


def build() -> strawberry.Schema:
    """The schema; its graphql-core side is what the server runs."""
    made = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        execution_context_class=ExecutionContext,
        scalar_overrides=SCALARS,
        config=StrawberryConfig(),
    )
    plan_reads(made._schema)
    return made


schema = build()
