"""Roots: ids in one spelling and of one type, nodes of all types, and who may read what."""

from typing import Any

import pytest

from resolvers.callers import SCOPES
from tests.plans.asking import Asker
from tests.plans.listening import statements_sent
from tests.plans.reference_forms import TABLES, public_id
from tests.plans.world import World

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
BY_ID = "query ($id: ID!) { invoice(id: $id) { id } customer(id: $id) { id } }"
READS = {
    "invoices { totalCount }": {"INVOICES_READ"},
    'invoice(id: "x") { id }': {"INVOICES_READ"},
    'invoiceByNumber(number: "x") { id }': {"INVOICES_READ"},
    "invoices { nodes { lines { id } availableActions } }": {"INVOICES_READ"},
    "invoices { nodes { customer { name } } }": {"INVOICES_READ", "CUSTOMERS_READ"},
    "invoices { nodes { matter { name } } }": {"INVOICES_READ", "CUSTOMERS_READ"},
    "customers { totalCount }": {"CUSTOMERS_READ"},
    "customers { nodes { matters { totalCount } } }": {"CUSTOMERS_READ"},
    "customers { nodes { invoices { totalCount } } }": {"INVOICES_READ", "CUSTOMERS_READ"},
    'node(id: "x") { ... on Invoice { matter { id } } }': {"CUSTOMERS_READ"},
    'node(id: "x") { id }': set(),
    "viewer { now mode scopes }": set(),
    "viewer { workspace { name } }": {"SETTINGS_READ"},
    "viewer { workspace { numberSeries { next } } }": {"SETTINGS_READ"},
    "viewer { customer { name } }": {"CUSTOMERS_READ"},
    "apiKeys { name }": {"SETTINGS_READ"},
}


def some(world: World, asker: Asker, kind: str) -> str:
    """The id of one thing of a kind that the asker may see."""
    return public_id(kind, world.own(TABLES[kind], asker.caller)[0]["id"])


@pytest.mark.parametrize("kind", TABLES)
async def test_a_node_is_found_by_its_id_whatever_its_type(
    world: World, asker: Asker, kind: str
) -> None:
    own = some(world, asker, kind)

    assert await asker.read(NODE, {"id": own}) == {"node": {"__typename": kind, "id": own}}


@pytest.mark.parametrize("kind", TABLES)
async def test_another_workspaces_node_is_null_like_what_there_is_not(
    world: World, asker: Asker, kind: str
) -> None:
    foreign = some(world, Asker(world.callers[1]), kind)

    for text in (foreign, public_id(kind, type(world.callers[0].workspace_id)(int=1))):
        assert await asker.read(NODE, {"id": text}) == {"node": None}


@pytest.mark.parametrize("kind", TABLES)
async def test_an_id_has_one_spelling(world: World, asker: Asker, kind: str) -> None:
    own = some(world, asker, kind)
    prefix, _, digits = own.partition("_")
    uuid = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    others = (
        *(own.upper(), f"{prefix}_{digits.upper()}", f"{prefix}_{uuid}", f" {own}", f"{own}\n"),
        *(digits, f"{prefix}_{{{uuid}}}", f"{own}0", own[:-1], f"xyz_{digits}", ""),
    )

    for text in others:
        assert await asker.read(NODE, {"id": text}) == {"node": None}
    assert await asker.read(NODES, {"ids": list(others)}) == {"nodes": [None] * len(others)}


async def test_an_id_of_another_type_is_no_id(world: World, asker: Asker) -> None:
    customer, invoice = some(world, asker, "Customer"), some(world, asker, "Invoice")
    digits = invoice.partition("_")[2]

    found = [await asker.read(BY_ID, {"id": text}) for text in (customer, invoice, f"cus_{digits}")]

    assert found == [
        {"invoice": None, "customer": {"id": customer}},
        {"invoice": {"id": invoice}, "customer": None},
        {"invoice": None, "customer": None},
    ]


