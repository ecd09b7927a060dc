"""Lines of a draft, one at a time: places, ids, and paths of what is refused."""

from decimal import Decimal
from uuid import UUID

import pytest

from domain.totals import Discount
from resolvers import invoices
from resolvers.callers import Caller
from resolvers.idempotency import Once
from tests.resolvers.making import (
    NOBODY,
    customer,
    line,
    lines_of,
    refusals,
    stored,
    types,
    wanted,
)


async def abc(caller: Caller) -> UUID:
    lines = tuple(line(name) for name in "ABC")
    return await invoices.draft(caller, wanted(await customer(caller), lines=lines))


async def names(draft_id: UUID) -> list[str]:
    return [one.description for one in await lines_of(draft_id)]


@pytest.mark.parametrize(
    ("position", "order"), [(None, "ABCX"), (4, "ABCX"), (1, "XABC"), (2, "AXBC")]
)
async def test_a_line_is_added_at_its_position(
    caller: Caller, position: int | None, order: str
) -> None:
    draft_id = await abc(caller)
    before = [one.id for one in await lines_of(draft_id)]

    result = await invoices.add_line(caller, draft_id, line("X"), position)

    after = await lines_of(draft_id)
    assert [one.description for one in after] == list(order)
    assert result.invoice_id == draft_id
    assert after[order.index("X")].id == result.line_id
    assert [one.id for one in after if one.id != result.line_id] == before
    found = await stored(draft_id)
    assert (found.total_minor, found.version) == (40_000, 2)
    assert await types(caller) == ["invoice.created", "invoice.updated"]


async def test_the_first_line_of_an_empty_draft_is_its_first(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller), lines=()))
    await invoices.add_line(caller, draft_id, line("X"))
    assert await names(draft_id) == ["X"]


async def test_a_replaced_line_keeps_its_id_and_place(caller: Caller) -> None:
    draft_id = await abc(caller)
    middle = (await lines_of(draft_id))[1]
    result = await invoices.update_line(
        caller, middle.id, line("X", 5_000, tax_percent=Decimal(10))
    )
    after = await lines_of(draft_id)
    assert [one.description for one in after] == ["A", "X", "C"]
    assert (after[1].id, result.line_id) == (middle.id, middle.id)
    assert (await stored(draft_id)).total_minor == 25_500


async def test_the_lines_behind_a_removed_one_move_up(caller: Caller) -> None:
    draft_id = await abc(caller)
    first, *_ = await lines_of(draft_id)
    assert await invoices.remove_line(caller, first.id) == draft_id
    assert [(one.description, one.position) for one in await lines_of(draft_id)] == [
        ("B", 1),
        ("C", 2),
    ]
    assert await refusals(invoices.remove_line(caller, first.id)) == [("NOT_FOUND", ("lineId",))]


async def test_the_last_line_can_be_removed(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    (only,) = await lines_of(draft_id)
    await invoices.remove_line(caller, only.id)
    assert (await stored(draft_id)).total_minor == 0


async def test_what_is_wrong_with_a_line_is_named_by_the_input(caller: Caller) -> None:
    draft_id = await abc(caller)
    middle = (await lines_of(draft_id))[1]
    wrong = line(" ", quantity=Decimal(0))
    expected = [("REQUIRED", ("line", "description")), ("OUT_OF_RANGE", ("line", "quantity"))]
    assert await refusals(invoices.add_line(caller, draft_id, wrong, 2)) == expected
    assert await refusals(invoices.update_line(caller, middle.id, wrong)) == expected
    excess = line(discount=Discount(fixed_minor=10_001))
    assert await refusals(invoices.update_line(caller, middle.id, excess)) == [
        ("DISCOUNT_EXCEEDS_LINE", ("line", "discount"))
    ]
    for position in (0, 5):
        refused = await refusals(invoices.add_line(caller, draft_id, line(), position))
        assert refused == [("OUT_OF_RANGE", ("position",))]
    assert await names(draft_id) == ["A", "B", "C"]


async def test_lines_that_an_invoice_discount_needs_stay(caller: Caller) -> None:
    draft_id = await invoices.draft(
        caller,
        wanted(
            await customer(caller),
            lines=(line("A"), line("B")),
            discounts=(Discount(fixed_minor=15_000),),
        ),
    )
    first, second = await lines_of(draft_id)
    assert await refusals(invoices.remove_line(caller, first.id)) == [
        ("DISCOUNT_EXCEEDS_SUBTOTAL", ("lineId",))
    ]
    assert await refusals(invoices.update_line(caller, second.id, line(cents=1))) == [
        ("DISCOUNT_EXCEEDS_SUBTOTAL", ("line",))
    ]


async def test_a_draft_has_at_most_five_hundred_lines(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller), lines=(line(),) * 500))
    assert await refusals(invoices.add_line(caller, draft_id, line())) == [
        ("LINE_LIMIT", ("line",))
    ]


async def test_an_issued_invoices_lines_are_fixed(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    (only,) = await lines_of(invoice_id)
    for act in (
        invoices.add_line(caller, invoice_id, line()),
        invoices.update_line(caller, only.id, line()),
        invoices.remove_line(caller, only.id),
    ):
        assert await refusals(act) == [("INVOICE_NOT_DRAFT", ())]


async def test_an_unknown_invoice_or_line_is_not_found(caller: Caller) -> None:
    assert await refusals(invoices.add_line(caller, NOBODY, line())) == [
        ("NOT_FOUND", ("invoiceId",))
    ]
    assert await refusals(invoices.update_line(caller, NOBODY, line())) == [
        ("NOT_FOUND", ("lineId",))
    ]


async def test_a_repeated_addition_adds_once(caller: Caller) -> None:
    draft_id = await abc(caller)
    once = Once("invoiceLineAdd", "k", 1)
    first = await invoices.add_line(caller, draft_id, line("X"), once=once)
    assert await invoices.add_line(caller, draft_id, line("X"), once=once) == first
    assert await names(draft_id) == ["A", "B", "C", "X"]
