"""Everything in the schema says what it is, and mutations all have the same shape."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)

from domain.errors import REFUSALS
from schema.schema import schema
from tests import acts

MUTATIONS = acts.root("Mutation").fields


def types() -> list[GraphQLNamedType]:
    """The types that are ours."""
    return [
        named
        for named in schema._schema.type_map.values()
        if not is_introspection_type(named) and not is_specified_scalar_type(named)
    ]


def described() -> Iterator[tuple[str, str | None]]:
    """Everything that a client sees, with its description."""
    for named in types():
        yield named.name, named.description
        if isinstance(named, GraphQLEnumType):
            yield from ((f"{named}.{name}", it.description) for name, it in named.values.items())
        if isinstance(named, GraphQLInputObjectType):
            yield from ((f"{named}.{name}", it.description) for name, it in named.fields.items())
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in named.fields.items():
                yield f"{named}.{name}", field.description
                for argument, it in field.args.items():
                    yield f"{named}.{name}({argument})", it.description


def test_everything_has_a_description() -> None:
    assert [name for name, description in described() if not description] == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_takes_one_input_and_answers_a_payload_that_may_be_null(name: str) -> None:
    field = MUTATIONS[name]
    noun = name[0].upper() + name[1:]

    assert {argument: str(it.type) for argument, it in field.args.items()} == {
        "input": f"{noun}Input!"
    }
    assert str(field.type) == f"{noun}Payload"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_payload_has_user_errors_all_reads_and_else_what_may_be_null(name: str) -> None:
    payload = MUTATIONS[name].type
    assert isinstance(payload, GraphQLObjectType)
    fields = {field: str(it.type) for field, it in payload.fields.items()}

    assert fields.pop("userErrors") == "[UserError!]!"
    assert fields.pop("query") == "Query"
    assert fields
    assert [field for field, of in fields.items() if of.endswith("!")] == []


# A second time changes nothing, or makes nothing that is kept.
WITHOUT_KEY = {"testClockSet", "accessTokenCreate"}


@pytest.mark.parametrize("name", sorted(MUTATIONS.keys() - WITHOUT_KEY))
def test_every_mutation_can_be_retried_safely(name: str) -> None:
    taken = schema._schema.type_map[f"{name[0].upper()}{name[1:]}Input"]
    assert isinstance(taken, GraphQLInputObjectType)

    assert str(taken.fields["idempotencyKey"].type) == "String"


def test_the_error_codes_are_the_refusals_of_the_domain() -> None:
    codes = schema._schema.type_map["ErrorCode"]
    assert isinstance(codes, GraphQLEnumType)

    assert {name: it.description for name, it in codes.values.items()} == {
        code: refusal.description for code, refusal in REFUSALS.items()
    }


def test_only_nodes_have_an_id() -> None:
    """Relay and caches take an `id` for a global one."""
    node = schema._schema.type_map["Node"]
    with_id = [
        named for named in types() if isinstance(named, GraphQLObjectType) and "id" in named.fields
    ]

    assert [named.name for named in with_id if node not in named.interfaces] == []
    assert {str(named.fields["id"].type) for named in with_id} == {"ID!"}


def test_null_clears_what_an_update_may_clear() -> None:
    """A default would make what is left out look like what is cleared."""
    for name in ("InvoiceUpdateInput", "CustomerUpdateInput", "WorkspaceUpdateInput"):
        update = schema._schema.type_map[name]
        assert isinstance(update, GraphQLInputObjectType)
        kept = {"id", "expectedVersion", "idempotencyKey"}
        with_default = [
            field
            for field, it in update.fields.items()
            if field not in kept and it.default_value is None
        ]
        assert with_default == []
