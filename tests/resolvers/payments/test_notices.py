"""Notices: whatever a gateway tells, however often and in whichever order, is acted on once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.connections import rows
from models.payments import Payment
from resolvers import payments
from resolvers.callers import Caller
from resolvers.gateways import About, Became, Notice, Outcome
from resolvers.jobs import NotYet
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import someone, stored
from tests.resolvers.payments.making import (
    asides,
    buyer,
    entries,
    only,
    owed,
    payments_of,
    sandbox,
    told,
)
from tests.verifying import wrong_with

Bringing = Callable[[Caller, SandboxGateway, UUID, Outcome], Awaitable[object]]


def notice(caller: Caller, key: str, outcome: Outcome, about: About = About.CHARGE) -> Notice:
    """What a callback tells."""
    return Notice(caller.workspace_id, f"n_{uuid4().hex}", "told", about, key, outcome)


async def pending(caller: Caller, gateway: SandboxGateway) -> UUID:
    """A payment that waits for its payer."""
    buyer_id = await buyer(caller, gateway, "pm_card_authenticationRequired")
    done = await payments.pay(caller, gateway, await owed(caller, buyer_id))
    return done.payment_id


def outcome(became: Became) -> Outcome:
    """The least that a gateway says."""
    return Outcome(became, "sbx_1", None, "card_declined" if became is Became.FAILED else None)


async def _by_notice(caller: Caller, gateway: SandboxGateway, id_: UUID, said: Outcome) -> None:
    await payments.receive(gateway, notice(caller, f"pay_{id_.hex}", said), caller.now)


async def _by_answer(caller: Caller, gateway: SandboxGateway, id_: UUID, said: Outcome) -> None:
    await payments.settle(caller, id_, said)


async def _by_worker(caller: Caller, gateway: SandboxGateway, id_: UUID, said: Outcome) -> None:
    try:
        await payments.follow_up(caller, only(_Says(said)), {"payment": f"pay_{id_.hex}"})
    except NotYet:
        return


class _Says(SandboxGateway):
    """A gateway that answers one thing to whoever asks."""

    def __init__(self, said: Outcome) -> None:
        super().__init__(b"", "")
        self.said = said

    async def find_charge(self, *_: object) -> Outcome:
        return self.said


BRINGERS: Mapping[str, Bringing] = {
    "notice": _by_notice,
    "answer": _by_answer,
    "worker": _by_worker,
}
NEWS = st.lists(
    st.tuples(st.sampled_from(sorted(BRINGERS)), st.sampled_from(Became)), min_size=1, max_size=6
)


@given(news=NEWS, at_once=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
async def test_a_payment_is_settled_once_whoever_brings_what_news(
    database: str, news: list[tuple[str, Became]], at_once: bool
) -> None:
    caller, gateway = await someone(), sandbox()
    payment_id = await pending(caller, gateway)
    acts = [BRINGERS[by](caller, gateway, payment_id, outcome(became)) for by, became in news]

    if at_once:
        await asyncio.gather(*acts)
    else:
        for act in acts:
            await act

    [payment] = await payments_of(caller)
    assert payment.status in _allowed(news)
    assert payment.invoice_id is not None
    is_paid = payment.status == "SUCCEEDED"
    assert await entries(payment.invoice_id) == [("PAYMENT", -10_000)] * is_paid
    events = await told(caller)
    assert events.count("payment.succeeded") == events.count("invoice.paid") == is_paid
    assert events.count("invoice.payment_failed") <= 1
    assert await wrong_with(database, caller.workspace_id) == set()


def _allowed(news: list[tuple[str, Became]]) -> set[str]:
    """What may have become of the payment; the worker asks no more about one that has failed."""
    if any(became is Became.SUCCEEDED and by != "worker" for by, became in news):
        return {"SUCCEEDED"}
    became = {what for _, what in news}
    said = {what.value for what in (Became.SUCCEEDED, Became.FAILED) if what in became}
    return said or {"PENDING"}


async def test_a_notice_that_comes_again_is_not_acted_on_again(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment_id = await pending(caller, gateway)
    failed = notice(caller, f"pay_{payment_id.hex}", outcome(Became.FAILED))
    await asyncio.gather(*(payments.receive(gateway, failed, caller.now) for _ in range(4)))
    found = await rows(
        "SELECT kind, reference FROM gateway_notices WHERE workspace_id = $1", caller.workspace_id
    )
    assert found == [{"kind": "told", "reference": failed.reference}]
    assert await told(caller) == ["invoice.payment_failed"]
    changed = replace(failed, outcome=outcome(Became.SUCCEEDED))
    await payments.receive(gateway, changed, caller.now)
    assert (await Payment.get(id=payment_id)).status == "FAILED"


async def test_a_late_success_is_money_all_the_same(
    caller: Caller, gateway: SandboxGateway
) -> None:
    """The invoice was paid in another way meanwhile: it becomes credit."""
    payment_id = await pending(caller, gateway)
    key = f"pay_{payment_id.hex}"
    await payments.receive(gateway, notice(caller, key, outcome(Became.FAILED)), caller.now)
    payment = await Payment.get(id=payment_id)
    assert payment.invoice_id is not None
    await payments.pay_with_token(caller, gateway, payment.invoice_id, "pm_card_visa")

    await payments.receive(gateway, notice(caller, key, outcome(Became.SUCCEEDED)), caller.now)

    payment = await Payment.get(id=payment_id)
    assert payment.invoice_id is not None
    assert (payment.status, payment.failure_code) == ("SUCCEEDED", None)
    assert payment.amount_overpaid_minor == 10_000
    assert await asides(caller) == [("OVERPAYMENT", 10_000)]
    assert (await stored(payment.invoice_id)).amount_paid_minor == 10_000


async def test_a_notice_of_a_refund_settles_the_refund(
    caller: Caller, gateway: SandboxGateway
) -> None:
    buyer_id = await buyer(caller, gateway, "pm_sandbox_refundTimeout")
    done = await payments.pay(caller, gateway, await owed(caller, buyer_id))
    begun = await payments.refund(caller, only(gateway), done.payment_id, 4_000)
    key = f"re_{begun.refund_id.hex}"
    for _ in range(2):
        told_of = notice(caller, key, outcome(Became.SUCCEEDED), About.REFUND)
        await payments.receive(gateway, told_of, caller.now)
    assert (await Payment.get(id=done.payment_id)).amount_refunded_minor == 4_000


@pytest.mark.parametrize("about", About)
@pytest.mark.parametrize("key", ["", "pay_", "pay_" + "0" * 32, "re_" + "0" * 32, "inv_1"])
async def test_news_of_what_does_not_exist_changes_nothing(
    caller: Caller, gateway: SandboxGateway, key: str, about: About
) -> None:
    told_of = notice(caller, key, outcome(Became.SUCCEEDED), about)
    await payments.receive(gateway, told_of, caller.now)
    await payments.receive(gateway, replace(told_of, workspace_id=uuid4()), caller.now)
    assert await payments_of(caller) == []


async def test_another_gateways_payment_is_not_its_to_settle(
    caller: Caller, gateway: SandboxGateway
) -> None:
    payment_id = await pending(caller, gateway)
    other = sandbox()
    other.name = "elsewhere"
    told_of = notice(caller, f"pay_{payment_id.hex}", outcome(Became.SUCCEEDED))
    await payments.receive(other, told_of, caller.now)
    assert (await Payment.get(id=payment_id)).status == "PENDING"
