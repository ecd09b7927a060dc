"""Cursors: good for one list's ordering, filter and workspace, in one spelling, and for nothing else."""

import base64
from typing import Any

import pytest

from tests.plans.asking import Asker
from tests.plans.cursors import row_of
from tests.plans.world import World

PAGE = """query ($after: String, $before: String, $filter: InvoiceFilter, $order: InvoiceOrder) {
  invoices(first: 3, after: $after, before: $before, filter: $filter, orderBy: $order) {
    edges { cursor node { id } } pageInfo { startCursor endCursor }
  }
}"""
REFUSED = [("BAD_USER_INPUT", "CURSOR_INVALID")]


async def cursor(asker: Asker, **variables: Any) -> str:
    """The cursor of the second row."""
    data = await asker.read(PAGE, variables)
    return str(data["invoices"]["edges"][1]["cursor"])


async def assert_refused(asker: Asker, **variables: Any) -> None:
    """The list is null, with the reason."""
    answer = await asker.ask(PAGE, variables)
    assert answer.data == {"invoices": None}
    assert answer.codes == REFUSED


async def test_a_cursor_leads_on_from_its_row(asker: Asker) -> None:
    every = await asker.read("{ invoices(first: 100) { nodes { id } } }")
    found = await asker.read(PAGE, {"after": await cursor(asker)})

    ids = [edge["node"]["id"] for edge in found["invoices"]["edges"]]
    assert ids == [node["id"] for node in every["invoices"]["nodes"][2:5]]


async def test_a_page_knows_the_cursors_of_its_ends(asker: Asker) -> None:
    for order in ({"field": "NUMBER"}, {"field": "TOTAL", "direction": "ASC"}):
        page = (await asker.read(PAGE, {"order": order}))["invoices"]
        ends = page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]
        assert ends == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])


async def test_an_empty_page_has_no_cursors(asker: Asker) -> None:
    page = await asker.read(PAGE, {"filter": {"search": "nothing is called so"}})

    assert page["invoices"] == {"edges": [], "pageInfo": {"startCursor": None, "endCursor": None}}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["CREATED_AT", "ISSUED_AT", "NUMBER", "TOTAL", "DUE_AT"])
async def test_cursors_lead_through_ties_and_nulls_past_every_row_once(
    world: World, asker: Asker, field: str, direction: str
) -> None:
    order = {"field": field, "direction": direction}
    seen: list[str] = []
    after = None
    while True:
        page = (await asker.read(PAGE, {"order": order, "after": after}))["invoices"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if after is None:
            break

    own = {f"inv_{row['id'].hex}" for row in world.own("invoices", asker.caller)}
    assert len(seen) == len(own)
    assert set(seen) == own


async def test_a_cursor_of_another_ordering_is_refused(asker: Asker) -> None:
    given = await cursor(asker, order={"field": "TOTAL", "direction": "ASC"})

    await assert_refused(asker, after=given)
    await assert_refused(asker, after=given, order={"field": "TOTAL", "direction": "DESC"})
    await assert_refused(asker, before=given, order={"field": "AMOUNT_DUE", "direction": "ASC"})


async def test_a_cursor_of_another_filter_is_refused(asker: Asker) -> None:
    given = await cursor(asker, filter={"status": ["OPEN"]})

    await assert_refused(asker, after=given)
    await assert_refused(asker, before=given, filter={"status": ["PAID"]})
    await assert_refused(asker, after=given, filter={"status": ["OPEN"], "search": "a"})


async def test_a_cursor_of_another_workspace_is_refused(world: World, asker: Asker) -> None:
    given = await cursor(Asker(world.callers[1]))

    await assert_refused(asker, after=given)


async def test_a_cursor_of_another_type_is_refused(asker: Asker) -> None:
    data = await asker.read(
        "{ customers { pageInfo { endCursor } nodes { matters { pageInfo { endCursor } } } } }"
    )
    page = data["customers"]

    await assert_refused(asker, after=page["pageInfo"]["endCursor"])
    await assert_refused(asker, after=page["nodes"][0]["matters"]["pageInfo"]["endCursor"])


async def test_a_cursor_that_was_changed_is_refused(asker: Asker) -> None:
    given = await cursor(asker)
    raw = bytearray(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    for at in (0, 19, 20, 25, len(raw) - 3):
        changed = bytearray(raw)
        changed[at] ^= 1
        await assert_refused(asker, after=base64.urlsafe_b64encode(changed).decode().rstrip("="))


async def test_a_second_spelling_of_a_cursor_is_refused(asker: Asker) -> None:
    given = await cursor(asker)
    spellings = {given + "=" * n for n in (1, 2, 3)} | {given + "\n", " " + given, given + "A"}
    # The last character of some lengths has bits that no byte needs.
    for n in range(3):
        other = (await asker.read(PAGE))["invoices"]["edges"][n]["cursor"]
        twin = other[:-1] + chr(ord(other[-1]) + 1)
        if len(other) % 4 and row_of(twin) == row_of(other):
            spellings.add(twin)

    for spelling in spellings:
        await assert_refused(asker, after=spelling)


@pytest.mark.parametrize("text", ["", "0", "=", "é", "null", "YXJyYXljb25uZWN0aW9uOjU", "A" * 5000])
async def test_what_is_no_cursor_is_refused(asker: Asker, text: str) -> None:
    await assert_refused(asker, after=text)
    await assert_refused(asker, before=text)


async def test_a_cursor_says_nothing_of_other_lists_of_the_same_kind(asker: Asker) -> None:
    """It holds a place in an ordering, so any list with that ordering and filter goes on from there."""
    data = await asker.read("{ customers { nodes { id invoices { edges { cursor } } } } }")
    edges = next(
        n["invoices"]["edges"] for n in data["customers"]["nodes"] if n["invoices"]["edges"]
    )

    found = await asker.read(PAGE, {"after": edges[-1]["cursor"]})

    assert row_of(edges[-1]["cursor"]).hex not in str(found)
