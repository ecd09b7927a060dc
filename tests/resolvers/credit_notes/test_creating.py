"""Creating credit notes: what is due goes down, what was paid goes back, and every cent is accounted for."""

import asyncio
from collections.abc import Awaitable
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from domain.errors import Refused
from domain.taxes import Tax
from domain.totals import Discount
from models.payments import Refund
from resolvers import invoices, number_series, payments, workspaces
from resolvers.callers import Caller
from resolvers.credit_notes import LineCredit, NoteInput
from resolvers.idempotency import Once
from tests.resolvers.credit_notes.making import (
    balance,
    credit,
    credit_from_before,
    credit_lines,
    note_lines,
    owed,
    pay,
    spare,
    taxed,
    without,
)
from tests.resolvers.making import (
    NOBODY,
    codes_of,
    events,
    line,
    lines_of,
    refusals,
    stored,
    types,
    wanted,
)
from tests.resolvers.making import customer as some_customer
from tests.resolvers.payments.making import buyer, entries, sandbox


async def test_a_line_is_credited_with_its_tax_and_less_is_due(caller: Caller) -> None:
    invoice_id = await owed(caller, taxed(10_000), line(cents=5_000))

    note = await credit_lines(caller, invoice_id, 3_000, reason="PRICE_ERROR", memo=" Too dear ")

    assert (note.number, note.status, note.reason) == ("CN-2026-000001", "ISSUED", "PRICE_ERROR")
    assert (note.memo, note.issued_at) == ("Too dear", caller.now)
    assert (note.subtotal_minor, note.tax_minor, note.total_minor) == (3_000, 600, 3_600)
    assert (note.pre_payment_minor, note.post_payment_minor) == (3_600, 0)
    assert await balance(invoice_id) == ("OPEN", 13_400, 0, 3_600)
    assert await entries(invoice_id) == [("CREDIT_NOTE", -3_600)]
    [taken] = await note_lines(note)
    first, second = await lines_of(invoice_id)
    assert (taken.line_item_id, taken.net_minor, taken.tax_minor) == (first.id, 3_000, 600)
    assert (first.credited_net_minor, first.credited_tax_minor) == (3_000, 600)
    assert (second.credited_net_minor, second.credited_tax_minor) == (0, 0)
    [row] = note.tax_breakdown
    assert (row["name"], row["percent"], row["category"]) == ("VAT", "20", "STANDARD")
    assert (row["taxable_minor"], row["tax_minor"]) == (3_000, 600)


async def test_it_is_told_with_its_invoice(caller: Caller) -> None:
    invoice_id = await owed(caller)

    note = await credit(caller, invoice_id, amount_minor=1_200)

    *_, created, updated = await events(caller)
    assert (created["type"], created["invoice_id"]) == ("credit_note.created", invoice_id)
    assert created["subject_id"] == f"cn_{note.id.hex}"
    assert (created["data"]["total"], created["data"]["toCreditBalance"]) == (1_200, 0)
    [told] = created["data"]["lines"]
    assert (told["net"], told["tax"], told["taxes"][0]["amount"]) == (1_000, 200, 200)
    assert (updated["type"], updated["previous"]["amountDue"]) == ("invoice.updated", 12_000)


async def test_everything_closes_the_invoice(caller: Caller) -> None:
    invoice_id = await owed(caller)

    await credit(caller, invoice_id)

    found = await stored(invoice_id)
    assert (found.status, found.closed_by, found.paid_at) == ("PAID", "CREDIT_NOTE", caller.now)
    assert await balance(invoice_id) == ("PAID", 0, 0, 12_000)
    assert (await types(caller))[-1] == "invoice.paid"


