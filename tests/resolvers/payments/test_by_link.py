"""Whoever has a link may pay its invoice: what they were shown, once, and nothing else."""

import asyncio

import pytest

from domain.errors import AmountExceedsBalance, Forbidden
from models.invoices import Invoice
from resolvers import invoices, payments
from resolvers.callers import Caller
from resolvers.gateways import Became, ChargeOrder, Outcome
from resolvers.idempotency import Once
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import customer, later, stored
from tests.resolvers.payments.making import charges, only, owed, payments_of


async def payer_of(caller: Caller) -> tuple[Caller, Invoice]:
    """The payer of a new invoice over 100.00, and the invoice."""
    invoice_id = await owed(caller, await customer(caller))
    token = (await stored(invoice_id)).pay_token
    shared = await invoices.find_by_pay_token(token or "", caller.now, counts_as_view=False)
    assert shared
    return payments.payer(shared), shared.invoice


async def test_a_payer_may_pay_and_nothing_else(caller: Caller) -> None:
    payer, invoice = await payer_of(caller)
    assert (payer.actor, payer.scopes) == ("pay page", frozenset({"PAYMENTS_WRITE"}))
    with pytest.raises(Forbidden):
        await invoices.void(payer, invoice.id)


async def test_what_was_shown_is_what_is_charged_though_more_is_due_by_now(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payer, invoice = await payer_of(caller)

    payment = await payments.pay_with_token(
        payer, gateway, invoice.id, "pm_card_visa", amount_minor=9_000
    )

    assert (payment.status, payment.amount_minor) == ("SUCCEEDED", 9_000)
    assert (await stored(invoice.id)).status == "PARTIALLY_PAID"


async def test_more_than_is_due_by_now_is_not_charged(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payer, invoice = await payer_of(caller)
    with pytest.raises(AmountExceedsBalance):
        await payments.pay_with_token(
            payer, gateway, invoice.id, "pm_card_visa", amount_minor=10_001
        )
    assert await charges(caller) == []


async def test_many_tries_with_one_key_are_one_payment(
    caller: Caller, patient_twins: None, gateway: SandboxGateway
) -> None:
    payer, invoice = await payer_of(caller)
    once = Once("pay page", "key", {"invoice": invoice.id})

    paid = await asyncio.gather(
        *(
            payments.pay_with_token(payer, gateway, invoice.id, "pm_sandbox_slow", once=once)
            for _ in range(8)
        )
    )

    assert {payment.status for payment in paid} == {"SUCCEEDED"}
    assert len({payment.id for payment in paid}) == 1
    assert await charges(caller) == [("SUCCEEDED", 10_000)]


class Away(SandboxGateway):
    """A gateway that answers no question for as long as anyone waits."""

    async def find_charge(self, order: ChargeOrder, reference: str | None = None) -> Outcome:
        await asyncio.sleep(60)
        return Outcome(Became.UNKNOWN)


async def test_one_who_asks_waits_no_longer_than_they_want(caller: Caller) -> None:
    away = Away(b"k" * 32, "http://127.0.0.1:8000")
    payer, invoice = await payer_of(caller)
    await payments.pay_with_token(payer, away, invoice.id, "pm_sandbox_timeout")
    [pending] = await payments_of(caller)

    asked = await payments.ask(payer, only(away), pending.id, patience_s=0.01)

    assert asked.status == "PENDING"


async def test_the_latest_attempt_and_all_that_came_are_found(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payer, invoice = await payer_of(caller)
    assert await payments.latest_attempt(invoice) is None
    await payments.pay_with_token(payer, gateway, invoice.id, "pm_card_visa", amount_minor=4_000)
    soon = payer.at(later(caller, hours=1).now)
    await payments.pay_with_token(soon, gateway, invoice.id, "pm_card_chargeDeclined")

    last = await payments.latest_attempt(invoice)
    assert last
    assert (last.status, last.amount_minor) == ("FAILED", 6_000)
    assert [one.amount_minor for one in await payments.received(invoice)] == [4_000]
