"""Schemathesis at the real server: operations that it makes of the schema, as introspection tells it."""

import asyncio
from typing import Any

import pytest
import schemathesis
from graphql import GraphQLScalarType, ValueNode, is_specified_scalar_type, parse_value
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.fuzz.conformance import faults
from tests.fuzz.published import SCHEMA
from tests.fuzz.sizes import TIME_LIMIT_S, examples
from tests.fuzz.spellings import TAKEN
from tests.fuzz.writing import NAME, as_literal
from tests.site import Client

CHECKS = [not_a_server_error, response_schema_conformance]
CODES = {"BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "UNAUTHENTICATED"}


def _literals(name: str) -> st.SearchStrategy[ValueNode]:
    """What a document can say of a scalar's values: the keys of its objects are names."""
    writable = TAKEN[name].filter(
        lambda value: not isinstance(value, dict) or all(map(NAME.fullmatch, value))
    )
    return writable.map(as_literal).map(parse_value)


@pytest.fixture(scope="module")
def scalars() -> None:
    """Schemathesis knows how to write our scalars."""
    for name in TAKEN:
        named = SCHEMA.type_map[name]
        if isinstance(named, GraphQLScalarType) and not is_specified_scalar_type(named):
            schemathesis.graphql.scalar(name, _literals(name))


@pytest.mark.usefixtures("scalars")
@pytest.mark.timeout(TIME_LIMIT_S)
@pytest.mark.parametrize("kind", ["queries", "mutations"])
async def test_no_operation_fails_and_every_answer_is_what_the_schema_says(
    client: Client, kind: str
) -> None:
    await asyncio.to_thread(_try_out, client, kind)

    assert await client.ask("{ __typename }") == {"__typename": "Query"}


def _try_out(client: Client, kind: str) -> None:
    found = schemathesis.graphql.from_url(client.url, headers=client.authorization)
    prefix = "Mutation." if kind == "mutations" else "Query."
    operations = [one.ok() for one in found.get_all_operations() if isinstance(one, Ok)]
    wanted = [one.as_strategy() for one in operations if one.label.startswith(prefix)]
    assert len(wanted) > 20

    @examples(40)
    @given(st.one_of(*wanted))
    def answers_as_the_schema_says(case: Any) -> None:
        response = case.call(headers=client.authorization)

        case.validate_response(response, checks=CHECKS)
        answer = response.json()
        assert {error["extensions"]["code"] for error in answer.get("errors", ())} <= CODES
        if answer.get("data"):
            assert "errors" in answer or faults(case.body, answer["data"]) == []

    answers_as_the_schema_says()
