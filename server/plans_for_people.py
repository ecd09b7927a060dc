"""Plans for people: the statements of a query, indented, without running any."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import sqlparse
from graphql import GraphQLError

from plans.definitions import Field
from plans.roots import compile_root
from plans.selections import Document
from plans.statements import Run
from resolvers.callers import SCOPES, Caller
from schema.execution import coerced
from schema.schema import schema
from server.graphql.documents import Documents
from server.graphql.lru import Lru
from server.graphql.operations import Context

READER = Caller(UUID(int=0), "LIVE", frozenset(SCOPES), datetime(2000, 1, 1, tzinfo=UTC), "reader")


def statements(text: str, raw_variables: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Each root field's response key and its SQL. Raises RequestRefused for what is no valid query."""
    core = schema._schema
    prepared = asyncio.run(Documents(core).find(text, None))
    context = Context(READER, b"", {"public_url": ""}, None, Lru(1))
    variables = coerced(core, prepared.operation, raw_variables)
    document = Document(core, prepared.operation.fragments, variables)
    query = core.query_type
    if query is None or not prepared.operation.is_all_plans:
        raise GraphQLError("Only queries that read have plans.")
    run = Run(variables, context, READER.workspace_id)
    for key, nodes in document.root_fields(query, prepared.operation.node).items():
        name = nodes[0].name.value
        if not name.startswith("__"):
            statement = compile_root(document, Field(query, query.fields[name], nodes), run)
            yield key, indented(statement.sql)


def indented(sql: str) -> str:
    """SQL for reading."""
    return str(sqlparse.format(sql, reindent=True, keyword_case="upper", wrap_after=100))
