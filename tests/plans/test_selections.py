"""Selections: many fields, one key several times, fragments, directives, in the order they were asked for."""

import time

from tests.plans.asking import Asker
from tests.plans.world import World


async def test_more_fields_than_a_call_of_postgresql_takes_come_in_their_order(
    asker: Asker,
) -> None:
    for count in (48, 49, 50, 98, 99, 150):
        keys = [f"f{number}" for number in range(count)]
        fields = " ".join(f"{key}: {'id' if at % 2 else 'dueOn'}" for at, key in enumerate(keys))

        data = await asker.read(f"{{ invoices(first: 2) {{ nodes {{ {fields} }} }} }}")

        for node in data["invoices"]["nodes"]:
            assert list(node) == keys
            assert set(node.values()) == {node["f0"], node["f1"]}


async def test_more_than_fifty_parts_of_a_page_and_of_a_viewer_come_in_their_order(
    asker: Asker,
) -> None:
    keys = [f"f{number}" for number in range(60)]
    counts = " ".join(f"{key}: totalCount" for key in keys)
    modes = " ".join(f"{key}: mode" for key in keys)

    data = await asker.read(f"{{ customers {{ {counts} }} viewer {{ {modes} }} }}")

    assert list(data["customers"].items()) == [(key, 7) for key in keys]
    assert list(data["viewer"].items()) == [(key, "LIVE") for key in keys]


async def test_one_key_selected_several_times_is_answered_once(asker: Asker) -> None:
    text = """
    fragment A on Invoice { total { minor } ...B }
    fragment B on Invoice { total { currency } lines { id } }
    { invoices(first: 1) { nodes { total { __typename } ...A } } x: invoices(first: 1) { totalCount }
      x: invoices(first: 1) { nodes { ... { lines { position } } ...B lines { id } } }
      ... on Query { x: invoices(first: 1) { totalCount pageInfo { hasNextPage } } } }"""

    data = await asker.read(text)

    [node] = data["invoices"]["nodes"]
    assert list(node) == ["total", "lines"]
    assert list(node["total"]) == ["__typename", "minor", "currency"]
    assert list(data["x"]) == ["totalCount", "nodes", "pageInfo"]
    assert all(list(line) == ["position", "id"] for line in data["x"]["nodes"][0]["lines"])


async def test_an_object_of_which_everything_is_skipped_is_empty(asker: Asker) -> None:
    text = """{
      invoices(first: 1) { nodes { total { minor @skip(if: true) } lines { id @include(if: false) } } }
      customers { totalCount @skip(if: true) }
      viewer { mode @skip(if: true) }
      x: viewer @skip(if: true) { mode }
    }"""

    data = await asker.read(text)

    [node] = data["invoices"]["nodes"]
    assert node["total"] == {}
    assert all(line == {} for line in node["lines"])
    assert data["customers"] == data["viewer"] == {}
    assert "x" not in data


async def test_a_row_that_is_not_there_is_null_and_not_empty(asker: Asker) -> None:
    data = await asker.read('{ invoice(id: "inv_x") { id @skip(if: true) } }')

    assert data == {"invoice": None}


async def test_an_object_that_is_null_is_no_empty_one(asker: Asker) -> None:
    text = """{ customers { nodes { address { __typename } x: address { city @skip(if: true) } } }
      invoices { nodes { settlementTotal { __typename } x: settlementTotal { minor @skip(if: true) }
        matter { __typename } y: matter { id @skip(if: true) } } } }"""

    data = await asker.read(text)

    customers, invoices = data["customers"]["nodes"], data["invoices"]["nodes"]
    for whole, empty in [
        *((node["address"], node["x"]) for node in customers),
        *((node["settlementTotal"], node["x"]) for node in invoices),
        *((node["matter"], node["y"]) for node in invoices),
    ]:
        assert empty == (None if whole is None else {})
    assert {str(node["x"]) for node in customers} == {"None", "{}"}


async def test_the_type_of_anything_can_be_asked_for(world: World, asker: Asker) -> None:
    text = """{ __typename invoices(first: 1) { __typename pageInfo { __typename }
      edges { __typename node { __typename lines { __typename amount { __typename } } } } } }"""

    data = await asker.read(text)

    assert data["__typename"] == "Query"
    page = data["invoices"]
    assert page["__typename"] == "InvoiceConnection"
    assert page["pageInfo"] == {"__typename": "PageInfo"}
    assert page["edges"][0]["__typename"] == "InvoiceEdge"


async def test_an_alias_may_look_like_anything(asker: Asker) -> None:
    text = (
        "{ invoices(first: 1) { nodes { t1: id value: id n: version __proto: dueOn null: id } } }"
    )

    [node] = (await asker.read(text))["invoices"]["nodes"]

    assert list(node) == ["t1", "value", "n", "__proto", "null"]


async def test_deep_nesting_is_answered(asker: Asker) -> None:
    inner = "name"
    for _ in range(12):
        inner = f"name matters(first: 1) {{ nodes {{ customer {{ {inner} }} }} }}"

    data = await asker.read(f"{{ customers(first: 1) {{ nodes {{ {inner} }} }} }}")

    assert str(data).count("matters") == 12


async def test_fragments_that_spread_each_other_twice_take_no_longer_than_their_answer(
    asker: Asker,
) -> None:
    """Twenty levels, each selecting the next one twice under one key: a million paths, one answer."""
    levels = 20
    written = [
        f"fragment F{n} on Matter {{ customer {{ matters(first: 1) {{ nodes {{ ...F{n + 1} }} }} }} "
        f"customer {{ matters(first: 1) {{ nodes {{ ...F{n + 1} }} }} }} }}"
        for n in range(levels)
    ]
    text = f"""{{ customers(first: 1) {{ nodes {{ matters(first: 1) {{ nodes {{ ...F0 }} }} }} }} }}
    {" ".join(written)} fragment F{levels} on Matter {{ id }}"""
    started = time.process_time()

    await asker.read(text)

    assert time.process_time() - started < 10
