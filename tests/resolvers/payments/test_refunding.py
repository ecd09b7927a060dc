"""Refunding: money goes back once, to where it came from, and what it had paid is due again."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.errors import Refused
from models.payments import Payment, Refund
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from resolvers import invoices, payments
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.jobs import NotYet
from resolvers.payments import MoneyIn
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import NOBODY, codes_of, customer, refusals, stored
from tests.resolvers.payments.making import (
    asides,
    buyer,
    charges,
    credit,
    entries,
    only,
    owed,
    parts_of,
    payments_of,
    told,
)


async def paid(caller: Caller, gateway: SandboxGateway, token: str = "pm_card_visa") -> Payment:
    """A payment of a whole invoice of 100.00."""
    invoice_id = await owed(caller, await buyer(caller, gateway, token))
    done = await payments.pay(caller, gateway, invoice_id)
    return await Payment.get(id=done.payment_id)


async def refund(
    caller: Caller, gateway: SandboxGateway, payment: Payment, *given: Any, **options: Any
) -> payments.Refunded:
    """Gives some of a payment back."""
    return await payments.refund(caller, only(gateway), payment.id, *given, **options)


async def of_invoice(payment: Payment) -> tuple[str, int, int, int]:
    """What its invoice says: status, due, paid, refunded."""
    assert payment.invoice_id is not None
    found = await stored(payment.invoice_id)
    return (
        found.status,
        found.amount_due_minor,
        found.amount_paid_minor,
        found.amount_refunded_minor,
    )


async def test_a_whole_refund_opens_the_invoice_again(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment = await paid(caller, gateway)

    done = await refund(caller, gateway, payment, None, "Not wanted")

    [after] = await payments_of(caller)
    assert (after.status, after.amount_refunded_minor) == ("REFUNDED", 10_000)
    assert after.amount_refunding_minor == 0
    assert await of_invoice(payment) == ("OPEN", 10_000, 0, 10_000)
    kept = await Refund.get(id=done.refund_id)
    assert (kept.status, kept.reason, kept.settled_at) == ("SUCCEEDED", "Not wanted", caller.now)
    assert kept.gateway_reference
    assert await parts_of(payment.id) == [(payment.invoice_id, 10_000, 10_000)]
    assert (await told(caller))[2:] == ["payment.refunded", "invoice.updated"]


async def test_parts_go_back_until_nothing_is_left(caller: Caller, gateway: SandboxGateway) -> None:
    payment = await paid(caller, gateway)
    await refund(caller, gateway, payment, 3_000)
    assert await of_invoice(payment) == ("PARTIALLY_PAID", 3_000, 7_000, 3_000)
    assert (await payments_of(caller))[0].status == "PARTIALLY_REFUNDED"

    with pytest.raises(Refused) as caught:
        await refund(caller, gateway, payment, 7_001)
    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.meta) == ("REFUND_EXCEEDS_REFUNDABLE", {"max": 7_000})

    await refund(caller, gateway, payment)
    assert (await payments_of(caller))[0].status == "REFUNDED"
    assert await codes_of(refund(caller, gateway, payment)) == ["REFUND_EXCEEDS_REFUNDABLE"]
    assert await codes_of(refund(caller, gateway, payment, 1)) == ["REFUND_EXCEEDS_REFUNDABLE"]


async def test_refunds_at_once_never_give_back_more_than_was_paid(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment = await paid(caller, gateway)
    tries = (codes_of(refund(caller, gateway, payment, 3_000)) for _ in range(8))
    found = await asyncio.gather(*tries)
    assert sorted(found) == [[], [], [], *[["REFUND_EXCEEDS_REFUNDABLE"]] * 5]
    assert await of_invoice(payment) == ("PARTIALLY_PAID", 9_000, 1_000, 9_000)


async def test_an_open_invoice_is_paid_again_after_a_refund(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment = await paid(caller, gateway)
    await refund(caller, gateway, payment)
    assert payment.invoice_id is not None
    await payments.pay(caller, gateway, payment.invoice_id)
    assert await of_invoice(payment) == ("PAID", 0, 10_000, 10_000)
    assert await charges(caller) == [("SUCCEEDED", 10_000)] * 2


async def test_recorded_money_goes_back_at_once(caller: Caller, gateway: SandboxGateway) -> None:
    customer_id = await customer(caller)
    one, two = [await owed(caller, customer_id) for _ in range(2)]
    payment_id = await payments.record(caller, MoneyIn(customer_id, 15_000, "USD", "CHEQUE"))
    payment = await Payment.get(id=payment_id)

    await refund(caller, gateway, payment, 7_000)

    assert await parts_of(payment_id) == [(one, 10_000, 2_000), (two, 5_000, 5_000)]
    assert [(await stored(id_)).amount_due_minor for id_ in (one, two)] == [2_000, 10_000]
    assert (await told(caller))[-3:] == ["payment.refunded", "invoice.updated", "invoice.updated"]
    await refund(caller, gateway, payment)
    assert [(await stored(id_)).status for id_ in (one, two)] == ["OPEN", "OPEN"]


async def test_what_was_overpaid_goes_back_first_and_opens_nothing(
    caller: Caller, gateway: SandboxGateway
) -> None:
    customer_id = await customer(caller)
    invoice_id = await owed(caller, customer_id)
    payment_id = await payments.record(caller, MoneyIn(customer_id, 12_000, "USD", "CASH"))
    payment = await Payment.get(id=payment_id)
    assert await credit(caller, customer_id) == 2_000

    await refund(caller, gateway, payment, 2_500)

    assert await credit(caller, customer_id) == 0
    assert (await stored(invoice_id)).amount_due_minor == 500
    assert await entries(invoice_id) == [("PAYMENT", -10_000), ("REFUND", 500)]
    assert await asides(caller) == [
        ("OVERPAYMENT", 2_000),
        ("OVERPAYMENT_RETURNED", 2_000),
        ("REFUND_PAID", 2_000),
    ]


async def test_credit_that_was_spent_cannot_be_refunded(
    caller: Caller, gateway: SandboxGateway
) -> None:
    customer_id = await customer(caller)
    payment_id = await payments.record(caller, MoneyIn(customer_id, 2_000, "USD", "CASH"))
    await owed(caller, customer_id, 1_500)
    payment = await Payment.get(id=payment_id)
    with pytest.raises(Refused) as caught:
        await refund(caller, gateway, payment, 501)
    assert caught.value.refusals[0].meta == {"max": 500}
    await refund(caller, gateway, payment)
    assert await credit(caller, customer_id) == 0


async def test_a_refund_whose_outcome_nobody_knows_holds_what_it_will_take(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment = await paid(caller, gateway, "pm_sandbox_refundTimeout")

    done = await refund(caller, gateway, payment, 6_000)

    [pending] = await payments_of(caller)
    assert (pending.status, pending.amount_refunding_minor) == ("SUCCEEDED", 6_000)
    assert await of_invoice(payment) == ("PAID", 0, 10_000, 0)
    assert await refusals(refund(caller, gateway, payment, 4_001)) == [
        ("REFUND_EXCEEDS_REFUNDABLE", ("amount",))
    ]
    payload = {"refund": f"re_{done.refund_id.hex}"}
    for _ in range(2):
        await payments.follow_up_refund(caller, only(gateway), payload)
    assert await of_invoice(payment) == ("PARTIALLY_PAID", 6_000, 4_000, 6_000)


async def test_a_refund_that_fails_leaves_everything_as_it_was(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment = await paid(caller, gateway, "pm_sandbox_refundFails")
    key = Once("paymentRefund", "k", {})

    with pytest.raises(Refused) as caught:
        await refund(caller, gateway, payment, 4_000, once=key)

    [refusal] = caught.value.refusals
    assert refusal.code == "PAYMENT_DECLINED"
    assert refusal.meta == {"paymentId": f"pay_{payment.id.hex}", "failureCode": "refund_failed"}
    [after] = await payments_of(caller)
    assert (after.status, after.amount_refunding_minor) == ("SUCCEEDED", 0)
    assert await of_invoice(payment) == ("PAID", 0, 10_000, 0)
    assert await codes_of(refund(caller, gateway, payment, 4_000, once=key)) == ["PAYMENT_DECLINED"]
    assert await Refund.filter(payment_id=payment.id).count() == 2


async def test_the_same_key_refunds_once(caller: Caller, gateway: SandboxGateway) -> None:
    payment, key = await paid(caller, gateway), Once("paymentRefund", "k", {})
    first = await refund(caller, gateway, payment, 4_000, once=key)
    assert await refund(caller, gateway, payment, 4_000, once=key) == first
    assert (await payments_of(caller))[0].amount_refunded_minor == 4_000


async def test_a_refund_of_a_lost_invoice_is_written_off(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    await invoices.mark_uncollectible(caller, invoice_id)
    done = await payments.pay(caller, gateway, invoice_id, 4_000)

    await payments.refund(caller, only(gateway), done.payment_id)

    found = await stored(invoice_id)
    assert (found.status, found.amount_due_minor) == ("UNCOLLECTIBLE", 0)
    assert (found.amount_written_off_minor, found.amount_paid_minor) == (10_000, 0)


async def test_what_is_pending_failed_or_unknown_gives_nothing_back(
    caller: Caller, stranger: Caller, gateway: SandboxGateway
) -> None:
    pending = await paid(caller, gateway, "pm_sandbox_timeout")
    assert await codes_of(refund(caller, gateway, pending)) == ["PAYMENT_IN_PROGRESS"]
    failed = await _failed(caller, gateway)
    assert await codes_of(refund(caller, gateway, failed, 1)) == ["REFUND_EXCEEDS_REFUNDABLE"]
    assert await refusals(refund(stranger, gateway, failed)) == [("NOT_FOUND", ("id",))]
    nothing = payments.refund(caller, only(gateway), NOBODY)
    assert await refusals(nothing) == [("NOT_FOUND", ("id",))]


async def _failed(caller: Caller, gateway: SandboxGateway) -> Payment:
    invoice_id = await owed(caller, await customer(caller))
    return await payments.pay_with_token(caller, gateway, invoice_id, "pm_card_chargeDeclined")


async def test_the_worker_carries_out_what_never_reached_the_gateway(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment = await paid(caller, gateway)
    closed = only(_Elsewhere())
    done = await payments.refund(caller, closed, payment.id, 4_000)
    payload = {"refund": f"re_{done.refund_id.hex}"}
    with pytest.raises(NotYet):
        await payments.follow_up_refund(caller, closed, payload)
    await payments.follow_up_refund(caller, only(gateway), payload)
    assert (await payments_of(caller))[0].amount_refunded_minor == 4_000


class _Elsewhere(SandboxGateway):
    name = "elsewhere"

    def __init__(self) -> None:
        super().__init__(b"", "")


@pytest.mark.parametrize("amount", [0, -1])
async def test_an_amount_is_above_zero(
    caller: Caller, gateway: SandboxGateway, amount: int
) -> None:
    payment = await paid(caller, gateway)
    assert await codes_of(refund(caller, gateway, payment, amount)) == ["OUT_OF_RANGE"]


async def test_what_a_credit_note_moved_cannot_be_refunded_but_comes_back_with_its_void(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment = await paid(caller, gateway)
    await _held(caller, payment.invoice_id, payments.take_back, 8_000, is_moved=True)
    assert await codes_of(refund(caller, gateway, payment, 2_001)) == ["REFUND_EXCEEDS_REFUNDABLE"]
    await _held(caller, payment.invoice_id, payments.put_back, 8_000)
    assert await parts_of(payment.id) == [(payment.invoice_id, 10_000, 0)]


async def _held(caller: Caller, invoice_id: UUID | None, act: Any, *given: Any, **more: Any) -> Any:
    """Does something to what payments hold of a locked invoice."""
    assert invoice_id is not None

    async def within() -> Any:
        invoice = await documents.locked(caller, invoice_id, None)
        return await act(invoice, *given, **more)

    return await transaction(EVERY_WORKSPACE, within)
