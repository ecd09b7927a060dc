"""The sandbox gateway: it remembers by key, behaves as its cards say, and signs what it tells."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from models.sandbox_gateway import SandboxCharge
from resolvers.gateways import (
    Became,
    ChargeOrder,
    MethodRefused,
    NoticeRefused,
    Outcome,
    Payer,
    RefundOrder,
)
from server.outside.sandbox import CARDS, SandboxGateway, token_of

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
PLACE = "https://billing.example"


def gateway(now: Callable[[], datetime] = lambda: NOON, **given: float) -> SandboxGateway:
    """A sandbox at noon, quick even where it is slow."""
    return SandboxGateway(b"k" * 32, PLACE, clock=now, **{"slow_s": 0.01, **given})


def order(token: str | None = "pm_card_visa", **given: object) -> ChargeOrder:
    """An order of 100.00 in a workspace of its own."""
    place, key = uuid4(), f"pay_{uuid4().hex}"
    made = ChargeOrder(place, key, 10_000, "USD", "INV-0001", token)
    return replace(made, **given)  # type: ignore[arg-type]  # tests name fields


def refund_of(charged: ChargeOrder, outcome: Outcome, cents: int = 10_000) -> RefundOrder:
    """An order to give so much back."""
    return RefundOrder(
        charged.workspace_id,
        f"re_{uuid4().hex}",
        charged.key,
        outcome.reference or "",
        cents,
        "USD",
    )


async def booked(place: UUID) -> int:
    """How many charges the sandbox has of a workspace."""
    return await SandboxCharge.filter(workspace_id=place).count()


@pytest.mark.parametrize(
    ("token", "became", "code"),
    [
        ("pm_card_visa", Became.SUCCEEDED, None),
        ("pm_card_mastercard", Became.SUCCEEDED, None),
        ("pm_sandbox_slow", Became.SUCCEEDED, None),
        ("pm_card_chargeDeclined", Became.FAILED, "card_declined"),
        ("pm_card_chargeDeclinedInsufficientFunds", Became.FAILED, "insufficient_funds"),
        ("pm_none", Became.FAILED, "resource_missing"),
        (None, Became.FAILED, "resource_missing"),
    ],
)
async def test_a_card_behaves_as_its_name_says(
    database: str, token: str | None, became: Became, code: str | None
) -> None:
    found = await gateway().charge(order(token))
    assert (found.became, found.failure_code) == (became, code)
    assert bool(found.failure_message) == (became is Became.FAILED)


async def test_the_same_key_is_charged_once(database: str) -> None:
    asked, sandbox = order(), gateway()
    found = await asyncio.gather(*(sandbox.charge(asked) for _ in range(5)))
    assert len({one.reference for one in found}) == 1
    assert await booked(asked.workspace_id) == 1


async def test_a_timeout_has_booked_the_charge_and_tells_when_asked(database: str) -> None:
    asked, sandbox = order("pm_sandbox_timeout"), gateway()
    assert (await sandbox.charge(asked)).became is Became.UNKNOWN
    assert (await sandbox.find_charge(asked)).became is Became.SUCCEEDED


async def test_what_is_lost_was_never_booked(database: str) -> None:
    asked, sandbox = order("pm_sandbox_lost"), gateway()
    assert (await sandbox.charge(asked)).became is Became.UNKNOWN
    assert (await sandbox.find_charge(asked)).became is Became.NOT_FOUND


async def test_a_slow_card_is_booked_before_it_answers(database: str) -> None:
    asked = order("pm_sandbox_slow")
    answering = asyncio.create_task(gateway(slow_s=30).charge(asked))
    while not await booked(asked.workspace_id):  # noqa: ASYNC110 - it has no event for this
        await asyncio.sleep(0.01)
    assert not answering.done()
    answering.cancel()
    assert (await gateway().find_charge(asked)).became is Became.SUCCEEDED


@pytest.mark.parametrize(("approves", "became"), [(True, Became.SUCCEEDED), (False, Became.FAILED)])
async def test_a_payer_approves_or_refuses_once(
    database: str, approves: bool, became: Became
) -> None:
    asked, sandbox = order("pm_card_authenticationRequired"), gateway()
    waiting = await sandbox.charge(asked)
    assert waiting.became is Became.PENDING
    assert waiting.next_action_url == f"{PLACE}/sandbox/authenticate/{waiting.reference}"

    await sandbox.authenticate(str(waiting.reference), approves=approves)
    await sandbox.authenticate(str(waiting.reference), approves=not approves)

    found = await sandbox.find_charge(asked)
    assert (found.became, found.next_action_url) == (became, None)


async def test_it_leads_back_where_it_was_told_and_nowhere_else(database: str) -> None:
    asked = order("pm_card_authenticationRequired", return_url=f"{PLACE}/pay/x")
    sandbox = gateway()
    url = (await sandbox.charge(asked)).next_action_url or ""
    assert "to=https%3A%2F%2Fbilling.example%2Fpay%2Fx" in url
    assert f"signature={sandbox.signed(f'{PLACE}/pay/x')}" in url


async def test_nobody_can_approve_what_does_not_exist(database: str) -> None:
    for reference in ("", "sbx_", "sbx_" + "0" * 56, "sbx_é", "\x00"):
        assert await gateway().authenticate(reference.replace("\x00", "x"), approves=True) is None


async def test_what_a_payer_leaves_for_a_day_has_failed(database: str) -> None:
    asked = order("pm_card_authenticationRequired")
    await gateway().charge(asked)
    tomorrow = gateway(lambda: NOON + timedelta(hours=24, seconds=1))
    found = await tomorrow.find_charge(asked)
    assert (found.became, found.failure_code) == (Became.FAILED, "expired")


async def test_more_than_was_charged_cannot_go_back(database: str) -> None:
    asked, sandbox = order(), gateway()
    charged = await sandbox.charge(asked)
    parts = [refund_of(asked, charged, 4_000) for _ in range(4)]
    found = await asyncio.gather(*(sandbox.refund(part) for part in parts))
    assert sorted(one.became for one in found) == ["FAILED", "FAILED", "SUCCEEDED", "SUCCEEDED"]


async def test_a_refund_is_made_once_for_its_key(database: str) -> None:
    asked, sandbox = order(), gateway()
    part = refund_of(asked, await sandbox.charge(asked), 6_000)
    assert await sandbox.refund(part) == await sandbox.refund(part)
    assert (await sandbox.find_refund(part)).became is Became.SUCCEEDED
    charge = await SandboxCharge.get(workspace_id=asked.workspace_id)
    assert charge.refunded_minor == 6_000


@pytest.mark.parametrize(
    ("token", "answers", "became"),
    [
        ("pm_sandbox_refundFails", Became.FAILED, Became.FAILED),
        ("pm_sandbox_refundTimeout", Became.UNKNOWN, Became.SUCCEEDED),
    ],
)
async def test_refunds_of_some_cards_fail_or_are_not_answered(
    database: str, token: str, answers: Became, became: Became
) -> None:
    asked, sandbox = order(token), gateway()
    part = refund_of(asked, await sandbox.charge(asked))
    assert (await sandbox.find_refund(part)).became is Became.NOT_FOUND
    assert (await sandbox.refund(part)).became is answers
    assert (await sandbox.find_refund(part)).became is became


async def test_a_kept_card_is_charged_by_its_own_token_in_its_own_workspace(database: str) -> None:
    sandbox, payer = gateway(), Payer(uuid4(), "cus_1", "Ann")
    kept = await sandbox.keep_method(payer, "pm_card_chargeDeclined")
    assert (kept.type, kept.label) == ("CARD", "Visa ·· 0002")
    declined = await sandbox.charge(order(kept.reference, workspace_id=payer.workspace_id))
    assert declined.failure_code == "card_declined"
    elsewhere = await sandbox.charge(order(kept.reference))
    assert elsewhere.failure_code == "resource_missing"
    with pytest.raises(MethodRefused):
        await sandbox.keep_method(payer, "pm_none")


async def test_a_notice_says_what_is_so_and_is_believed_when_it_is_signed(database: str) -> None:
    asked, sandbox = order("pm_card_authenticationRequired"), gateway()
    await sandbox.charge(asked)
    early = await sandbox.notice_of(asked.workspace_id, asked.key)
    charge = await SandboxCharge.get(workspace_id=asked.workspace_id)
    await sandbox.authenticate(charge.reference, approves=True)
    late = await sandbox.notice_of(asked.workspace_id, asked.key)

    read = [await sandbox.read_notice(headers, body) for headers, body in (late, early)]

    assert [one and one.outcome.became for one in read] == [Became.SUCCEEDED, Became.PENDING]
    assert [one and one.key for one in read] == [asked.key] * 2


async def test_a_notice_that_is_forged_or_old_is_refused(database: str) -> None:
    asked, sandbox = order(), gateway()
    await sandbox.charge(asked)
    headers, body = await sandbox.notice_of(asked.workspace_id, asked.key)
    [signature] = headers.values()
    forged = {"sandbox-signature": signature[:-1] + ("0" if signature[-1] != "0" else "1")}
    other = SandboxGateway(b"x" * 32, PLACE, clock=lambda: NOON)
    late = gateway(lambda: NOON + timedelta(minutes=6))
    for reader, given, said in (
        (sandbox, {}, body),
        (sandbox, {"sandbox-signature": "t=1"}, body),
        (sandbox, {"sandbox-signature": "t=é,v1=1"}, body),
        (sandbox, forged, body),
        (sandbox, headers, body + b" "),
        (other, headers, body),
        (late, headers, body),
    ):
        with pytest.raises(NoticeRefused):
            await reader.read_notice(given, said)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.token)
def test_each_test_card_is_found_by_its_number(card: object) -> None:
    found = next(one for one in CARDS if one is card)
    spaced = " ".join(found.number[at : at + 4] for at in range(0, 16, 4))
    assert token_of(spaced) == token_of(found.number) == found.token


def test_other_numbers_are_no_test_cards() -> None:
    assert token_of("4111111111111111") is None
    assert token_of("") is None