async def test_nodes_come_in_the_order_of_their_ids_and_as_often(
    world: World, asker: Asker
) -> None:
    own = [some(world, asker, kind) for kind in TABLES]
    asked = [own[3], "inv_x", *own, own[3]]

    found = await asker.read(NODES, {"ids": asked})

    assert found["nodes"] == [{"id": text} if text in own else None for text in asked]
    assert await asker.read(NODES, {"ids": []}) == {"nodes": []}
    assert await asker.read(NODES, {"ids": own[0]}) == {"nodes": [{"id": own[0]}]}


async def test_more_than_100_nodes_are_refused(world: World, asker: Asker) -> None:
    own = some(world, asker, "Invoice")

    assert len((await asker.read(NODES, {"ids": [own] * 100}))["nodes"]) == 100
    answer = await asker.ask(NODES, {"ids": [own] * 101})
    assert answer.data is None  # nodes itself can't be null
    assert answer.codes == [("BAD_USER_INPUT", "PAGE_INVALID")]


@pytest.mark.parametrize(("text", "needed"), READS.items(), ids=list(READS))
async def test_a_read_takes_the_scopes_of_all_that_it_selects(
    asker: Asker, text: str, needed: set[str]
) -> None:
    lacking = [scope for scope in SCOPES if scope in needed]
    assert (await asker.by(scopes=frozenset(needed)).ask(f"{{ {text} }}")).errors == []
    for scope in lacking:
        less = asker.by(scopes=frozenset(needed - {scope}))
        async with statements_sent(asker.caller.workspace_id) as sent:
            answer = await less.ask(f"{{ {text} }}")
        assert answer.codes == [("FORBIDDEN", "SCOPE_MISSING")]
        assert scope in answer.errors[0]["message"]
        assert sent == []


async def test_a_write_scope_holds_its_read_scope(asker: Asker) -> None:
    writer = asker.by(scopes=frozenset({"INVOICES_WRITE", "CUSTOMERS_WRITE"}))

    assert (await writer.ask("{ invoices { nodes { customer { id } } } }")).errors == []


async def test_a_refused_root_leaves_the_others_answered(asker: Asker) -> None:
    less = asker.by(scopes=frozenset({"CUSTOMERS_READ"}))

    answer = await less.ask("{ invoices { totalCount } customers { totalCount } viewer { mode } }")

    assert answer.data == {
        "invoices": None,
        "customers": {"totalCount": 7},
        "viewer": {"mode": "LIVE"},
    }
    assert [error["path"] for error in answer.errors] == [["invoices"]]


async def test_what_is_skipped_takes_no_scope(asker: Asker) -> None:
    text = (
        "query ($b: Boolean!) { invoices { totalCount nodes @include(if: $b) { matter { id } } } }"
    )
    less = asker.by(scopes=frozenset({"INVOICES_READ"}))

    assert (await less.ask(text, {"b": False})).errors == []
    assert (await less.ask(text, {"b": True})).codes == [("FORBIDDEN", "SCOPE_MISSING")]


@pytest.mark.parametrize("kind", TABLES)
async def test_a_node_that_may_not_be_read_is_null(world: World, asker: Asker, kind: str) -> None:
    nobody = asker.by(scopes=frozenset({"REPORTS_READ"}))
    own = some(world, asker, kind)

    assert await nobody.read(NODE, {"id": own}) == {"node": None}
    assert await nobody.read(NODES, {"ids": [own]}) == {"nodes": [None]}


async def test_a_mutation_that_may_not_read_its_payload_changes_nothing(
    world: World, asker: Asker
) -> None:
    text = """mutation ($id: ID!) { matterCreate(input: { customerId: $id, name: "Never" }) {
      matter { id customer { invoices { totalCount } } }
    } }"""
    less = asker.by(scopes=frozenset({"CUSTOMERS_WRITE"}))
    given: dict[str, Any] = {"id": some(world, asker, "Customer")}

    async with statements_sent(asker.caller.workspace_id) as sent:
        answer = await less.ask(text, given)

    assert answer.codes == [("FORBIDDEN", "SCOPE_MISSING")]
    assert answer.data == {"matterCreate": None}
    assert sent == []
