"""Issued invoices: every act that changes an invoice is tried on them, and little gets through."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from domain.totals import Discount
from models.connections import rows
from resolvers import invoices
from resolvers.callers import Caller
from resolvers.fields import camel
from resolvers.invoices.inputs import INPUT_FIELDS
from tests.resolvers.making import (
    NOBODY,
    NOON,
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

FIXED: dict[str, Any] = {
    "customer_id": NOBODY,
    "lines": (line(),),
    "discounts": (Discount(percent=Decimal(1)),),
    "issued_at": NOON,
    "currency": "USD",
    "presentment_currency": "USD",
    "settlement_currency": "USD",
    "prices_include_tax": True,
    "discount_tax_treatment": "AFTER_TAX",
    "tax_rounding": "PER_LINE",
    "notes": "x",
    "matter_id": None,
}
FREE = {"internal_notes", "metadata", "fees_waived", "due_date"}
STATES = ("OPEN", "PAID", "VOID", "UNCOLLECTIBLE")


async def issued(caller: Caller, status: str = "OPEN") -> UUID:
    lines = (line(cents=0),) if status == "PAID" else (line(),)
    invoice_id = await invoices.issue(caller, wanted(await customer(caller), lines=lines))
    if status == "VOID":
        await invoices.void(caller, invoice_id)
    if status == "UNCOLLECTIBLE":
        await invoices.mark_uncollectible(caller, invoice_id)
    return invoice_id


def test_every_field_of_an_invoice_is_either_fixed_or_free() -> None:
    assert FIXED.keys() | FREE == set(INPUT_FIELDS)


@pytest.mark.parametrize("status", STATES)
async def test_no_fiscal_field_changes_after_issue(caller: Caller, status: str) -> None:
    invoice_id = await issued(caller, status)
    before = await stored(invoice_id)

    refused = await refusals(invoices.update(caller, invoice_id, FIXED))

    names = [camel(name) for name in FIXED]
    assert refused == [("INVOICE_NOT_DRAFT", (name,)) for name in names]
    assert (await stored(invoice_id)).version == before.version


@pytest.mark.parametrize("status", STATES)
async def test_no_line_changes_after_issue(caller: Caller, status: str) -> None:
    invoice_id = await issued(caller, status)
    (only,) = await lines_of(invoice_id)
    for act in (
        invoices.add_line(caller, invoice_id, line()),
        invoices.update_line(caller, only.id, line()),
        invoices.remove_line(caller, only.id),
    ):
        assert await refusals(act) == [("INVOICE_NOT_DRAFT", ())]
    for act in (invoices.delete(caller, invoice_id), invoices.finalize(caller, invoice_id)):
        assert await refusals(act) == [("INVALID_TRANSITION", ())]


@pytest.mark.parametrize("status", STATES)
async def test_notes_to_oneself_metadata_and_waived_fees_change(
    caller: Caller, status: str
) -> None:
    invoice_id = await issued(caller, status)
    number = (await stored(invoice_id)).number
    changes = {"internal_notes": " x ", "metadata": {"k": "v"}, "fees_waived": True}

    await invoices.update(later(caller, hours=1), invoice_id, changes)

    found = await stored(invoice_id)
    assert (found.internal_notes, found.metadata, found.fees_waived) == ("x", {"k": "v"}, True)
    assert (found.status, found.number) == (status, number)
    event = (await events(caller))[-1]
    assert event["type"] == "invoice.updated"
    assert "internalNotes" not in str(event)


async def test_a_due_date_only_moves_later(caller: Caller) -> None:
    invoice_id = await issued(caller)
    for earlier in (date(2026, 6, 22), datetime(2026, 6, 23, tzinfo=UTC), None):
        refused = await refusals(invoices.update(caller, invoice_id, {"due_date": earlier}))
        assert refused == [("INVOICE_NOT_DRAFT", ("dueDate",))]

    await invoices.update(caller, invoice_id, {"due_date": date(2026, 6, 23)})
    assert (await stored(invoice_id)).version == 1

    await invoices.update(caller, invoice_id, {"due_date": date(2026, 7, 1)})
    found = await stored(invoice_id)
    assert (found.due_on, found.due_given, found.version) == (date(2026, 7, 1), "DATE", 2)
    assert (await events(caller))[-1]["previous"]["dueOn"] == "2026-06-23"


async def test_one_refused_field_keeps_the_others_from_changing(caller: Caller) -> None:
    invoice_id = await issued(caller)
    changes = {"internal_notes": "x", "notes": "y", "metadata": {"": "v"}}
    assert await refusals(invoices.update(caller, invoice_id, changes)) == [
        ("INVOICE_NOT_DRAFT", ("notes",)),
        ("INVALID_FORMAT", ("metadata",)),
    ]
    assert (await stored(invoice_id)).internal_notes is None


async def test_what_is_the_same_is_no_change(caller: Caller) -> None:
    invoice_id = await issued(caller)
    await invoices.update(caller, invoice_id, {"metadata": {}, "fees_waived": None})
    assert (await stored(invoice_id)).version == 1
    assert await types(caller) == ["invoice.finalized"]


async def test_the_database_itself_keeps_an_issued_invoice_whole(caller: Caller) -> None:
    """Whatever code does, sums, lines and numbers stay tied together."""
    invoice_id = await issued(caller)
    for sql in (
        "UPDATE invoices SET total_minor = total_minor + 1 WHERE id = $1",
        "UPDATE invoices SET amount_due_minor = 0 WHERE id = $1",
        "UPDATE invoices SET number = NULL WHERE id = $1",
        "UPDATE invoices SET number_sequence = 3, number = 'X' WHERE id = $1",
        "UPDATE line_items SET amount_minor = 1 WHERE invoice_id = $1",
        "UPDATE line_items SET currency = 'EUR' WHERE invoice_id = $1",
        "DELETE FROM line_items WHERE invoice_id = $1",
        "UPDATE invoices SET seller = NULL WHERE id = $1",
    ):
        with pytest.raises(IntegrityError):
            await rows(sql, invoice_id)
