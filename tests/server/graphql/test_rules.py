"""What validation asks of a document: of inputs that take exactly one member, exactly one that is there."""

from typing import Any

import pytest

from tests.journeys.making import LATE, customer
from tests.site import Client

DRAFT = """mutation%s { invoiceDraft(input: {invoice: {customerId: "%s", dueDate: "%s", lines: [
    {description: "Work", quantity: 1, unitAmount: %s}]}}) { invoice { id } } }"""
MINOR = "($minor: MinorUnits)"


async def answered(client: Client, written: str, declared: str = "", **variables: Any) -> Any:
    """What a draft answers whose only line has this price."""
    return await client.answer(
        DRAFT % (declared, await customer(client), LATE, written), **variables
    )


@pytest.mark.parametrize(
    ("price", "declared", "variables"),
    [
        ("{}", "", {}),
        ("{minor: null}", "", {}),
        ('{minor: 1, decimal: "1"}', "", {}),
        ("{minor: 1, decimal: null}", "", {}),
        ("{minor: $minor}", MINOR, {}),
        ("{minor: $minor}", MINOR, {"minor": None}),
        ("{minor: $minor}", MINOR, {"minor": 1}),
        ("{minor: $minor}", "($minor: MinorUnits = 1)", {"minor": None}),
        ("{minor: 1, decimal: $decimal}", "($decimal: Decimal)", {}),
    ],
)
async def test_a_document_with_other_than_one_member_of_such_an_input_is_not_valid(
    client: Client, price: str, declared: str, variables: dict[str, Any]
) -> None:
    answer = await answered(client, price, declared, **variables)

    assert "data" not in answer
    for error in answer["errors"]:
        assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
        assert "UnitAmountInput" in error["message"]
        assert error["locations"]


@pytest.mark.parametrize(
    "given", [{}, {"minor": None}, {"minor": 1, "decimal": None}, {"minor": 1, "decimal": 1}]
)
async def test_a_variable_with_other_than_one_is_refused_with_its_place(
    client: Client, given: dict[str, Any]
) -> None:
    answer = await answered(client, "$price", "($price: UnitAmountInput!)", price=given)

    assert "data" not in answer
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "$price" in error["message"]


@pytest.mark.parametrize(
    ("price", "declared", "variables"),
    [
        ("{minor: 1}", "", {}),
        ("{minor: $minor}", "($minor: MinorUnits!)", {"minor": 1}),
        ("$price", "($price: UnitAmountInput!)", {"price": {"minor": 1}}),
    ],
)
async def test_exactly_one_is_taken(
    client: Client, price: str, declared: str, variables: dict[str, Any]
) -> None:
    answer = await answered(client, price, declared, **variables)

    assert answer["data"]["invoiceDraft"]["invoice"]
