"""Lists of invoices: what each filter keeps, and in which order they come, by example."""

from datetime import timedelta
from uuid import UUID

import pytest

from resolvers import invoices, matters, number_series
from resolvers.callers import Caller
from tests.plans.asking import Asker
from tests.resolvers.making import NOON, at, customer, line, wanted
from tests.schema.reading import COUNT, count, notes


async def test_stored_statuses_find_overdue_invoices_too_and_a_list_is_any_of_it(
    caller: Caller, buyer: UUID
) -> None:
    await invoices.issue(caller, wanted(buyer, due_date=NOON + timedelta(days=1)))
    await invoices.issue(caller, wanted(buyer, due_date=NOON + timedelta(days=9)))
    await invoices.draft(caller, wanted(buyer))
    late = at(caller, NOON + timedelta(days=2))

    assert await count(late, status=["OPEN"]) == 2
    assert await count(late, status=["OVERDUE"]) == 1
    assert await count(late, status=["OVERDUE", "DRAFT"]) == 2
    assert await count(late, status=["OPEN", "OVERDUE", "PAST_DUE"]) == 2
    assert await count(late, status=["PAID"]) == 0
    assert await count(late, status=[]) == 0
    assert await count(late, status=None) == 3


async def test_statuses_given_by_one_operation_keep_what_each_says(
    caller: Caller, buyer: UUID
) -> None:
    """The statement that was compiled for one list is not run for another that means more."""
    await invoices.issue(caller, wanted(buyer, due_date=NOON + timedelta(days=1)))
    asker = Asker(at(caller, NOON + timedelta(days=2)))
    lists: tuple[list[str], ...] = (
        ["OPEN"],
        ["DRAFT"],
        ["OVERDUE"],
        ["DRAFT", "PAID"],
        ["PAID", "OVERDUE"],
        [],
    )

    counts = [
        (await asker.read(COUNT, {"filter": {"status": statuses}}))["invoices"]["totalCount"]
        for statuses in lists
    ]

    assert counts == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("inv-000", 1),
        ("ann LTD", 2),
        ("überstunden", 2),
        ("ÜBER", 2),
        ("sku-7", 1),
        ("100%", 1),
        ("%", 1),
        ("_", 0),
        ("\\", 0),
        ("nobody", 0),
        ("", 2),
    ],
)
async def test_search_looks_for_text_in_number_customer_and_lines(
    caller: Caller, buyer: UUID, text: str, found: int
) -> None:
    lines = (line("Überstunden"), line("100% wool", code="SKU-7"))
    await invoices.issue(caller, wanted(buyer, lines=lines))
    await invoices.draft(caller, wanted(buyer, lines=(line("überstunden"),)))

    assert await count(caller, search=text) == found


async def test_numbers_are_compared_letter_by_letter(caller: Caller, buyer: UUID) -> None:
    for _ in range(3):
        await invoices.issue(caller, wanted(buyer))
    await invoices.draft(caller, wanted(buyer))

    assert await count(caller, number={"startsWith": "INV-"}) == 3
    assert await count(caller, number={"startsWith": "inv-"}) == 0
    assert await count(caller, number={"startsWith": "INV_"}) == 0
    assert await count(caller, number={"startsWith": "INV%"}) == 0
    assert await count(caller, number={"eq": "INV-0002"}) == 1
    assert await count(caller, number={"in": ["INV-0001", "INV-0003", "INV-0009"]}) == 2
    assert await count(caller, number={"in": ["INV-0001"], "startsWith": "INV-0002"}) == 0
    assert await count(caller, number={}) == 4


