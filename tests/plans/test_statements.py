"""One statement for each root field, within one workspace, compiled once for each shape of variables."""

from typing import Any

import pytest

from domain.identifiers import encode_id
from plans.statements import Statement
from server.graphql.lru import Lru
from tests.plans.asking import Asked, Asker
from tests.plans.listening import statements_sent
from tests.plans.walls import unwalled
from tests.plans.world import World
from tests.resolvers.making import customer, someone

EVERYTHING = """
fragment Lines on Invoice { lines { taxes { amount { minor } } } availableActions total { amount } }
query ($invoice: ID!, $customer: ID!, $ids: [ID!]!) {
  node(id: $invoice) { __typename ... on Invoice { ...Lines matter { customer { name } } } }
  nodes(ids: $ids) { id ... on Customer { invoices(first: 3) { nodes { ...Lines } totalCount } } }
  viewer { now workspace { numberSeries { next } } }
  invoice(id: $invoice) { ...Lines customer { matters { edges { node { name } cursor } } } }
  invoiceByNumber(number: "INV-0001") { displayStatus taxBreakdown { tax { amount } } }
  invoices(last: 4, filter: { search: "a", status: [OVERDUE] }) {
    totalCount pageInfo { hasNextPage endCursor } nodes { ...Lines customer { name } }
  }
  customer(id: $customer) { name address { city } }
  customers(search: "a") { nodes { invoices(filter: { search: "1" }) { totalCount } } }
  apiKeys { scopes }
}
"""


def ids(world: World) -> dict[str, Any]:
    """Variables for EVERYTHING."""
    caller = world.callers[0]
    invoice = f"inv_{world.own('invoices', caller)[0]['id'].hex}"
    customer = f"cus_{world.own('customers', caller)[0]['id'].hex}"
    return {"invoice": invoice, "customer": customer, "ids": [customer, invoice]}


async def test_each_root_field_is_one_statement(world: World, asker: Asker) -> None:
    async with statements_sent(asker.caller.workspace_id) as sent:
        data = await asker.read(EVERYTHING, ids(world))

    assert len(data) == 9
    assert all(data.values())
    assert sorted(sent) == sorted(one.sql for one in asker.statements(EVERYTHING))
    assert len(sent) == len(data)


async def test_a_root_field_beside_the_schema_is_one_statement_too(asker: Asker) -> None:
    text = "{ __schema { queryType { name } } invoices { totalCount } a: viewer { mode } }"

    async with statements_sent(asker.caller.workspace_id) as sent:
        await asker.read(text)

    assert len(sent) == 2


async def test_what_needs_no_row_is_one_statement_too(asker: Asker) -> None:
    async with statements_sent(asker.caller.workspace_id) as sent:
        data = await asker.read("{ viewer { __typename mode } }")

    assert data == {"viewer": {"__typename": "Viewer", "mode": "LIVE"}}
    assert len(sent) == 1


async def test_each_object_of_a_payload_is_read_back_by_one_statement(database: str) -> None:
    caller = await someone()
    asker, buyer = Asker(caller), {"id": encode_id("cus", await customer(caller))}
    text = """
    mutation ($id: ID!) { matterCreate(input: { customerId: $id, name: "Read back" }) {
      matter { name customer { name matters { totalCount } } } again: matter { id }
      userErrors { code }
      query { viewer { now } customer(id: $id) { matters(first: 1) { nodes { name } } } }
    } }"""
    await asker.read(text, buyer)  # compiles

    async with statements_sent(asker.caller.workspace_id) as sent:
        data = await asker.read(text, buyer)

    payload = data["matterCreate"]
    assert payload["userErrors"] == []
    assert payload["query"]["customer"]["matters"]["nodes"] == [{"name": "Read back"}]
    compiled = [one.sql for one in asker.statements(text)]
    assert len(compiled) == 4
    assert sorted(one for one in sent if one in compiled) == sorted(compiled)
    assert not [one for one in sent if one.startswith("SELECT (") and one not in compiled]


async def test_every_relation_of_a_statement_names_its_workspace(
    world: World, asker: Asker
) -> None:
    await asker.read(EVERYTHING, ids(world))

    for statement in asker.statements(EVERYTHING):
        assert unwalled(statement) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT (SELECT 1 FROM invoices t1)::text",
        "SELECT (SELECT 1 FROM invoices t1 WHERE t1.workspace_id = $2::uuid)::text",
        "SELECT (SELECT 1 FROM invoices t1 WHERE t2.workspace_id = $1::uuid)::text",
        "SELECT (SELECT 1 FROM invoices t1 WHERE t1.id = $1::uuid)::text",
        "SELECT 1 FROM invoices t1 WHERE t1.workspace_id = $1::uuid, customers t2",
        "SELECT 1 FROM customers t1 JOIN invoices USING (workspace_id)",
    ],
)
def test_a_relation_without_its_workspace_is_noticed(sql: str) -> None:
    parameters = (lambda run: run.workspace_id, lambda _: None)

    assert unwalled(Statement(sql, parameters, frozenset(), {}, ()))


PAGE = """query ($size: Int, $after: String, $filter: InvoiceFilter, $order: InvoiceOrder, $due: Boolean!) {
  invoices(first: $size, after: $after, filter: $filter, orderBy: $order) {
    nodes { id amountDue @include(if: $due) { minor } }
  }
}"""


async def test_other_values_of_the_same_shape_take_the_same_statement(asker: Asker) -> None:
    for size, search in ((1, "a"), (2, "b"), (100, "")):
        found = await asker.read(PAGE, {"size": size, "filter": {"search": search}, "due": True})
        assert len(found["invoices"]["nodes"]) <= size

    assert len(asker.statements(PAGE)) == 1


async def test_another_shape_takes_another_statement(asker: Asker) -> None:
    shapes: list[dict[str, Any]] = [
        {"due": True},
        {"due": False},
        {"due": False, "size": 3},
        {"due": False, "size": None},
        {"due": False, "filter": {}},
        {"due": False, "filter": {"search": "a"}},
        {"due": False, "filter": {"search": None}},
        {"due": False, "filter": {"total": {"gt": 1}}},
        {"due": False, "filter": {"total": {"lt": 1}}},
        {"due": False, "order": {"field": "TOTAL"}},
        {"due": False, "order": {"field": "TOTAL", "direction": "ASC"}},
        {"due": False, "order": {"field": "DUE_AT"}},
    ]
    for variables in shapes:
        await asker.read(PAGE, variables)

    # Null is another shape than a value, though it means the same as leaving it out.
    assert len(asker.statements(PAGE)) == len(shapes)


async def test_forgotten_statements_are_compiled_again(asker: Asker) -> None:
    asked = Asked(PAGE)
    asked.plans[None] = Lru(2)
    expected: dict[str, Any] = {}
    for field in ("TOTAL", "DUE_AT", "NUMBER", "AMOUNT_DUE") * 2:
        variables = {"due": False, "order": {"field": field}}
        answer = await asked.answer(asker.caller, variables)
        assert expected.setdefault(field, answer.data) == answer.data
        assert len(asked.plans[None]) <= 2

    assert len({str(data) for data in expected.values()}) == 4
