"""Pages: how large, from which side, and what lies beyond them."""

from typing import Any

import pytest

from tests.plans.asking import Asker
from tests.plans.listening import statements_sent

SIZES = """query ($first: Int, $last: Int, $after: String, $before: String) {
  invoices(first: $first, last: $last, after: $after, before: $before) {
    nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage }
  }
}"""
NESTED = "query ($last: Int) { customers { nodes { matters(last: $last) { totalCount } } } }"
REFUSED = [("BAD_USER_INPUT", "PAGE_INVALID")]


async def beyond(asker: Asker, **variables: Any) -> tuple[bool, bool]:
    """Whether something comes before a page, and whether something comes after it."""
    info = (await asker.read(SIZES, variables))["invoices"]["pageInfo"]
    return info["hasPreviousPage"], info["hasNextPage"]


async def test_a_page_has_25_rows_where_no_size_is_given(asker: Asker) -> None:
    page = (await asker.read(SIZES))["invoices"]

    assert len(page["nodes"]) == 25
    assert page["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}


async def test_a_page_of_100_is_the_largest(asker: Asker) -> None:
    assert len((await asker.read(SIZES, {"first": 100}))["invoices"]["nodes"]) > 30
    assert (await asker.ask(SIZES, {"first": 101})).codes == REFUSED


@pytest.mark.parametrize("size", [0, -1, 101, 2**31 - 1])
@pytest.mark.parametrize("side", ["first", "last"])
async def test_other_sizes_are_refused_and_nothing_is_read(
    asker: Asker, side: str, size: int
) -> None:
    async with statements_sent(asker.caller.workspace_id) as sent:
        answer = await asker.ask(SIZES, {side: size})
        literal = await asker.ask(f"{{ invoices({side}: {size}) {{ totalCount }} }}")

    assert answer.data == literal.data == {"invoices": None}
    assert answer.codes == literal.codes == REFUSED
    assert sent == []


async def test_a_nested_page_has_the_same_limits(asker: Asker) -> None:
    answer = await asker.ask(NESTED, {"last": 101})

    assert answer.data == {"customers": None}
    assert answer.codes == REFUSED


async def test_first_and_last_together_are_refused(asker: Asker) -> None:
    assert (await asker.ask(SIZES, {"first": 1, "last": 1})).codes == REFUSED


async def test_a_size_of_null_is_as_good_as_none(asker: Asker) -> None:
    assert (await asker.read(SIZES, {"first": None, "last": 2}))["invoices"]["nodes"]
    assert await asker.read(SIZES, {"first": None}) == await asker.read(SIZES)


async def test_last_takes_the_end_of_the_list_in_the_order_of_the_list(asker: Asker) -> None:
    every = (await asker.read(SIZES, {"first": 100}))["invoices"]

    page = (await asker.read(SIZES, {"last": 3}))["invoices"]

    assert page["nodes"] == every["nodes"][-3:]
    assert page["edges"] == every["edges"][-3:]


async def test_both_sides_of_a_page_are_known(asker: Asker) -> None:
    every = (await asker.read(SIZES, {"first": 100}))["invoices"]["edges"]
    second, last_but_one = every[1]["cursor"], every[-2]["cursor"]

    assert await beyond(asker, first=100) == (False, False)
    assert await beyond(asker, first=2) == (False, True)
    assert await beyond(asker, last=2) == (True, False)
    assert await beyond(asker, after=second, first=100) == (True, False)
    assert await beyond(asker, before=last_but_one, last=100) == (False, True)
    assert await beyond(asker, before=last_but_one, first=100) == (False, True)
    assert await beyond(asker, after=second, last=100) == (True, False)
    assert await beyond(asker, after=second, before=last_but_one, first=100) == (True, True)


async def test_archived_customers_are_listed_where_they_are_asked_for_alone(asker: Asker) -> None:
    text = "query ($archived: Boolean) { customers(includeArchived: $archived) { totalCount } }"
    counts = [
        (await asker.read(text, variables))["customers"]["totalCount"]
        for variables in ({}, {"archived": False}, {"archived": None}, {"archived": True})
    ]

    assert counts == [7, 7, 7, 9]