async def test_a_note_alone_never_makes_it_partially_paid(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await credit(caller, invoice_id, amount_minor=11_999)
    assert await balance(invoice_id) == ("OPEN", 1, 0, 11_999)


async def test_what_is_due_goes_down_before_anything_goes_back(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await pay(caller, invoice_id, 5_000)

    note = await credit(caller, invoice_id, amount_minor=8_000)

    assert (note.pre_payment_minor, note.post_payment_minor) == (7_000, 1_000)
    assert (note.credit_balance_minor, await spare(invoice_id)) == (1_000, 1_000)
    assert await balance(invoice_id) == ("PAID", 0, 4_000, 8_000)
    assert await entries(invoice_id) == [
        ("PAYMENT", -5_000),
        ("MOVED_TO_CREDIT_BALANCE", 1_000),
        ("CREDIT_NOTE", -8_000),
    ]


async def test_what_was_paid_goes_back_in_the_ways_that_are_asked_for(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await pay(caller, invoice_id, 12_000)

    note = await credit(
        caller, invoice_id, refund_minor=5_000, credit_balance_minor=4_000, out_of_band_minor=3_000
    )

    ways = (note.refunded_minor, note.credit_balance_minor, note.out_of_band_minor)
    assert (note.post_payment_minor, ways) == (12_000, (5_000, 4_000, 3_000))
    assert await balance(invoice_id) == ("PAID", 0, 0, 12_000)
    assert (await stored(invoice_id)).amount_refunded_minor == 5_000
    assert await spare(invoice_id) == 4_000
    [refund] = await Refund.filter(credit_note_id=note.id)
    assert (refund.status, refund.amount_minor) == ("SUCCEEDED", 5_000)


async def test_a_card_is_refunded_after_the_note_is_made(caller: Caller) -> None:
    gateway = sandbox()
    invoice_id = await owed(caller, customer_id=await buyer(caller, gateway))
    await payments.pay(caller, gateway, invoice_id)

    note = await credit(caller, invoice_id, amount_minor=1_200, refund_minor=1_200)

    [refund] = await Refund.filter(credit_note_id=note.id)
    assert (refund.status, refund.amount_minor) == ("SUCCEEDED", 1_200)
    assert await balance(invoice_id) == ("PAID", 0, 10_800, 1_200)


async def test_a_refund_that_the_bank_turns_down_becomes_credit(caller: Caller) -> None:
    gateway = sandbox()
    customer_id = await buyer(caller, gateway, "pm_sandbox_refundFails")
    invoice_id = await owed(caller, customer_id=customer_id)
    await payments.pay(caller, gateway, invoice_id)

    note = await credit(caller, invoice_id, refund_minor=12_000)

    assert (note.refunded_minor, note.credit_balance_minor) == (0, 12_000)
    assert await spare(invoice_id) == 12_000
    assert await balance(invoice_id) == ("PAID", 0, 0, 12_000)
    assert (await stored(invoice_id)).amount_refunded_minor == 0
    assert (await entries(invoice_id))[-2:] == [
        ("MOVED_TO_CREDIT_BALANCE", 12_000),
        ("REFUND", -12_000),
    ]


async def test_what_goes_back_must_come_to_what_was_paid(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await pay(caller, invoice_id, 12_000)

    with pytest.raises(Refused) as caught:
        await credit(caller, invoice_id, refund_minor=11_999)

    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.field) == ("CREDIT_ALLOCATION_MISMATCH", ("refundAmount",))
    assert refusal.meta == {"postPayment": 12_000}


async def test_what_the_credit_balance_had_paid_returns_there_first(caller: Caller) -> None:
    customer_id = await some_customer(caller)
    await credit_from_before(caller, customer_id, 3_000)
    invoice_id = await owed(caller, customer_id=customer_id)
    await pay(caller, invoice_id, 9_000)
    assert await spare(invoice_id) == 0

    await credit(caller, invoice_id, amount_minor=4_000)

    assert (await entries(invoice_id))[-3:] == [
        ("CREDIT_BALANCE_RETURNED", 3_000),
        ("MOVED_TO_CREDIT_BALANCE", 1_000),
        ("CREDIT_NOTE", -4_000),
    ]
    assert await spare(invoice_id) == 4_000


async def test_a_note_on_a_lost_invoice_lowers_what_is_lost(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await invoices.mark_uncollectible(caller, invoice_id)

    note = await credit(caller, invoice_id, amount_minor=2_000)

    assert (note.pre_payment_minor, note.written_off_minor) == (2_000, 2_000)
    assert await balance(invoice_id) == ("UNCOLLECTIBLE", 0, 0, 2_000)
    assert (await stored(invoice_id)).amount_written_off_minor == 10_000
    await credit(caller, invoice_id)
    assert await balance(invoice_id) == ("PAID", 0, 0, 12_000)


async def test_no_more_is_credited_than_is_left(caller: Caller) -> None:
    invoice_id = await owed(caller, taxed(10_000), taxed(500))
    await credit_lines(caller, invoice_id, 9_000)

    by_line = credit_lines(caller, invoice_id, 1_001)
    by_amount = credit(caller, invoice_id, amount_minor=1_801)

    assert await most(by_line, "lines", "0", "net") == 1_000
    assert await most(by_amount, "amount") == 1_800


async def most(act: Awaitable[object], *field: str) -> object:
    """How much could be credited instead of what an act is refused for."""
    with pytest.raises(Refused) as caught:
        await act
    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.field) == ("CREDIT_EXCEEDS_CREDITABLE", field)
    return (refusal.meta or {})["max"]


async def test_notes_of_a_line_each_sum_to_the_invoice_in_any_order(caller: Caller) -> None:
    nets = (6_833, 6_833, 5_750, 8_500)
    for order in permutations(range(4)):
        invoice_id = await owed(caller, *map(taxed, nets))
        assert (await stored(invoice_id)).total_minor == 33_499
        notes = []
        for place in order:
            only_one = [nets[i] if i == place else None for i in range(4)]
            notes.append(await credit_lines(caller, invoice_id, *only_one))
        assert sum(note.total_minor for note in notes) == 33_499
        assert await balance(invoice_id) == ("PAID", 0, 0, 33_499)
        assert await codes_of(credit(caller, invoice_id, amount_minor=1)) == [
            "CREDIT_EXCEEDS_CREDITABLE"
        ]


async def test_each_tax_is_credited_to_the_last_unit(caller: Caller) -> None:
    taxes = (Tax("State", Decimal("6.25")), Tax("City", Decimal("1.125")), Tax("Zero", Decimal(0)))
    lines = [line(cents=cents, taxes=taxes) for cents in (3_333, 101, 7)]
    invoice_id = await owed(caller, *lines, discounts=(Discount(percent=Decimal("12.5")),))
    total = (await stored(invoice_id)).total_minor

    amounts = [1, 7, 499, 1_000]
    notes = [await credit(caller, invoice_id, amount_minor=minor) for minor in amounts]
    notes.append(await credit(caller, invoice_id))

    assert sum(note.total_minor for note in notes) == total
    for row in (await stored(invoice_id)).tax_breakdown:
        for part in ("taxable_minor", "tax_minor"):
            credited = [
                one[part]
                for note in notes
                for one in note.tax_breakdown
                if one["name"] == row["name"]
            ]
            assert sum(credited) == row[part], (row["name"], part)


@pytest.mark.parametrize("status", ["DRAFT", "VOID"])
async def test_only_what_was_issued_and_counts_is_credited(caller: Caller, status: str) -> None:
    invoice_id = await invoices.draft(caller, wanted(await some_customer(caller)))
    if status == "VOID":
        await invoices.finalize(caller, invoice_id)
        await invoices.void(caller, invoice_id)
    assert await refusals(credit(caller, invoice_id)) == [("INVALID_TRANSITION", ("invoiceId",))]


async def test_lines_are_named_once_and_are_the_invoices_own(caller: Caller) -> None:
    invoice_id, other_id = await owed(caller), await owed(caller)
    [own], [foreign] = await lines_of(invoice_id), await lines_of(other_id)

    named = [own.id, own.id, foreign.id, NOBODY]
    refused = await refusals(
        credit(caller, invoice_id, lines=tuple(LineCredit(one, 1) for one in named))
    )

    assert refused == [
        ("INVALID_ARGUMENT", ("lines", "1", "lineItemId")),
        ("NOT_FOUND", ("lines", "2", "lineItemId")),
        ("NOT_FOUND", ("lines", "3", "lineItemId")),
    ]


async def test_lines_and_an_amount_do_not_go_together(caller: Caller) -> None:
    invoice_id = await owed(caller)
    refused = await refusals(credit(caller, invoice_id, lines=(), amount_minor=1))
    assert refused == [("INVALID_ARGUMENT", ("amount",))]
    assert await refusals(credit(caller, invoice_id, lines=())) == [("REQUIRED", ("lines",))]


async def test_a_refund_takes_the_scope_of_payments_too(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await pay(caller, invoice_id, 12_000)
    clerk = without(caller, "PAYMENTS_WRITE")

    assert await refusals(credit(clerk, invoice_id, refund_minor=12_000)) == [("FORBIDDEN", ())]

    await credit(clerk, invoice_id)


async def test_refusals_use_no_number(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await refusals(credit(caller, invoice_id, amount_minor=12_001))
    await refusals(credit(caller, invoice_id, refund_minor=1))

    numbers = [(await credit(caller, invoice_id, amount_minor=1)).number for _ in range(2)]

    assert numbers == ["CN-2026-000001", "CN-2026-000002"]


async def test_a_number_that_another_note_has_is_refused(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await credit(caller, invoice_id, amount_minor=1)
    await number_series.set_series(caller, "CREDIT_NOTE", "CN-2026-{seq:6}", "NEVER")
    assert await codes_of(credit(caller, invoice_id, amount_minor=1)) == ["NUMBER_TAKEN"]


async def test_nothing_is_credited_in_books_that_are_closed(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await workspaces.update(caller, {"closed_through": date(2026, 6, 9)})
    assert await refusals(credit(caller, invoice_id)) == [("PERIOD_CLOSED", ("invoiceId",))]


async def test_a_note_at_another_version_is_a_conflict(caller: Caller) -> None:
    invoice_id = await owed(caller)
    refused = await refusals(credit(caller, invoice_id, expected_version=2))
    assert refused == [("CONFLICT", ("expectedVersion",))]


async def test_twins_make_one_note(caller: Caller, patient_twins: None) -> None:
    invoice_id = await owed(caller)
    asked = NoteInput(invoice_id=invoice_id, amount_minor=100)

    made = await asyncio.gather(
        *(
            credit(caller, invoice_id, amount_minor=100, once=Once("creditNoteCreate", "k", asked))
            for _ in range(8)
        )
    )

    assert len({note.id for note in made}) == 1
    assert await balance(invoice_id) == ("OPEN", 11_900, 0, 100)


async def test_many_at_once_credit_no_more_than_there_is(caller: Caller) -> None:
    invoice_id = await owed(caller)
    await pay(caller, invoice_id, 6_000)

    codes = await asyncio.gather(
        *(codes_of(credit(caller, invoice_id, amount_minor=3_500)) for _ in range(10))
    )

    assert sorted(map(len, codes)) == [0] * 3 + [1] * 7
    assert await balance(invoice_id) == ("PAID", 0, 1_500, 10_500)
    assert await spare(invoice_id) == 4_500
