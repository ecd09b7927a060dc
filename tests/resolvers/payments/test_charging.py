"""Charging: one payment, once, whatever the gateway answers and whenever."""

import asyncio
from decimal import Decimal

import pytest

from domain.errors import Refused
from resolvers import invoices, payments, workspaces
from resolvers.callers import Caller
from resolvers.idempotency import Once
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import NOBODY, codes_of, customer, events, refusals, stored
from tests.resolvers.payments.making import (
    asides,
    buyer,
    charges,
    entries,
    owed,
    parts_of,
    payments_of,
    sandbox,
    told,
)


def once(key: str, of: object = 1) -> Once:
    """A key with some input."""
    return Once("invoicePay", key, {"input": of})


async def test_paying_charges_the_whole_balance_to_the_default_card(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))

    paid = await payments.pay(caller, gateway, invoice_id)

    invoice, [payment] = await stored(invoice_id), await payments_of(caller)
    assert paid == payments.Paid(invoice_id, payment.id)
    assert (invoice.status, invoice.closed_by, invoice.paid_at) == ("PAID", "PAYMENT", caller.now)
    assert (invoice.amount_due_minor, invoice.amount_paid_minor) == (0, 10_000)
    assert (payment.status, payment.amount_minor, payment.fee_minor) == ("SUCCEEDED", 10_000, 0)
    assert (payment.method, payment.gateway) == ("CARD", "sandbox")
    assert payment.received_at == caller.now
    assert payment.gateway_reference
    assert await parts_of(payment.id) == [(invoice_id, 10_000, 0)]
    assert await entries(invoice_id) == [("PAYMENT", -10_000)]
    assert await charges(caller) == [("SUCCEEDED", 10_000)]
    assert await told(caller) == ["payment.succeeded", "invoice.paid"]


