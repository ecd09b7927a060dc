"""Voiding credit notes: all is as it was before, unless the money is gone."""

import pytest

from domain.errors import Refused
from models.credit_notes import CreditNote
from resolvers import credit_notes, invoices, payments
from resolvers.callers import Caller
from tests.resolvers.credit_notes.making import (
    balance,
    credit,
    credit_from_before,
    credit_lines,
    note_of,
    owed,
    pay,
    spare,
    taxed,
)
from tests.resolvers.making import customer, later, line, lines_of, refusals, stored, types
from tests.resolvers.payments.making import buyer, entries, parts_of, sandbox


async def void(caller: Caller, note: CreditNote) -> CreditNote:
    """Takes a note back."""
    await credit_notes.void(caller, note.id)
    return await note_of(note.id)


async def test_all_is_due_again_and_the_number_stays(caller: Caller) -> None:
    invoice_id = await owed(caller, taxed(10_000), taxed(500))
    note = await credit_lines(caller, invoice_id, 3_000)

    voided = await void(later(caller, hours=1), note)

    assert (voided.status, voided.number) == ("VOID", note.number)
    assert voided.voided_at == later(caller, hours=1).now
    assert await balance(invoice_id) == ("OPEN", 12_600, 0, 0)
    assert await entries(invoice_id) == [("CREDIT_NOTE", -3_600), ("CREDIT_NOTE_VOIDED", 3_600)]
    [first, _] = await lines_of(invoice_id)
    assert (first.credited_net_minor, first.credited_tax_minor) == (0, 0)
    assert (await types(caller))[-1] == "invoice.updated"
    assert (await credit(caller, invoice_id)).number == "CN-2026-000002"


async def test_what_it_closed_is_open_again(caller: Caller) -> None:
    invoice_id = await owed(caller)
    note = await credit(caller, invoice_id)

    await void(caller, note)

    found = await stored(invoice_id)
    assert (found.status, found.paid_at, found.closed_by) == ("OPEN", None, None)


async def test_what_it_moved_is_paid_again(caller: Caller) -> None:
    invoice_id = await owed(caller)
    payment_id = await pay(caller, invoice_id, 9_000)
    note = await credit(caller, invoice_id, amount_minor=5_000)
    assert await parts_of(payment_id) == [(invoice_id, 9_000, 2_000)]

    await void(caller, note)

    assert await balance(invoice_id) == ("PARTIALLY_PAID", 3_000, 9_000, 0)
    assert await spare(invoice_id) == 0
    assert await parts_of(payment_id) == [(invoice_id, 9_000, 0)]


async def test_credit_that_had_paid_pays_again(caller: Caller) -> None:
    customer_id = await customer(caller)
    await credit_from_before(caller, customer_id, 3_000)
    invoice_id = await owed(caller, customer_id=customer_id)
    note = await credit(caller, invoice_id)
    assert await spare(invoice_id) == 3_000

    await void(caller, note)

    assert await balance(invoice_id) == ("OPEN", 9_000, 0, 0)
    assert (await stored(invoice_id)).credit_balance_applied_minor == 3_000
    assert await spare(invoice_id) == 0


async def test_what_was_lost_is_lost_again(caller: Caller) -> None:
    invoice_id = await owed(caller)
    before = await credit(caller, invoice_id, amount_minor=2_000)
    await invoices.mark_uncollectible(caller, invoice_id)
    note = await credit(caller, invoice_id)
    assert await balance(invoice_id) == ("PAID", 0, 0, 12_000)

    await void(caller, note)
    await void(caller, before)

    assert await balance(invoice_id) == ("UNCOLLECTIBLE", 0, 0, 0)
    assert (await stored(invoice_id)).amount_written_off_minor == 12_000
    await invoices.unmark_uncollectible(caller, invoice_id)
    assert await balance(invoice_id) == ("OPEN", 12_000, 0, 0)


async def test_a_note_of_before_hope_came_back_is_due_when_it_is_void(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await invoices.mark_uncollectible(caller, invoice_id)
    note = await credit(caller, invoice_id, amount_minor=2_000)
    await invoices.unmark_uncollectible(caller, invoice_id)

    await void(caller, note)

    assert await balance(invoice_id) == ("OPEN", 12_000, 0, 0)


@pytest.mark.parametrize("way", ["refund_minor", "out_of_band_minor"])
async def test_money_that_was_given_back_keeps_a_note(caller: Caller, way: str) -> None:
    invoice_id = await owed(caller)
    await pay(caller, invoice_id, 12_000)
    note = await credit(caller, invoice_id, **{way: 12_000})

    assert await refusals(void(caller, note)) == [("CREDIT_NOTE_NOT_VOIDABLE", ("id",))]

    assert (await note_of(note.id)).status == "ISSUED"


async def test_a_note_whose_refund_failed_can_be_taken_back(caller: Caller) -> None:
    gateway = sandbox()
    customer_id = await buyer(caller, gateway, "pm_sandbox_refundFails")
    invoice_id = await owed(caller, customer_id=customer_id)
    await payments.pay(caller, gateway, invoice_id)
    note = await credit(caller, invoice_id, refund_minor=12_000)

    await void(caller, note)

    assert await balance(invoice_id) == ("PAID", 0, 12_000, 0)
    assert await spare(invoice_id) == 0


async def test_credit_that_was_spent_keeps_a_note(caller: Caller) -> None:
    customer_id = await customer(caller)
    invoice_id = await owed(caller, customer_id=customer_id)
    await pay(caller, invoice_id, 12_000)
    note = await credit(caller, invoice_id)
    await owed(caller, line(cents=1), customer_id=customer_id)

    with pytest.raises(Refused) as caught:
        await void(caller, note)

    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.field) == ("CREDIT_NOTE_NOT_VOIDABLE", ("id",))
    assert refusal.meta == {"creditBalance": 11_999}
    assert await balance(invoice_id) == ("PAID", 0, 0, 12_000)


async def test_a_note_is_voided_once(caller: Caller) -> None:
    invoice_id = await owed(caller)
    note = await credit(caller, invoice_id)
    await void(caller, note)
    assert await refusals(void(caller, note)) == [("CREDIT_NOTE_NOT_VOIDABLE", ("id",))]


async def test_an_invoice_is_voided_after_its_notes(caller: Caller) -> None:
    invoice_id = await owed(caller)
    note = await credit(caller, invoice_id, amount_minor=1)
    assert await refusals(invoices.void(caller, invoice_id)) == [("INVOICE_HAS_CREDIT_NOTES", ())]
    await void(caller, note)
    await invoices.void(caller, invoice_id)
