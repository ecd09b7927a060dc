"""Nothing of another workspace can be seen, changed, or told apart from what does not exist."""

from typing import Any

import pytest
from graphql import GraphQLObjectType

from domain.identifiers import encode_id, new_id, split_id
from schema.schema import schema
from tests import acts
from tests.journeys.making import issued
from tests.site import USER_ERRORS, Client

MUTATIONS = sorted(acts.root("Mutation").fields)
READS = {
    "Query.node id": "query($id: ID!) { node(id: $id) { __typename id } }",
    "Query.nodes ids": "query($id: ID!) { nodes(ids: [$id]) { __typename id } }",
    "Query.invoice id": "query($id: ID!) { invoice(id: $id) { id } }",
    "Query.billingSubscription id": "query($id: ID!) { billingSubscription(id: $id) { id } }",
    "Query.payment id": "query($id: ID!) { payment(id: $id) { id } }",
    "Query.payments filter.customerId": (
        "query($id: ID!) { payments(filter: {customerId: [$id]}) { totalCount nodes { id } } }"
    ),
    "Query.customer id": "query($id: ID!) { customer(id: $id) { id } }",
    "Query.creditNote id": "query($id: ID!) { creditNote(id: $id) { id } }",
    "Query.invoices filter.customerId": (
        "query($id: ID!) { invoices(filter: {customerId: [$id]}) { totalCount nodes { id } } }"
    ),
    "Query.invoices filter.matterId": (
        "query($id: ID!) { invoices(filter: {matterId: [$id]}) { totalCount nodes { id } } }"
    ),
    "Query.invoices filter.subscriptionId": (
        "query($id: ID!) { invoices(filter: {subscriptionId: [$id]}) { totalCount nodes { id } } }"
    ),
    "Query.events filter.subjectId": (
        "query($id: ID!) { events(filter: {subjectId: $id}) { totalCount nodes { id } } }"
    ),
    "Query.invoicePreview invoice.customerId": f"""query($id: ID!) {{
        invoicePreview(invoice: {{customerId: $id, dueDate: "2099-12-31", lines: []}}) {{
        preview {{ currency }} {USER_ERRORS} }} }}""",
    "Query.invoicePreview invoice.matterId": f"""query($id: ID!, $own: ID!) {{
        invoicePreview(invoice: {{
        customerId: $own, matterId: $id, dueDate: "2099-12-31", lines: []}}) {{
        preview {{ currency }} {USER_ERRORS} }} }}""",
    "Customer.invoices filter.customerId": """query($id: ID!, $own: ID!) { customer(id: $own) {
        invoices(filter: {customerId: [$id]}) { totalCount nodes { id } } } }""",
    "Customer.invoices filter.subscriptionId": """query($id: ID!, $own: ID!) {
        customer(id: $own) { invoices(filter: {subscriptionId: [$id]}) {
        totalCount nodes { id } } } }""",
    "Customer.invoices filter.matterId": """query($id: ID!, $own: ID!) { customer(id: $own) {
        invoices(filter: {matterId: [$id]}) { totalCount nodes { id } } } }""",
}


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_strangers_id_in_a_mutation_is_as_good_as_none(
    client: Client, stranger: Client, mutation: str
) -> None:
    own, theirs = await acts.things(client), await acts.things(stranger)
    before = await acts.footprint(theirs.workspace)
    paths = list(acts.id_paths(acts.root("Mutation").fields[mutation].args["input"].type))
    given = (await acts.inputs(client, own))[mutation]

    for path in paths:
        [one] = [each for each in given if acts.at(each, path)]
        foreign = theirs.of_kind(acts.at(one, path))
        answers = [
            await told(client, mutation, one, path, some_id)
            for some_id in (foreign, like(foreign), f"{foreign}0", foreign.upper(), "?", "")
        ]
        assert answers[0]["userErrors"][0]["code"] == "NOT_FOUND"
        assert all(answer == answers[0] for answer in answers)

    assert await acts.footprint(theirs.workspace) == before


