"""What a request may ask for, in rows: said in each answer, and refused with the numbers before anything runs."""

from typing import Any

import pytest

from plans.running import ROWS_AT_MOST, Budget
from tests.journeys.making import customer, issued, workspace_of
from tests.plans.listening import statements_sent
from tests.site import Client, Json

PAGES = "invoices(first: $n) { nodes { customer { invoices(first: $n) { nodes { id } } } } }"


async def cost(client: Client, document: str, **variables: Any) -> Any:
    answer = await client.answer(document, **variables)
    assert "errors" not in answer, answer["errors"]
    found = answer["extensions"]["cost"]
    assert found["limit"] == ROWS_AT_MOST
    return found["rows"]


def refused(answer: Json, key: str) -> Any:
    """What the error of a field that cost too much says of its cost."""
    [error] = [error for error in answer["errors"] if error["path"] == [key]]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["reason"] == "QUERY_TOO_COMPLEX"
    numbers = error["extensions"]["cost"]
    assert f"{numbers['rows']} rows" in error["message"]
    assert f"may ask for {numbers['limit']}" in error["message"]
    return numbers


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        ("{ invoices(first: 7) { nodes { id } } }", 7),
        ("{ invoices(last: 7) { edges { node { id } } } }", 7),
        ("{ invoices { nodes { id } } }", 25),
        ("{ invoices { totalCount } }", 25),
        ("{ invoices(first: 7) { nodes { customer { id } } } }", 7 + 7),
        ("{ invoices(first: 7) { nodes { lines { id } } } }", 7 + 7 * 10),
        ("{ customers(first: 3) { nodes { invoices(first: 4) { nodes { id } } } } }", 3 + 3 * 4),
        ("{ customers(first: 3) { nodes { invoices { nodes { id } } } } }", 3 + 3 * 25),
        (
            "{ customers(first: 3) { nodes { invoices(first: 4) { nodes { lines { id } } } } } }",
            3 + 3 * 4 + 3 * 4 * 10,
        ),
        ("{ invoice(id: 1) { id } }", 1),
        ("{ nodes(ids: [1, 2, 3]) { id } }", 3),
        ("{ a: invoices(first: 7) { nodes { id } } b: invoices(first: 2) { nodes { id } } }", 9),
        ("{ invoices(first: 7) { nodes { id } } invoices(first: 7) { totalCount } }", 7),
    ],
)
async def test_an_answer_says_how_many_rows_were_asked_for(
    client: Client, document: str, rows: int
) -> None:
    """Not how many there are: the workspace is empty."""
    assert await cost(client, document) == rows


async def test_variables_count_as_what_they_are_this_time(client: Client) -> None:
    document = f"query($n: Int = 3) {{ {PAGES} }}"

    assert await cost(client, document) == 3 + 3 + 3 * 3
    assert await cost(client, document, n=7) == 7 + 7 + 7 * 7
    assert await cost(client, document, n=None) == 25 + 25 + 25 * 25


async def test_what_is_left_out_by_a_directive_costs_nothing(client: Client) -> None:
    document = (
        "query($all: Boolean!) { invoices(first: 7) { nodes { lines @include(if: $all) { id } } } }"
    )

    assert await cost(client, document, all=False) == 7
    assert await cost(client, document, all=True) == 7 + 70


async def test_what_reads_no_row_has_no_cost(client: Client) -> None:
    answer = await client.answer("{ __typename viewer { mode } __schema { queryType { name } } }")

    assert "extensions" not in answer


async def test_up_to_the_budget_all_is_answered(client: Client) -> None:
    """98 + 98 + 98 x 98 are 9,800 rows."""
    await issued(client)

    answer = await client.answer(f"query($n: Int!) {{ {PAGES} }}", n=98)

    assert "errors" not in answer
    assert answer["extensions"]["cost"] == {"rows": 9_800, "limit": ROWS_AT_MOST}
    assert len(answer["data"]["invoices"]["nodes"]) == 1


async def test_beyond_the_budget_nothing_runs(client: Client) -> None:
    document = f"query($n: Int!) {{ {PAGES} }}"
    await client.ask(document, n=1)

    async with statements_sent(await workspace_of(client)) as sent:
        answer = await client.answer(document, n=100)

    assert answer["data"] == {"invoices": None}
    assert refused(answer, "invoices") == {"rows": 10_200, "limit": ROWS_AT_MOST}
    assert not any("invoices" in sql for sql in sent)


async def test_the_fields_of_a_request_share_one_budget(client: Client) -> None:
    once = "invoices(first: 100) { nodes { customer { invoices(first: 50) { nodes { id } } } } }"

    answer = await client.answer(f"{{ a: {once} b: {once} c: viewer {{ mode }} }}")

    assert answer["data"] == {"a": {"nodes": []}, "b": None, "c": {"mode": "LIVE"}}
    assert refused(answer, "b") == {"rows": 2 * 5_200, "limit": ROWS_AT_MOST}


async def test_one_request_does_not_spend_another_s(client: Client) -> None:
    for _ in range(3):
        assert await cost(client, f"query($n: Int!) {{ {PAGES} }}", n=90) == 90 + 90 + 90 * 90


async def test_what_a_mutation_reads_back_counts(client: Client) -> None:
    document = """mutation($input: CustomerCreateInput!) { customerCreate(input: $input) {
        customer { invoices(first: 5) { nodes { id } } }
        query { invoices(first: 3) { nodes { id } } }
    } }"""

    assert await cost(client, document, input={"name": "Bob"}) == 1 + 5 + 3


async def test_a_mutation_that_could_not_be_read_back_changes_nothing(client: Client) -> None:
    document = """mutation($input: CustomerCreateInput!, $n: Int!) {
        customerCreate(input: $input) { customer { invoices(first: $n) {
            nodes { customer { invoices(first: $n) { nodes { id } } } } } } } }"""

    answer = await client.answer(document, input={"name": "Bob"}, n=100)

    assert answer["data"] == {"customerCreate": None}
    [error] = answer["errors"]
    assert error["extensions"]["reason"] == "QUERY_TOO_COMPLEX"
    assert error["extensions"]["cost"] == {"rows": 1 + 100 + 100 + 10_000, "limit": ROWS_AT_MOST}
    assert await client.ask("{ customers { totalCount } }") == {"customers": {"totalCount": 0}}


async def test_each_mutation_of_a_request_spends_of_the_same_budget(client: Client) -> None:
    ann = await customer(client)
    once = (
        f'customerUpdate(input: {{ id: "{ann}", name: "Bob" }}) '
        "{ customer { name invoices(first: 100) { nodes { customer { "
        "invoices(first: 60) { nodes { id } } } } } } }"
    )

    answer = await client.answer(f"mutation {{ a: {once} b: {once} }}")

    assert answer["data"]["a"]["customer"]["name"] == "Bob"
    assert answer["data"]["b"] is None
    assert refused(answer, "b")["rows"] == 2 * (1 + 100 + 100 + 6_000)


def test_what_is_required_is_not_spent() -> None:
    budget = Budget(limit=10)

    budget.require(10)
    budget.spend(10)

    assert budget.spent == 10
