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
from schema.api_keys import key_is_live
from schema.execution import VariablesInvalid, coerced
from schema.schema import schema
from server.graphql.documents import Documents
from server.graphql.errors import RequestRefused
from server.graphql.lru import Lru
from server.graphql.operations import Context
from server.graphql.requests import decoded

READER = Caller(UUID(int=0), "LIVE", frozenset(SCOPES), datetime(2000, 1, 1, tzinfo=UTC), "reader")


class NoPlan(Exception):
    """A text that no statements are compiled for, and why."""


def statements(text: str, raw_variables: str) -> list[tuple[str, str]]:
    """Each root field's response key and its SQL, for a query and its variables as JSON.

    Raises NoPlan for what is no valid query, or does more than read.
    """
    try:
        return list(_statements(text, _variables(raw_variables)))
    except RequestRefused as refused:
        raise NoPlan("\n".join(error["message"] for error in refused.errors)) from None
    except VariablesInvalid as invalid:
        raise NoPlan("\n".join(error.message for error in invalid.errors)) from None
    except GraphQLError as error:
        raise NoPlan(error.message) from None


def _variables(text: str) -> dict[str, object]:
    found = decoded(text.encode())
    if not isinstance(found, dict):
        raise NoPlan("The variables are a JSON object.")
    return found


def _statements(text: str, raw_variables: dict[str, object]) -> Iterator[tuple[str, str]]:
    core = schema._schema
    prepared = asyncio.run(Documents(core).find(text, None))
    query = core.query_type
    if query is None or not prepared.operation.is_all_plans:
        raise NoPlan("Only queries that read have plans.")
    context = Context(READER, b"", {"public_url": ""}, key_is_live, Lru(1))
    variables = coerced(core, prepared.operation, raw_variables)
    document = Document(core, prepared.operation.fragments, variables)
    run = Run(variables, context, READER.workspace_id)
    for key, nodes in document.root_fields(query, prepared.operation.node).items():
        name = nodes[0].name.value
        if not name.startswith("__"):
            statement = compile_root(document, Field(query, query.fields[name], nodes), run)
            yield key, indented(statement.sql)


def indented(sql: str) -> str:
    """SQL for reading."""
    return str(sqlparse.format(sql, reindent=True, keyword_case="upper", wrap_after=100))