async def test_all_comparisons_and_all_fields_of_a_filter_must_hold(
    caller: Caller, buyer: UUID
) -> None:
    for cents in (100, 200, 200, 300):
        await invoices.draft(caller, wanted(buyer, lines=(line(cents=cents),), metadata={"k": "v"}))

    assert await count(caller, total={"eq": 200}) == 2
    assert await count(caller, total={"gt": 100, "lt": 300}) == 2
    assert await count(caller, total={"gte": 100, "lte": 200}) == 3
    assert await count(caller, total={"gte": 200}, amountDue={"lt": 300}) == 2
    assert await count(caller, createdAt={"gte": "2026-06-09T14:00:00+02:00"}) == 4
    assert await count(caller, createdAt={"gt": "2026-06-09T12:00:00Z"}) == 0
    assert await count(caller, paidAt={"lt": "2100-01-01T00:00:00Z"}) == 0
    assert await count(caller, metadata=[{"key": "k", "value": "v"}]) == 4
    twice = [{"key": "k", "value": "v"}, {"key": "k", "value": "w"}]
    assert await count(caller, metadata=twice) == 0
    assert await count(caller, currency=["usd", "EUR"]) == 4


async def test_customers_and_matters_are_found_by_their_own_ids_alone(
    caller: Caller, buyer: UUID
) -> None:
    other = await customer(caller)
    case = await matters.create(caller, buyer, "Case")
    await invoices.draft(caller, wanted(buyer, matter_id=case))
    await invoices.draft(caller, wanted(other))

    assert await count(caller, customerId=[f"cus_{buyer.hex}"]) == 1
    assert await count(caller, customerId=[f"cus_{buyer.hex}", f"cus_{other.hex}"]) == 2
    assert await count(caller, customerId=[f"inv_{buyer.hex}"]) == 0
    assert await count(caller, customerId=["nonsense", f"cus_{other.hex}"]) == 1
    assert await count(caller, customerId=[f"cus_{buyer.hex.upper()}"]) == 0
    assert await count(caller, matterId=[f"mat_{case.hex}"]) == 1


async def test_numbers_are_in_the_order_they_were_given_and_drafts_come_last(
    caller: Caller, buyer: UUID
) -> None:
    await number_series.set_series(caller, "INVOICE", "{seq}-{YYYY}", "YEAR", 9)
    later = await invoices.draft(caller, wanted(buyer, notes="10-2026"))
    await invoices.draft(caller, wanted(buyer, notes="draft"))
    await invoices.issue(caller, wanted(buyer, notes="9-2026"))
    await invoices.finalize(caller, later)
    old = at(caller, NOON - timedelta(days=365))
    await invoices.issue(old, wanted(buyer, notes="1-2025"))

    ascending = await notes(caller, order={"field": "NUMBER", "direction": "ASC"})
    descending = await notes(caller, order={"field": "NUMBER"})

    assert ascending == ["1-2025", "9-2026", "10-2026", "draft"]
    assert descending == ascending[::-1]


async def test_drafts_count_as_newest_by_issue_date(caller: Caller, buyer: UUID) -> None:
    await invoices.draft(caller, wanted(buyer, notes="draft"))
    dated = NOON - timedelta(days=5)
    await invoices.draft(caller, wanted(buyer, notes="dated draft", issued_at=dated))
    for days in (1, 9):
        await invoices.issue(
            at(caller, NOON - timedelta(days=days)), wanted(buyer, notes=f"{days} days ago")
        )

    found = await notes(caller, order={"field": "ISSUED_AT"})

    assert found == ["draft", "1 days ago", "dated draft", "9 days ago"]


async def test_ties_are_ordered_by_creation_in_the_same_direction(
    caller: Caller, buyer: UUID
) -> None:
    for name in ("a", "b", "c"):
        await invoices.draft(caller, wanted(buyer, notes=name))

    for field in (
        "TOTAL",
        "DUE_AT",
        "UPDATED_AT",
        "CREATED_AT",
        "AMOUNT_DUE",
        "ISSUED_AT",
        "NUMBER",
    ):
        order = {"field": field, "direction": "ASC"}
        assert await notes(caller, order=order) == ["a", "b", "c"]
        assert await notes(caller, order={"field": field}) == ["c", "b", "a"]