async def test_a_part_of_it_can_be_paid_and_then_the_rest(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    await payments.pay(caller, gateway, invoice_id, 4_000)
    found = await stored(invoice_id)
    assert (found.status, found.amount_due_minor, found.closed_by) == (
        "PARTIALLY_PAID",
        6_000,
        None,
    )

    await payments.pay(caller, gateway, invoice_id)

    assert (await stored(invoice_id)).status == "PAID"
    assert await charges(caller) == [("SUCCEEDED", 4_000), ("SUCCEEDED", 6_000)]
    assert await told(caller) == [
        *("payment.succeeded", "invoice.partially_paid"),
        *("payment.succeeded", "invoice.paid"),
    ]


async def test_the_events_tell_what_was_paid(caller: Caller, gateway: SandboxGateway) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    paid = await payments.pay(caller, gateway, invoice_id)

    by_type = {event["type"]: event for event in await events(caller)}
    payment, invoice = by_type["payment.succeeded"], by_type["invoice.paid"]

    assert payment["subject_id"] == f"pay_{paid.payment_id.hex}"
    assert payment["invoice_id"] == invoice_id
    assert payment["previous"]["status"] == "PENDING"
    assert payment["data"]["allocations"] == [
        {"invoiceId": f"inv_{invoice_id.hex}", "amount": 10_000}
    ]
    assert (invoice["data"]["amountPaid"], invoice["previous"]["amountPaid"]) == (10_000, 0)


@pytest.mark.parametrize("cents", [0, -1])
async def test_an_amount_is_above_zero(caller: Caller, gateway: SandboxGateway, cents: int) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    assert await refusals(payments.pay(caller, gateway, invoice_id, cents)) == [
        ("OUT_OF_RANGE", ("amount",))
    ]


async def test_more_than_the_balance_is_refused_and_nothing_is_charged(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    with pytest.raises(Refused) as caught:
        await payments.pay(caller, gateway, invoice_id, 10_001)
    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.meta) == ("AMOUNT_EXCEEDS_BALANCE", {"balance": 10_000})
    assert await charges(caller) == []
    assert await payments_of(caller) == []


async def test_without_a_method_there_is_nothing_to_charge(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await customer(caller))
    assert await refusals(payments.pay(caller, gateway, invoice_id)) == [
        ("PAYMENT_METHOD_MISSING", ("paymentMethodId",))
    ]


async def test_anothers_method_is_none(caller: Caller, gateway: SandboxGateway) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    other = await payments.add_method(caller, gateway, await customer(caller), "pm_card_visa")
    for method_id in (other.method_id, NOBODY):
        assert await refusals(payments.pay(caller, gateway, invoice_id, method_id=method_id)) == [
            ("NOT_FOUND", ("paymentMethodId",))
        ]


async def test_a_method_of_another_gateway_cannot_be_charged(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    other = sandbox()
    other.name = "elsewhere"
    assert await codes_of(payments.pay(caller, other, invoice_id)) == ["PAYMENT_METHOD_MISSING"]


async def test_a_method_can_be_chosen(caller: Caller, gateway: SandboxGateway) -> None:
    buyer_id = await buyer(caller, gateway)
    broke = await payments.add_method(
        caller, gateway, buyer_id, "pm_card_chargeDeclined", is_default=False
    )
    invoice_id = await owed(caller, buyer_id)
    chosen = payments.pay(caller, gateway, invoice_id, method_id=broke.method_id)
    assert await codes_of(chosen) == ["PAYMENT_DECLINED"]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_chargeDeclined", "card_declined"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
async def test_a_decline_keeps_the_failed_payment_and_leaves_the_invoice(
    caller: Caller, gateway: SandboxGateway, token: str, code: str
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway, token))

    with pytest.raises(Refused) as caught:
        await payments.pay(caller, gateway, invoice_id)

    [refusal], [payment] = caught.value.refusals, await payments_of(caller)
    assert refusal.code == "PAYMENT_DECLINED"
    assert refusal.meta == {"paymentId": f"pay_{payment.id.hex}", "failureCode": code}
    assert (payment.status, payment.failure_code) == ("FAILED", code)
    assert payment.failure_message
    found = await stored(invoice_id)
    assert (found.status, found.version, found.amount_due_minor) == ("OPEN", 1, 10_000)
    assert await told(caller) == ["invoice.payment_failed"]
    assert (await events(caller))[-1]["data"]["payment"]["failureCode"] == code


async def test_a_declined_payments_key_can_be_used_again(
    caller: Caller, gateway: SandboxGateway
) -> None:
    buyer_id = await buyer(caller, gateway, "pm_card_chargeDeclined")
    invoice_id = await owed(caller, buyer_id)
    assert await codes_of(payments.pay(caller, gateway, invoice_id, once=once("k"))) == [
        "PAYMENT_DECLINED"
    ]
    await payments.add_method(caller, gateway, buyer_id, "pm_card_visa")

    await payments.pay(caller, gateway, invoice_id, once=once("k"))

    assert [payment.status for payment in await payments_of(caller)] == ["FAILED", "SUCCEEDED"]


async def test_the_same_key_pays_once(caller: Caller, gateway: SandboxGateway) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    first = await payments.pay(caller, gateway, invoice_id, once=once("k"))
    assert await payments.pay(caller, gateway, invoice_id, once=once("k")) == first
    assert len(await charges(caller)) == 1
    other = payments.pay(caller, gateway, invoice_id, once=once("k", of=2))
    assert await codes_of(other) == ["IDEMPOTENCY_KEY_REUSED"]


async def test_two_at_once_charge_once(caller: Caller, gateway: SandboxGateway) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    tries = (codes_of(payments.pay(caller, gateway, invoice_id)) for _ in range(8))
    found = sorted(await asyncio.gather(*tries))
    assert found[0] == []
    assert {code for codes in found[1:] for code in codes} <= {
        "PAYMENT_IN_PROGRESS",
        "INVOICE_ALREADY_PAID",
    }
    assert all(found[1:])
    assert await charges(caller) == [("SUCCEEDED", 10_000)]


async def test_a_lost_invoice_is_recovered_by_a_payment(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    await invoices.mark_uncollectible(caller, invoice_id)

    await payments.pay(caller, gateway, invoice_id, 4_000)
    found = await stored(invoice_id)
    assert (found.status, found.amount_due_minor) == ("UNCOLLECTIBLE", 0)
    assert (found.amount_written_off_minor, found.amount_paid_minor) == (6_000, 4_000)
    assert await codes_of(payments.pay(caller, gateway, invoice_id, 6_001)) == [
        "AMOUNT_EXCEEDS_BALANCE"
    ]

    await payments.pay(caller, gateway, invoice_id)
    found = await stored(invoice_id)
    assert (found.status, found.closed_by) == ("PAID", "PAYMENT")
    assert (found.amount_written_off_minor, found.amount_paid_minor) == (0, 10_000)
    assert (await told(caller))[1:] == ["payment.succeeded", "invoice.recovered"] * 2


async def test_drafts_paid_and_void_invoices_take_no_money(
    caller: Caller, gateway: SandboxGateway
) -> None:
    buyer_id = await buyer(caller, gateway)
    void, paid = await owed(caller, buyer_id), await owed(caller, buyer_id)
    await invoices.void(caller, void)
    await payments.pay(caller, gateway, paid)
    assert await codes_of(payments.pay(caller, gateway, void)) == ["INVALID_TRANSITION"]
    assert await codes_of(payments.pay(caller, gateway, paid)) == ["INVOICE_ALREADY_PAID"]


async def test_the_payer_bears_the_fee_that_the_workspace_asks(
    caller: Caller, gateway: SandboxGateway
) -> None:
    fees = [{"method": "CARD", "percent": Decimal("2.9"), "fixed": 30}]
    await workspaces.update(caller, {"payment_fees": fees})
    buyer_id = await buyer(caller, gateway)
    invoice_id = await owed(caller, buyer_id)

    await payments.pay(caller, gateway, invoice_id)

    [payment] = await payments_of(caller)
    assert (payment.amount_minor, payment.fee_minor) == (10_000, 320)
    assert await charges(caller) == [("SUCCEEDED", 10_320)]
    assert await asides(caller) == [("FEE", 320)]
    assert (await stored(invoice_id)).amount_paid_minor == 10_000


async def test_a_waived_fee_and_another_currencys_fixed_part_are_left_out(
    caller: Caller, gateway: SandboxGateway
) -> None:
    fees = [{"method": "CARD", "percent": Decimal(1), "fixed": 30}]
    await workspaces.update(caller, {"payment_fees": fees})
    buyer_id = await buyer(caller, gateway)
    waived = await owed(caller, buyer_id, fees_waived=True)
    foreign = await owed(caller, buyer_id, currency="EUR", settlement_currency="EUR")
    for invoice_id in (waived, foreign):
        await payments.pay(caller, gateway, invoice_id)
    assert [payment.fee_minor for payment in await payments_of(caller)] == [0, 100]


async def test_a_payer_may_pay_by_a_card_that_is_not_kept(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await customer(caller))
    broke = await payments.pay_with_token(caller, gateway, invoice_id, "pm_card_chargeDeclined")
    assert (broke.status, broke.failure_code) == ("FAILED", "card_declined")
    paid = await payments.pay_with_token(caller, gateway, invoice_id, "pm_card_visa")
    assert (paid.status, paid.payment_method_id) == ("SUCCEEDED", None)
    assert (await stored(invoice_id)).status == "PAID"


async def test_an_unknown_card_fails(caller: Caller, gateway: SandboxGateway) -> None:
    invoice_id = await owed(caller, await customer(caller))
    failed = await payments.pay_with_token(caller, gateway, invoice_id, "pm_none")
    assert (failed.status, failed.failure_code) == ("FAILED", "resource_missing")


async def test_a_version_that_has_changed_since_is_a_conflict(
    caller: Caller, gateway: SandboxGateway
) -> None:
    invoice_id = await owed(caller, await buyer(caller, gateway))
    stale = payments.pay(caller, gateway, invoice_id, expected_version=2)
    assert await codes_of(stale) == ["CONFLICT"]
