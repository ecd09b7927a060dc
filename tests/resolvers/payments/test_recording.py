"""Recording: money that came by itself goes to the oldest invoices, or where its payer says."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.allocations import Part
from domain.errors import Refused
from models.payments import Payment
from resolvers import invoices, payments
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.payments import MoneyIn
from tests.resolvers.making import NOBODY, codes_of, customer, refusals, stored, wanted
from tests.resolvers.payments.making import asides, credit, entries, owed, parts_of, told


def money(customer_id: UUID, cents: int, **given: Any) -> MoneyIn:
    """A transfer of so much."""
    values = {"currency": "USD", "method": "BANK_TRANSFER", **given}
    return MoneyIn(customer_id=customer_id, amount_minor=cents, **values)


async def test_money_pays_the_oldest_due_first(caller: Caller) -> None:
    ann = await customer(caller)
    today = caller.now.date()
    later = await owed(caller, ann, due_date=today + timedelta(days=9))
    first = await owed(caller, ann, due_date=today)
    draft = await invoices.draft(caller, wanted(ann))

    payment_id = await payments.record(caller, money(ann, 12_000, reference=" R-1 "))

    assert await parts_of(payment_id) == [(first, 10_000, 0), (later, 2_000, 0)]
    found = [await stored(id_) for id_ in (first, later, draft)]
    assert [one.status for one in found] == ["PAID", "PARTIALLY_PAID", "DRAFT"]
    payment = await Payment.get(id=payment_id)
    assert (payment.status, payment.method, payment.reference) == (
        *("SUCCEEDED", "BANK_TRANSFER", "R-1"),
    )
    assert (payment.gateway, payment.invoice_id, payment.fee_minor) == (None, None, 0)
    assert payment.received_at == caller.now
    assert await told(caller) == [
        "invoice.created",
        *("payment.succeeded", "invoice.paid", "invoice.partially_paid"),
    ]


async def test_what_is_left_over_becomes_credit_that_the_next_invoice_takes(caller: Caller) -> None:
    ann = await customer(caller)
    invoice_id = await owed(caller, ann)

    payment_id = await payments.record(caller, money(ann, 13_000))

    assert (await Payment.get(id=payment_id)).amount_overpaid_minor == 3_000
    assert (await credit(caller, ann), await asides(caller)) == (3_000, [("OVERPAYMENT", 3_000)])
    assert (await stored(invoice_id)).status == "PAID"
    following = await stored(await owed(caller, ann))
    assert (following.credit_balance_applied_minor, following.amount_due_minor) == (3_000, 7_000)


async def test_money_for_nothing_open_is_all_credit(caller: Caller) -> None:
    ann = await customer(caller)
    payment_id = await payments.record(caller, money(ann, 1))
    assert await parts_of(payment_id) == []
    assert await credit(caller, ann) == 1


async def test_a_payer_may_say_what_is_paid(caller: Caller) -> None:
    ann = await customer(caller)
    one, two, three = [await owed(caller, ann) for _ in range(3)]
    given = (Part(three, 4_000), Part(one, 10_000))

    payment_id = await payments.record(caller, money(ann, 15_000, allocations=given))

    assert await parts_of(payment_id) == [(three, 4_000, 0), (one, 10_000, 0)]
    assert [(await stored(id_)).amount_due_minor for id_ in (one, two, three)] == [
        *(0, 10_000, 6_000),
    ]
    assert await credit(caller, ann) == 1_000
    assert await entries(three) == [("PAYMENT", -4_000)]


async def test_allocations_beyond_the_money_or_the_balance_are_refused(caller: Caller) -> None:
    ann = await customer(caller)
    one, two = [await owed(caller, ann) for _ in range(2)]
    many = money(ann, 15_000, allocations=(Part(one, 10_000), Part(two, 6_000)))
    assert await refusals(payments.record(caller, many)) == [
        ("ALLOCATION_MISMATCH", ("allocations",))
    ]
    much = money(ann, 15_000, allocations=(Part(two, 1), Part(one, 10_001)))
    with pytest.raises(Refused) as caught:
        await payments.record(caller, much)
    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.field) == (
        "AMOUNT_EXCEEDS_BALANCE",
        ("allocations", "1", "amount"),
    )
    assert refusal.meta == {"balance": 10_000}
    assert await Payment.filter(workspace_id=caller.workspace_id).count() == 0


async def test_each_invoice_must_be_the_customers_own_and_take_the_money(caller: Caller) -> None:
    ann, bob = await customer(caller), await customer(caller)
    foreign = await owed(caller, ann, currency="EUR", settlement_currency="EUR")
    void, paid, bobs = await owed(caller, ann), await owed(caller, ann), await owed(caller, bob)
    draft = await invoices.draft(caller, wanted(ann))
    await invoices.void(caller, void)
    await payments.record(caller, money(ann, 10_000, allocations=(Part(paid, 10_000),)))
    wrong = (foreign, void, paid, bobs, draft, NOBODY)
    given = tuple(Part(id_, 1) for id_ in wrong)
    refused = await refusals(payments.record(caller, money(ann, 6, allocations=given)))
    assert refused == [
        (code, ("allocations", str(k), "invoiceId"))
        for k, code in enumerate(
            (
                "CURRENCY_MISMATCH",
                "INVALID_TRANSITION",
                "INVOICE_ALREADY_PAID",
                "INVALID_ARGUMENT",
                "INVALID_TRANSITION",
                "NOT_FOUND",
            )
        )
    ]


async def test_a_lost_invoice_takes_money_only_when_it_is_named(caller: Caller) -> None:
    ann = await customer(caller)
    invoice_id = await owed(caller, ann)
    await invoices.mark_uncollectible(caller, invoice_id)
    await payments.record(caller, money(ann, 1_000))
    assert (await stored(invoice_id)).amount_paid_minor == 0
    named = money(ann, 10_000, allocations=(Part(invoice_id, 10_000),))
    await payments.record(caller, named)
    found = await stored(invoice_id)
    assert (found.status, found.amount_paid_minor, found.amount_written_off_minor) == (
        *("PAID", 10_000, 0),
    )
    assert (await told(caller))[-1] == "invoice.recovered"


async def test_what_cannot_be_is_refused_all_at_once(caller: Caller) -> None:
    ann = await customer(caller)
    tomorrow = caller.now + timedelta(days=1)
    wrong = money(ann, 0, currency="XXX", reference="x" * 256, received_at=tomorrow)
    assert await refusals(payments.record(caller, wrong)) == [
        ("OUT_OF_RANGE", ("amount",)),
        ("CURRENCY_UNSUPPORTED", ("currency",)),
        ("TOO_LONG", ("reference",)),
        ("OUT_OF_RANGE", ("receivedAt",)),
    ]


async def test_strangers_customers_are_unknown(caller: Caller, stranger: Caller) -> None:
    ann = await customer(caller)
    assert await refusals(payments.record(stranger, money(ann, 1))) == [
        ("NOT_FOUND", ("customerId",))
    ]


async def test_the_same_key_records_once(caller: Caller) -> None:
    ann, key = await customer(caller), Once("paymentRecord", "k", {})
    first = await payments.record(caller, money(ann, 1), once=key)
    assert await payments.record(caller, money(ann, 1), once=key) == first
    assert await credit(caller, ann) == 1


async def test_yesterdays_money_was_received_yesterday(caller: Caller) -> None:
    ann = await customer(caller)
    yesterday = caller.now - timedelta(days=1)
    payment_id = await payments.record(caller, money(ann, 1, received_at=yesterday))
    assert (await Payment.get(id=payment_id)).received_at == yesterday
    assert await codes_of(payments.record(caller, money(NOBODY, 1))) == ["NOT_FOUND"]
