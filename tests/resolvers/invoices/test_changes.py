"""Changes of drafts: any field, null, and what stays as it was."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.totals import Discount
from models.connections import rows
from resolvers import customers, invoices, matters
from resolvers.callers import Caller
from tests.resolvers.making import (
    NOBODY,
    customer,
    events,
    later,
    line,
    lines_of,
    refusals,
    stored,
    types,
    wanted,
)


async def test_only_given_fields_of_a_draft_change(caller: Caller) -> None:
    draft_id = await invoices.draft(
        caller,
        wanted(await customer(caller), notes="a", internal_notes="b", metadata={"k": "v"}),
    )
    before = await lines_of(draft_id)

    await invoices.update(later(caller, hours=1), draft_id, {"notes": None, "fees_waived": True})

    found = await stored(draft_id)
    assert (found.notes, found.internal_notes, found.metadata) == (None, "b", {"k": "v"})
    assert (found.fees_waived, found.version) == (True, 2)
    assert [one.id for one in await lines_of(draft_id)] == [one.id for one in before]
    assert (await events(caller))[-1]["previous"] == {
        "notes": "a",
        "feesWaived": False,
        "version": 1,
        "updatedAt": "2026-06-09T12:00:00.000000Z",
    }


async def test_what_is_the_same_is_no_change(caller: Caller) -> None:
    draft_id = await invoices.draft(
        caller, wanted(await customer(caller), notes="a", discounts=(Discount(Decimal(10)),))
    )
    same = {"notes": "a ", "currency": "USD", "discounts": (Discount(Decimal("10.0")),)}
    await invoices.update(later(caller, days=3), draft_id, same)
    await invoices.update(caller, draft_id, {})
    assert (await stored(draft_id)).version == 1
    assert await types(caller) == ["invoice.created"]


async def test_null_clears_lists_and_brings_defaults_back(caller: Caller) -> None:
    draft_id = await invoices.draft(
        caller,
        wanted(
            await customer(caller),
            discounts=(Discount(Decimal(10)),),
            tax_rounding="PER_LINE",
            due_date=date(2026, 12, 1),
            metadata={"k": "v"},
            fees_waived=True,
        ),
    )
    names = ["lines", "discounts", "tax_rounding", "due_date", "metadata", "fees_waived"]
    await invoices.update(caller, draft_id, dict.fromkeys(names))

    found = await stored(draft_id)
    assert (found.line_count, found.discounts, found.total_minor) == (0, [], 0)
    assert (found.tax_rounding, found.due_on) == ("PER_RATE", date(2026, 6, 23))
    assert (found.metadata, found.fees_waived, found.due_given) == ({}, False, "TERMS")


async def test_new_lines_replace_the_old_ones_under_new_ids(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller), lines=(line(),) * 3))
    before = {one.id for one in await lines_of(draft_id)}

    await invoices.update(caller, draft_id, {"lines": (line("A"), line("B"))})

    after = await lines_of(draft_id)
    assert [one.description for one in after] == ["A", "B"]
    assert not before & {one.id for one in after}
    assert (await stored(draft_id)).total_minor == 20_000


async def test_another_currency_keeps_prices_in_major_units(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    await invoices.update(caller, draft_id, {"currency": "KWD"})
    found = await stored(draft_id)
    assert (found.currency, found.presentment_currency) == ("KWD", "KWD")
    assert (found.settlement_currency, found.total_minor) == ("USD", 100_000)
    assert [one.currency for one in await lines_of(draft_id)] == ["KWD"]


async def test_dates_that_are_not_touched_are_not_judged_again(caller: Caller) -> None:
    customer_id = await customer(caller, payment_terms_days=None)
    draft_id = await invoices.draft(caller, wanted(customer_id, due_date=date(2026, 6, 10)))
    in_july = later(caller, days=30)

    await invoices.update(in_july, draft_id, {"notes": "late"})

    assert (await stored(draft_id)).due_on == date(2026, 6, 10)
    refused = await refusals(invoices.update(in_july, draft_id, {"issued_at": None}))
    assert refused == [("DUE_BEFORE_ISSUE", ("dueDate",))]


async def test_an_archived_customers_draft_can_still_be_changed(caller: Caller) -> None:
    customer_id = await customer(caller)
    draft_id = await invoices.draft(caller, wanted(customer_id))
    await customers.archive(caller, customer_id)
    await invoices.update(caller, draft_id, {"notes": "hello"})
    refused = await refusals(invoices.update(caller, draft_id, {"customer_id": customer_id}))
    assert refused == [("CUSTOMER_ARCHIVED", ("customerId",))]


async def test_another_customer_means_their_terms_and_not_the_old_ones_matter(
    caller: Caller,
) -> None:
    one, other = await customer(caller), await customer(caller, payment_terms_days=60)
    matter_id = await matters.create(caller, one, "Case")
    draft_id = await invoices.draft(caller, wanted(one, matter_id=matter_id))

    refused = await refusals(invoices.update(caller, draft_id, {"customer_id": other}))
    assert refused == [("MATTER_CUSTOMER_MISMATCH", ("matterId",))]
    await invoices.update(caller, draft_id, {"customer_id": other, "matter_id": None})
    assert (await stored(draft_id)).due_on == date(2026, 8, 8)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"customer_id": None}, ("REQUIRED", ("customerId",))),
        ({"customer_id": NOBODY}, ("NOT_FOUND", ("customerId",))),
        ({"matter_id": NOBODY}, ("NOT_FOUND", ("matterId",))),
        ({"colour": "red"}, ("INVALID_ARGUMENT", ("colour",))),
        ({"lines": (line(quantity=Decimal(-1)),)}, ("OUT_OF_RANGE", ("lines", "0", "quantity"))),
        ({"due_date": date(2026, 6, 8)}, ("DUE_BEFORE_ISSUE", ("dueDate",))),
    ],
)
async def test_a_wrong_change_leaves_a_draft_as_it_is(
    caller: Caller, changes: dict[str, Any], refused: Any
) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    assert await refusals(invoices.update(caller, draft_id, changes)) == [refused]
    assert (await stored(draft_id)).version == 1
    assert await types(caller) == ["invoice.created"]


async def test_a_change_meant_for_another_version_is_a_conflict(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    await invoices.update(caller, draft_id, {"notes": "a"}, expected_version=1)
    for act in (
        invoices.update(caller, draft_id, {"notes": "b"}, expected_version=1),
        invoices.delete(caller, draft_id, expected_version=1),
        invoices.finalize(caller, draft_id, expected_version=3),
        invoices.send(caller, draft_id, expected_version=1),
        invoices.add_line(caller, draft_id, line(), expected_version=1),
    ):
        assert await refusals(act) == [("CONFLICT", ("expectedVersion",))]
    assert (await stored(draft_id)).version == 2


async def test_changing_a_draft_back_and_forth_keeps_its_sums_chained(caller: Caller) -> None:
    """The database's own checks judge each commit; this walks through sizes on purpose."""
    draft_id = await invoices.draft(caller, wanted(await customer(caller), lines=()))
    for count in (3, 0, 1, 7, 2):
        asked = tuple(line(tax_percent=Decimal(count)) for _ in range(count))
        await invoices.update(caller, draft_id, {"lines": asked})
        found = await rows(
            "SELECT line_count, subtotal_minor FROM invoices WHERE id = $1", draft_id
        )
        assert found == [{"line_count": count, "subtotal_minor": 10_000 * count}]
