"""Outcomes: what becomes of a payment when the gateway's answer comes late, twice or never."""

from uuid import UUID

import pytest

from domain.errors import Refused
from resolvers import invoices, payments
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.jobs import NotYet
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import codes_of, later, stored
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


async def follow_up(caller: Caller, gateway: SandboxGateway, payment_id: UUID) -> None:
    """Does the worker's job about a payment."""
    payload = {"payment": f"pay_{payment_id.hex}"}
    await payments.follow_up(caller, only(gateway), payload)


async def test_one_that_waits_for_its_payer_keeps_others_out(
    caller: Caller, gateway: SandboxGateway
) -> None:
    buyer_id = await buyer(caller, gateway, "pm_card_authenticationRequired")
    invoice_id = await owed(caller, buyer_id)

    paid = await payments.pay(caller, gateway, invoice_id)

    [payment] = await payments_of(caller)
    assert (payment.status, (await stored(invoice_id)).status) == ("PENDING", "OPEN")
    assert payment.next_action_url
    assert str(payment.gateway_reference) in payment.next_action_url
    with pytest.raises(Refused) as caught:
        await payments.pay(caller, gateway, invoice_id)
    [refusal] = caught.value.refusals
    assert refusal.code == "PAYMENT_IN_PROGRESS"
    assert refusal.meta == {"paymentId": f"pay_{paid.payment_id.hex}"}
    assert await codes_of(invoices.void(caller, invoice_id)) == ["PAYMENT_IN_PROGRESS"]
    assert await told(caller) == []


async def test_what_the_payer_approves_is_settled_by_whoever_asks(
    caller: Caller, gateway: SandboxGateway
) -> None:
    buyer_id = await buyer(caller, gateway, "pm_card_authenticationRequired")
    invoice_id = await owed(caller, buyer_id)
    paid = await payments.pay(caller, gateway, invoice_id)
    [payment] = await payments_of(caller)
    with pytest.raises(NotYet):
        await follow_up(caller, gateway, paid.payment_id)

    await gateway.authenticate(str(payment.gateway_reference), approves=True)
    await follow_up(caller, gateway, paid.payment_id)

    [payment] = await payments_of(caller)
    assert (payment.status, payment.next_action_url) == ("SUCCEEDED", None)
    assert (await stored(invoice_id)).status == "PAID"


async def test_what_the_payer_refuses_has_failed(caller: Caller, gateway: SandboxGateway) -> None:
    buyer_id = await buyer(caller, gateway, "pm_card_authenticationRequired")
    invoice_id = await owed(caller, buyer_id)
    paid = await payments.pay(caller, gateway, invoice_id)
    [payment] = await payments_of(caller)

    await gateway.authenticate(str(payment.gateway_reference), approves=False)
    await follow_up(caller, gateway, paid.payment_id)

    [payment] = await payments_of(caller)
    assert (payment.status, payment.failure_code) == ("FAILED", "authentication_failed")
    assert (await stored(invoice_id)).status == "OPEN"


async def test_an_outcome_that_nobody_knows_is_asked_for_until_it_is_known(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway, "pm_sandbox_timeout"))

    paid = await payments.pay(caller, gateway, invoice_id)
    assert (await stored(invoice_id)).status == "OPEN"
    assert [payment.status for payment in await payments_of(caller)] == ["PENDING"]

    for _ in range(3):
        await follow_up(later(caller, seconds=5), gateway, paid.payment_id)
    assert (await stored(invoice_id)).status == "PAID"
    assert await entries(invoice_id) == [("PAYMENT", -10_000)]
    assert await charges(caller) == [("SUCCEEDED", 10_000)]


async def test_a_repeated_request_finds_the_outcome_out(
    caller: Caller, gateway: SandboxGateway
) -> None:
    buyer_id = await buyer(caller, gateway, "pm_card_authenticationRequired")
    invoice_id = await owed(caller, buyer_id)
    first = await payments.pay(caller, gateway, invoice_id, once=Once("invoicePay", "k", {}))
    [payment] = await payments_of(caller)
    await gateway.authenticate(str(payment.gateway_reference), approves=True)

    assert (
        await payments.pay(caller, gateway, invoice_id, once=Once("invoicePay", "k", {})) == first
    )

    assert (await stored(invoice_id)).status == "PAID"


async def test_what_never_reached_the_gateway_fails_after_an_hour(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway, "pm_sandbox_lost"))
    paid = await payments.pay(caller, gateway, invoice_id)
    with pytest.raises(NotYet):
        await follow_up(later(caller, minutes=59), gateway, paid.payment_id)

    await follow_up(later(caller, minutes=61), gateway, paid.payment_id)

    [payment] = await payments_of(caller)
    assert (payment.status, payment.failure_code) == ("FAILED", "not_booked")
    assert await charges(caller) == []


async def test_the_gateway_is_asked_less_and_less_often(
    caller: Caller, gateway: SandboxGateway
) -> None:
    buyer_id = await buyer(caller, gateway, "pm_card_authenticationRequired")
    paid = await payments.pay(caller, gateway, await owed(caller, buyer_id))
    waits = []
    for seconds in (0, 5, 60, 600, 9000):
        then = later(caller, seconds=seconds)
        with pytest.raises(NotYet) as caught:
            await follow_up(then, gateway, paid.payment_id)
        waits.append((caught.value.due - then.now).total_seconds())
    assert waits == [5, 5, 60, 600, 3600]


async def test_what_the_invoice_takes_no_more_becomes_credit(
    caller: Caller, gateway: SandboxGateway
) -> None:
    buyer_id = await buyer(caller, gateway, "pm_sandbox_timeout")
    invoice_id = await owed(caller, buyer_id)
    paid = await payments.pay(caller, gateway, invoice_id)
    cheque = payments.MoneyIn(buyer_id, 7_000, "USD", "CHEQUE")
    await payments.record(caller, cheque)

    await follow_up(caller, gateway, paid.payment_id)

    [payment, _] = await payments_of(caller)
    assert (payment.status, payment.amount_overpaid_minor) == ("SUCCEEDED", 7_000)
    assert await parts_of(payment.id) == [(invoice_id, 3_000, 0)]
    assert await credit(caller, buyer_id) == 7_000
    assert await asides(caller) == [("OVERPAYMENT", 7_000)]
    assert (await stored(invoice_id)).amount_due_minor == 0
