"""Stripe's webhooks are believed when they are signed, and only about what was ordered here."""

import hashlib
import hmac
import json
import time
from typing import Any
from uuid import UUID

import pytest

from resolvers.gateways import About, Became, Notice, NoticeRefused, Outcome
from server.outside import stripe_notices
from tests.server.outside.recorded_stripe import Json, shape

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WORKSPACE = UUID("019f8f4e-0000-7000-8000-000000000001")
INTENT = "pi_3SVaBcLkdIwHu7ix0aBcDeFg"
OURS = {"billgraph_key": "pay_1", "billgraph_workspace": str(WORKSPACE)}
CHECKOUT = {**OURS, "billgraph_flow": "checkout"}
EVENT = "evt_3SVaBcLkdIwHu7ix0kLmNoPq"


def told(kind: str, thing: Json, **metadata: Any) -> Notice | None:
    """What a webhook of this kind about this object tells."""
    thing = {**thing, "metadata": metadata or OURS}
    body = json.dumps(shape("event", type=kind, data={"object": thing})).encode()
    return stripe_notices.read(SECRET, {"stripe-signature": signature(body)}, body)


def signature(body: bytes, secret: str = SECRET, age_s: int = 0) -> str:
    """As Stripe signs: HMAC-SHA256 over the second and the body."""
    second = int(time.time()) - age_s
    signed = hmac.new(secret.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={second},v1={signed},v0=idle"


def test_a_charge_that_went_through_is_told() -> None:
    assert told("payment_intent.succeeded", shape("payment_intent")) == Notice(
        WORKSPACE,
        EVENT,
        "payment_intent.succeeded",
        About.CHARGE,
        "pay_1",
        Outcome(Became.SUCCEEDED, INTENT),
    )


def test_a_decline_is_told_with_its_reason() -> None:
    intent = shape("card_declined")["error"]["payment_intent"]

    notice = told("payment_intent.payment_failed", intent)

    assert notice
    assert notice.outcome.became is Became.FAILED
    assert notice.outcome.failure_code == "insufficient_funds"


def test_a_decline_on_stripe_s_own_page_is_not_the_end() -> None:
    intent = shape("card_declined")["error"]["payment_intent"]
    assert told("payment_intent.payment_failed", intent, **CHECKOUT) is None


def test_that_a_bank_wants_its_payer_is_no_decline() -> None:
    intent = shape("authentication_required")["error"]["payment_intent"]
    assert told("payment_intent.payment_failed", intent) is None


@pytest.mark.parametrize(
    ("kind", "changes", "became", "reference"),
    [
        ("checkout.session.completed", {"payment_status": "paid"}, Became.SUCCEEDED, INTENT),
        ("checkout.session.completed", {}, Became.PENDING, INTENT),
        (
            "checkout.session.async_payment_succeeded",
            {"payment_status": "paid"},
            Became.SUCCEEDED,
            INTENT,
        ),
        ("checkout.session.async_payment_failed", {}, Became.FAILED, INTENT),
    ],
)
def test_a_checkout_tells_how_it_ended(
    kind: str, changes: Json, became: Became, reference: str
) -> None:
    session = shape("checkout_session", status="complete", payment_intent=INTENT) | changes

    notice = told(kind, session, **CHECKOUT)

    assert notice
    assert (notice.about, notice.outcome.became) == (About.CHARGE, became)
    assert notice.outcome.reference == reference
    assert notice.outcome.next_action_url is None


def test_a_checkout_that_nobody_finished_expires() -> None:
    notice = told("checkout.session.expired", shape("checkout_session", status="expired"))

    assert notice
    assert (notice.outcome.became, notice.outcome.failure_code) == (Became.FAILED, "expired")


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "charge.refund.updated"])
def test_a_refund_tells_how_it_stands(kind: str) -> None:
    notice = told(kind, shape("refund"))

    assert notice
    assert (notice.about, notice.outcome.became) == (About.REFUND, Became.SUCCEEDED)


def test_a_refund_that_the_bank_sent_back_failed() -> None:
    refund = shape("refund", status="failed", failure_reason="lost_or_stolen_card")

    notice = told("refund.failed", refund)

    assert notice
    assert notice.outcome.became is Became.FAILED
    assert notice.outcome.failure_code == "lost_or_stolen_card"


@pytest.mark.parametrize("metadata", [{"order": "1"}, {"billgraph_key": "pay_1"}])
def test_what_was_not_ordered_here_is_nothing_to_us(metadata: Json) -> None:
    assert told("payment_intent.succeeded", shape("payment_intent"), **metadata) is None


def test_other_news_is_nothing_to_us() -> None:
    assert told("customer.updated", shape("customer")) is None


BODY = json.dumps(shape("event")).encode()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"stripe-signature": ""},
        {"stripe-signature": "t=now,v1=00"},
        {"stripe-signature": "v1=00"},
        {"stripe-signature": signature(BODY, "whsec_another")},
        {"stripe-signature": signature(BODY + b" ")},
        {"stripe-signature": signature(BODY, age_s=301)},
        {"stripe-signature": signature(BODY).replace("v1=", "v2=")},
    ],
)
def test_what_stripe_did_not_sign_just_now_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(NoticeRefused):
        stripe_notices.read(SECRET, given, BODY)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"{}", b'{"type": "x"}'])
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(NoticeRefused):
        stripe_notices.read(SECRET, {"stripe-signature": signature(body)}, body)


def test_the_secret_may_change_over() -> None:
    body = json.dumps(shape("event", type="customer.updated")).encode()
    both = f"{signature(body, 'whsec_old')},{signature(body).partition(',')[2]}"
    assert stripe_notices.read(SECRET, {"stripe-signature": both}, body) is None
