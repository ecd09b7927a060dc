"""Scalars take exactly what the contract says, the same in the document and in variables."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLScalarType,
    GraphQLSyntaxError,
    Undefined,
    is_specified_scalar_type,
    parse_value,
)
from graphql.utilities import coerce_input_value, value_from_ast
from hypothesis import given
from hypothesis import strategies as st

from schema.schema import schema
from server.graphql.errors import RequestRefused
from server.graphql.requests import decoded
from tests.journeys.making import customer, line
from tests.schema.scalar_values import REFUSED, TAKEN
from tests.site import Client

# GraphQL writes keys without quotes, the one difference to JSON here.
KEY = re.compile(r'"(\w+)":')


def scalar(name: str) -> GraphQLScalarType:
    found = schema._schema.type_map[name]
    assert isinstance(found, GraphQLScalarType)
    return found


def from_document(name: str, text: str) -> Any:
    """What a scalar makes of a value written in a document; Undefined where it is refused."""
    try:
        return value_from_ast(parse_value(KEY.sub(r"\1:", text)), scalar(name))
    except GraphQLSyntaxError:
        return Undefined


def from_variables(name: str, text: str) -> Any:
    """What a scalar makes of a value in the JSON of a request; Undefined where it is refused."""
    try:
        return coerce_input_value(decoded(text.encode()), scalar(name))
    except RequestRefused:
        return Undefined


def both(name: str, text: str) -> list[Any]:
    return [from_document(name, text), from_variables(name, text)]


@pytest.mark.parametrize(("name", "text", "value"), TAKEN)
def test_a_scalar_takes(name: str, text: str, value: Any) -> None:
    found = both(name, text)

    assert found == [value, value]
    assert [type(one) for one in found] == [type(value)] * 2
    assert [str(one) for one in found] == [str(value)] * 2


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_a_scalar_refuses(name: str, text: str) -> None:
    assert both(name, text) == [Undefined, Undefined]


def test_the_tables_hold_every_scalar() -> None:
    """JSON and URL are in answers alone so far."""
    ours = {
        name
        for name, named in schema._schema.type_map.items()
        if isinstance(named, GraphQLScalarType) and not is_specified_scalar_type(named)
    }

    assert {name for name, *_ in TAKEN} == {name for name, *_ in REFUSED} | {"JSON"} == ours


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_a_decimal_keeps_every_digit(number: Decimal) -> None:
    text = format(number, "f")
    wanted = Decimal(text) if len(text) <= 40 else Undefined

    for written in (f'"{text}"', text):
        assert both("Decimal", written) == [wanted, wanted]


@given(st.text())
def test_no_text_makes_a_scalar_fail_otherwise_than_by_refusing(text: str) -> None:
    for name, *_ in TAKEN:
        coerce_input_value(text, scalar(name))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_no_json_makes_a_scalar_fail_otherwise_than_by_refusing(value: Any) -> None:
    for name, *_ in TAKEN:
        coerce_input_value(value, scalar(name))


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2999, 12, 30)),  # noqa: DTZ001 - the offset is added below
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_an_instant_is_the_same_in_any_offset_and_answered_in_one_form(
    wall: datetime, minutes: int
) -> None:
    instant = wall.replace(tzinfo=timezone(timedelta(minutes=minutes)))

    [taken, _] = both("DateTime", f'"{instant.isoformat()}"')

    assert taken == instant
    assert taken.tzinfo is UTC
    written = scalar("DateTime").serialize(taken)
    assert len(written) == len("2026-06-09T17:04:21.000000Z")
    assert from_variables("DateTime", f'"{written}"') == instant


@given(st.dates())
def test_a_date_comes_back_as_it_went(day: date) -> None:
    for name in ("Date", "DueDate"):
        assert both(name, f'"{day.isoformat()}"') == [day, day]


@given(st.integers())
def test_minor_units_are_whole_and_bounded(number: int) -> None:
    wanted = number if abs(number) <= 10**14 else Undefined

    assert both("MinorUnits", str(number)) == [wanted, wanted]


@pytest.mark.parametrize("digits", ["12345678.12345678", "0.00000001", "1.10000000"])
async def test_a_json_number_reaches_the_database_by_its_digits(
    client: Client, digits: str
) -> None:
    """Past 2^53, or more digits than a float has, as numbers and not as texts."""
    unit = "0.123456789012" if len(digits) < 12 else "1.000000000001"
    variables = b"""{"input": {"invoice": {"customerId": "%s", "dueDate": "2099-01-01", "lines": [
        {"description": "A", "quantity": %s, "unitAmount": {"decimal": %s}}]}}}"""
    given = variables % tuple(part.encode() for part in (await customer(client), digits, unit))
    document = """mutation($input: InvoiceDraftInput!) { invoiceDraft(input: $input) {
        invoice { lines { quantity unitAmount } } } }"""
    body = b'{"query": %s, "variables": %s}' % (orjson.dumps(document), given)

    answer = (await client.post(body)).json()

    [found] = answer["data"]["invoiceDraft"]["invoice"]["lines"]
    assert Decimal(found["quantity"]) == Decimal(digits)
    assert Decimal(found["unitAmount"]) == Decimal(unit)


async def test_twenty_digits_arrive_exactly(client: Client) -> None:
    twenty = "99999999.123456789012"
    for price in (f'"{twenty}"', twenty):
        document = """mutation { invoiceDraft(input: {invoice: {customerId: "%s",
            dueDate: "2099-01-01", lines: [{description: "A", quantity: 1,
            unitAmount: {decimal: %s}}]}}) { invoice { lines { unitAmount } } } }"""
        found = await client.ask(document % (await customer(client), price))
        assert found["invoiceDraft"]["invoice"]["lines"] == [{"unitAmount": twenty}]


async def test_a_refused_value_in_a_document_is_said_with_its_place(client: Client) -> None:
    document = """mutation { invoiceDraft(input: {invoice: {customerId: "cus_x",
        dueDate: "2026-02-30", lines: [{description: "A", quantity: "1_000", unitAmount: {minor: 1.5}}]
    }}) { invoice { id } } }"""

    answer = await client.answer(document)

    places = [
        document.splitlines()[1][error["locations"][0]["column"] - 1 :][:8]
        for error in answer["errors"]
    ]
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {
        "GRAPHQL_VALIDATION_FAILED"
    }
    assert places == ['"2026-02', '"1_000",', "1.5}}]"]


async def test_a_refused_value_is_said_with_its_place(client: Client) -> None:
    document = """mutation($input: InvoiceDraftInput!) {
        invoiceDraft(input: $input) { invoice { id } } }"""
    lines = [line(), {**line(), "quantity": "1_000"}]
    invoice = {"customerId": "cus_x", "dueDate": "2026-02-30", "lines": lines}

    answer = await client.answer(document, input={"invoice": invoice})

    said = [error["message"] for error in answer["errors"]]
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    assert any("dueDate" in one and "YYYY-MM-DD" in one for one in said)
    assert any("lines[1].quantity" in one and "plain digits" in one for one in said)
