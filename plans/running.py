"""Running: finds or compiles the statement of a field, checks its scopes, runs it, and answers its JSON."""

from collections.abc import MutableMapping
from typing import Any, Protocol
from uuid import UUID

import orjson
from graphql import GraphQLResolveInfo

from models.connections import text
from plans.arguments import shape
from plans.definitions import Field
from plans.errors import ScopeMissing
from plans.finishing import finished
from plans.roots import compile_root
from plans.selections import Document
from plans.statements import Context, Run, Statement

Plans = MutableMapping[Any, Statement]


class PlanningContext(Context, Protocol):
    """What reads need of a request: who asks, and the statements that its document has had compiled."""

    @property
    def plans(self) -> Plans: ...


async def answer(
    info: GraphQLResolveInfo, key: UUID | None = None, workspace_id: UUID | None = None
) -> orjson.Fragment | Any:
    """The JSON of the field that is being resolved, in one statement.

    Raises ReadRefused for what may not be read, and for pages and cursors that aren't valid.
    """
    context: PlanningContext = info.context
    run = Run(info.variable_values, context, workspace_id or context.caller.workspace_id, key)
    statement = plan(info, run)
    check_scopes(statement, context)
    found = await text(statement.sql, *statement.bind(run))
    if found is None:
        return None
    if statement.derived:
        return orjson.Fragment(orjson.dumps(finished(orjson.loads(found), statement.derived)))
    return orjson.Fragment(found)


def plan(info: GraphQLResolveInfo, run: Run) -> Statement:
    """The statement of the field that is being resolved; compiled once for each shape of variables."""
    field = Field(info.parent_type, info.parent_type.fields[info.field_name], info.field_nodes)
    cached = (tuple(info.path.as_list()), shape(run.variables))
    plans: Plans = info.context.plans
    statement = plans.get(cached)
    if statement is None:
        document = Document(info.schema, info.fragments, run.variables)
        statement = plans[cached] = compile_root(document, field, run)
    return statement


def check_scopes(statement: Statement, context: Context) -> None:
    """Raises ScopeMissing where the caller lacks a scope that the statement takes."""
    missing = sorted(statement.scopes - context.caller.scopes)
    if missing:
        raise ScopeMissing(f"This needs {' and '.join(missing)}, which your key doesn't have.")
