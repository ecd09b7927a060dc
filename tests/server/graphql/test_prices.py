"""Prices: each root field by what it is, whatever it is called and however it is spelt."""

import pytest
from graphql import GraphQLObjectType

from schema.schema import schema
from server.graphql.documents import Documents
from server.graphql.prices import GUARDED, MAILS, SECRETS, Price

SEND = 'invoiceSend(input: {id: "inv_1"}) { invoice { id } }'


async def price(document: str) -> Price:
    return (await Documents(schema._schema).find(document, None)).price


@pytest.mark.parametrize(
    ("document", "points"),
    [
        ("{ viewer { mode } }", 1),
        ("{ viewer { mode } __typename }", 1),
        ("{ __typename }", 1),
        ("{ a: viewer { mode } b: viewer { mode } c: viewer { mode } }", 3),
        ("{ a: viewer { mode } a: viewer { scopes } }", 1),
        ("{ ...F ... { b: viewer { mode } } } fragment F on Query { viewer { mode } }", 2),
        ("{ __schema { queryType { name } } }", 50),
        ('{ __type(name: "Query") { name } }', 5),
        ('{ invoicePreview(invoice: {customerId: "cus_1", lines: []}) { __typename } }', 10),
        ('mutation { customerCreate(input: {name: "Ann"}) { customer { id } } }', 10),
        ("subscription { events { id } }", 1),
    ],
)
async def test_a_read_is_cheap_an_act_is_dear(document: str, points: int) -> None:
    assert await price(document) == Price(points)


async def test_aliases_multiply_what_has_an_allowance_of_its_own() -> None:
    document = f"""mutation {{ a: {SEND} b: {SEND}
        accessTokenCreate(input: {{scopes: [INVOICES_READ]}}) {{ expiresAt }} }}"""

    assert await price(document) == Price(30, {MAILS: 2, SECRETS: 1})


def test_all_that_has_an_allowance_of_its_own_is_a_mutation() -> None:
    mutations = schema._schema.mutation_type
    assert isinstance(mutations, GraphQLObjectType)

    assert set(GUARDED) <= set(mutations.fields)


def test_no_mutation_that_makes_a_secret_or_mails_is_left_out() -> None:
    """By what it answers, or what it is called."""
    mutations = schema._schema.mutation_type
    assert isinstance(mutations, GraphQLObjectType)
    signs = ("Send", "Token", "Secret", "PayLink", "KeyCreate", "EndpointCreate")

    found = {name for name in mutations.fields if any(sign in name for sign in signs)}

    assert found == set(GUARDED)