async def told(client: Client, mutation: str, given: Any, path: acts.Path, some_id: str) -> Any:
    """What a mutation answers with an id in its input, but for the id itself."""
    payload = await client.act(mutation, **acts.put(given, path, some_id))
    assert some_id in ("", "?") or some_id not in str(payload)
    return payload


def test_the_table_of_reads_holds_every_id_that_can_be_asked_for() -> None:
    """Those of subscriptions have tests of their own, beside the transports."""
    asked = {
        f"{of.name}.{name} {'.'.join((argument, *path))}"
        for of in schema._schema.type_map.values()
        if isinstance(of, GraphQLObjectType) and of.name not in ("Mutation", "Subscription")
        for name, field in of.fields.items()
        for argument, definition in field.args.items()
        if not of.name.startswith("__")
        for path in acts.id_paths(definition.type)
    }

    assert asked == set(READS)


@pytest.mark.parametrize("document", READS.values(), ids=READS.keys())
async def test_a_strangers_id_in_a_read_is_as_good_as_none(
    client: Client, stranger: Client, document: str
) -> None:
    own, theirs = await acts.things(client), await acts.things(stranger)
    number_series = await stranger.ask("{ viewer { workspace { numberSeries { id } } } }")
    series = number_series["viewer"]["workspace"]["numberSeries"][0]["id"]
    given = {"own": own.customer} if "$own" in document else {}

    for foreign in (*vars(theirs).values(), series):
        seen = await client.answer(document, id=foreign, **given)
        unseen = await client.answer(document, id=like(foreign), **given)
        assert seen == unseen
        assert foreign not in str(seen)
        assert theirs.customer not in str(seen)


async def test_every_thing_of_ones_own_is_a_node(client: Client) -> None:
    """Else the tests above would prove nothing."""
    own = await acts.things(client)

    nodes = await client.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=list(vars(own).values())
    )

    kinds = ["Workspace", "Customer", "Matter", "Invoice", "LineItem", "ApiKey"]
    kinds += ["WebhookEndpoint", "WebhookDelivery"]
    kinds += ["BillingSubscription", "PaymentMethod", "Payment", "CreditNote"]
    assert nodes["nodes"] == [
        {"__typename": kind, "id": some_id}
        for kind, some_id in zip(kinds, vars(own).values(), strict=True)
    ]


async def test_a_strangers_number_is_unknown(client: Client, stranger: Client) -> None:
    theirs = await issued(stranger)

    found = await client.ask(
        "query($number: String!) { invoiceByNumber(number: $number) { id } }",
        number=theirs["number"],
    )

    assert found["invoiceByNumber"] is None


async def test_lists_hold_ones_own_alone(client: Client, stranger: Client) -> None:
    theirs = await acts.things(stranger)
    await issued(stranger)

    answer = await client.ask(
        """{ invoices { totalCount nodes { id } } customers { totalCount nodes { id } }
        apiKeys { id } viewer { workspace { id } } }"""
    )

    assert answer["invoices"] == answer["customers"] == {"totalCount": 0, "nodes": []}
    assert len(answer["apiKeys"]) == 1
    assert not [one for one in vars(theirs).values() if one in str(answer)]


async def test_a_cursor_of_another_workspace_is_refused(client: Client, stranger: Client) -> None:
    for one in (client, stranger, stranger):
        await issued(one)
    page = await stranger.ask("{ invoices(first: 1) { pageInfo { endCursor } } }")

    answer = await client.answer(
        "query($after: String) { invoices(after: $after) { nodes { id } } }",
        after=page["invoices"]["pageInfo"]["endCursor"],
    )

    assert answer["errors"][0]["extensions"]["reason"] == "CURSOR_INVALID"


def like(some_id: str) -> str:
    """An id of the same kind that nothing has."""
    found = split_id(some_id)
    assert found
    return encode_id(found[0], new_id())
