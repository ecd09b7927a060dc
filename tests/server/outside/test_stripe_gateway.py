"""Stripe is asked once for each payment, and whatever it answers becomes an outcome of ours."""

import time
from dataclasses import replace
from uuid import UUID

import pytest

from domain.identifiers import decode_id, encode_id
from resolvers.gateways import Became, ChargeOrder, Outcome
from server.outside.stripe_gateway import StripeGateway
from tests.server.outside.recorded_stripe import RecordedStripe, failure, listed, shape
from tests.server.outside.stripe_orders import (
    API_KEY,
    BACK,
    INTENT,
    INTENTS,
    ON_STRIPE_S_PAGE,
    ORDER,
    OURS,
    PAYMENT,
    SESSION,
    SESSIONS,
    WORKSPACE,
)


async def test_a_kept_card_is_charged_without_its_payer(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"POST {INTENTS}", shape("payment_intent"))

    outcome = await gateway.charge(ORDER)

    [asked] = recorded.asked
    assert outcome == Outcome(Became.SUCCEEDED, INTENT)
    assert asked.key == PAYMENT
    assert asked.headers["authorization"] == f"Bearer {API_KEY}"
    assert asked.headers["stripe-version"].startswith("20")
    assert asked.fields == {
        "amount": "269485",
        "currency": "usd",
        "customer": "cus_TSVaBc0aBcDeFg",
        "payment_method": "pm_1SVaBcLkdIwHu7ixOpQrStUv",
        "confirm": "true",
        "off_session": "true",
        "description": "INV-0001",
        "return_url": BACK,
        "metadata[billgraph_key]": PAYMENT,
        "metadata[billgraph_workspace]": str(WORKSPACE),
        "metadata[billgraph_flow]": "charge",
        "metadata[invoice]": "INV-0001",
    }


async def test_where_the_bank_insists_on_the_payer_they_are_sent_there(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"POST {INTENTS}", shape("authentication_required"), 402)
    recorded.will(f"POST {INTENTS}/{INTENT}/confirm", shape("requires_action"))

    outcome = await gateway.charge(ORDER)

    ordered, confirmed = recorded.asked
    assert outcome.became is Became.PENDING
    assert outcome.reference == INTENT
    assert (outcome.next_action_url or "").startswith("https://hooks.stripe.com/3d_secure_2/")
    assert (ordered.key, confirmed.key) == (PAYMENT, f"{PAYMENT}:with-payer")
    assert confirmed.fields == {"payment_method": ORDER.method, "return_url": BACK}


async def test_a_bank_s_reason_is_kept(recorded: RecordedStripe, gateway: StripeGateway) -> None:
    recorded.will(f"POST {INTENTS}", shape("card_declined"), 402)

    assert await gateway.charge(ORDER) == Outcome(
        Became.FAILED,
        INTENT,
        failure_code="insufficient_funds",
        failure_message="Your card has insufficient funds.",
    )


async def test_a_bank_that_gives_no_reason_just_declined(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    declined = shape("card_declined")["error"] | {"decline_code": "generic_decline"}
    recorded.will(f"POST {INTENTS}", {"error": declined}, 402)

    assert (await gateway.charge(ORDER)).failure_code == "card_declined"


@pytest.mark.parametrize(
    ("status", "code", "type_"),
    [
        (500, None, "api_error"),
        (503, None, "api_error"),
        (409, "idempotency_key_in_use", "idempotency_error"),
        (400, None, "idempotency_error"),
        (429, "lock_timeout", "invalid_request_error"),
        (429, "rate_limit", "invalid_request_error"),
    ],
)
async def test_what_stripe_may_have_done_all_the_same_is_unknown(
    recorded: RecordedStripe, gateway: StripeGateway, status: int, code: str | None, type_: str
) -> None:
    recorded.will(f"POST {INTENTS}", failure(code, type=type_), status)

    assert await gateway.charge(ORDER) == Outcome(Became.UNKNOWN)
    assert {asked.key for asked in recorded.asked} == {PAYMENT}


async def test_a_connection_that_breaks_is_unknown(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"POST {INTENTS}", None)

    assert await gateway.charge(ORDER) == Outcome(Became.UNKNOWN)
    assert [asked.key for asked in recorded.asked] == [PAYMENT, PAYMENT]


async def test_an_answer_that_takes_too_long_is_unknown(recorded: RecordedStripe) -> None:
    gateway = StripeGateway(API_KEY, "whsec_x", BACK, recorded.address, read_timeout_s=0.1)
    recorded.will(f"POST {INTENTS}", shape("payment_intent"), delay_s=30)

    assert await gateway.charge(ORDER) == Outcome(Became.UNKNOWN)


async def test_nobody_at_the_other_end_is_unknown(recorded: RecordedStripe) -> None:
    gateway = StripeGateway(API_KEY, "whsec_x", BACK, "http://127.0.0.1:1")

    assert await gateway.charge(ORDER) == Outcome(Became.UNKNOWN)


async def test_a_passing_fault_is_tried_again_under_the_same_key(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"POST {INTENTS}", failure(type="api_error"), 500)
    recorded.will(f"POST {INTENTS}", shape("payment_intent"))

    assert (await gateway.charge(ORDER)).became is Became.SUCCEEDED
    assert [asked.key for asked in recorded.asked] == [PAYMENT, PAYMENT]


@pytest.mark.parametrize(
    ("status", "code"), [(400, "amount_too_small"), (404, "resource_missing"), (401, None)]
)
async def test_a_request_that_stripe_refuses_charged_nothing(
    recorded: RecordedStripe, gateway: StripeGateway, status: int, code: str | None
) -> None:
    recorded.will(f"POST {INTENTS}", failure(code), status)

    outcome = await gateway.charge(ORDER)

    assert outcome.became is Became.FAILED
    assert outcome.failure_code == (code or "AuthenticationError")
    assert outcome.failure_message is None


async def test_an_amount_that_stripe_cannot_count_is_never_sent(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    outcome = await gateway.charge(replace(ORDER, currency="KWD", amount_minor=5124))

    assert (outcome.became, outcome.failure_code) == (Became.FAILED, "amount_not_chargeable")
    assert recorded.asked == []


async def test_a_checkout_sends_the_payer_to_stripe_and_back(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"POST {SESSIONS}", shape("checkout_session"))

    outcome = await gateway.checkout(ON_STRIPE_S_PAGE)

    [asked] = recorded.asked
    made_at_s = (UUID(PAYMENT.removeprefix("pay_")).int >> 80) // 1000
    assert (outcome.became, outcome.reference) == (Became.PENDING, SESSION)
    assert (outcome.next_action_url or "").startswith("https://checkout.stripe.com/c/pay/cs_test_")
    assert asked.key == PAYMENT
    assert int(asked.fields["expires_at"]) == made_at_s + 3600
    assert asked.fields["client_reference_id"] == PAYMENT
    assert asked.fields["success_url"] == asked.fields["cancel_url"] == BACK
    assert asked.fields["line_items[0][price_data][unit_amount]"] == "269485"
    assert asked.fields["line_items[0][price_data][currency]"] == "usd"
    assert asked.fields["line_items[0][price_data][product_data][name]"] == "INV-0001"
    assert asked.fields["metadata[billgraph_key]"] == PAYMENT
    assert asked.fields["payment_intent_data[metadata][billgraph_key]"] == PAYMENT
    assert asked.fields["payment_intent_data[metadata][billgraph_flow]"] == "checkout"


@pytest.mark.parametrize(
    ("status", "payment_status", "intent", "became", "reference"),
    [
        ("open", "unpaid", None, Became.PENDING, SESSION),
        ("complete", "paid", shape("payment_intent"), Became.SUCCEEDED, INTENT),
        ("complete", "unpaid", shape("requires_action"), Became.PENDING, INTENT),
        ("complete", "unpaid", INTENT, Became.PENDING, INTENT),
        ("expired", "unpaid", None, Became.FAILED, SESSION),
    ],
)
async def test_a_checkout_is_what_became_of_its_session(
    recorded: RecordedStripe,
    gateway: StripeGateway,
    status: str,
    payment_status: str,
    intent: object,
    became: Became,
    reference: str,
) -> None:
    session = shape(
        "checkout_session", status=status, payment_status=payment_status, payment_intent=intent
    )
    recorded.will(f"GET {SESSIONS}/{SESSION}", session)

    outcome = await gateway.find_charge(ON_STRIPE_S_PAGE, SESSION)

    assert (outcome.became, outcome.reference) == (became, reference)


@pytest.mark.parametrize(
    ("status", "became"),
    [
        ("succeeded", Became.SUCCEEDED),
        ("processing", Became.PENDING),
        ("requires_action", Became.PENDING),
        ("requires_confirmation", Became.PENDING),
        ("requires_payment_method", Became.FAILED),
        ("canceled", Became.FAILED),
    ],
)
async def test_a_charge_is_what_became_of_its_payment_intent(
    recorded: RecordedStripe, gateway: StripeGateway, status: str, became: Became
) -> None:
    recorded.will(f"GET {INTENTS}/{INTENT}", shape("payment_intent", status=status))

    assert (await gateway.find_charge(ORDER, INTENT)).became is became


async def test_a_charge_whose_answer_got_lost_is_sought_among_its_customer_s_recent_ones(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    other = shape("payment_intent", id="pi_other", metadata={"billgraph_key": "pay_other"})
    recorded.will(f"GET {INTENTS}", listed(other, shape("payment_intent", metadata=OURS)))

    outcome = await gateway.find_charge(ORDER, None)

    [asked] = recorded.asked
    payment_id = decode_id("pay", PAYMENT)
    assert payment_id
    made_at_s = (payment_id.int >> 80) // 1000
    assert outcome == Outcome(Became.SUCCEEDED, INTENT)
    assert asked.fields["customer"] == "cus_TSVaBc0aBcDeFg"
    assert int(asked.fields["created[gte]"]) < made_at_s < int(asked.fields["created[lte]"])


async def test_what_a_payer_leaves_open_for_a_day_is_cancelled(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"GET {INTENTS}/{INTENT}", shape("requires_action"))
    recorded.will(f"POST {INTENTS}/{INTENT}/cancel", shape("payment_intent", status="canceled"))

    assert (await gateway.find_charge(ORDER, INTENT)).became is Became.PENDING
    given_up = await gateway.find_charge(replace(ORDER, key=yesterdays()), INTENT)

    assert (given_up.became, given_up.failure_code) == (Became.FAILED, "canceled")
    assert [asked.method for asked in recorded.asked] == ["GET", "GET", "POST"]


async def test_an_order_of_yesterday_is_looked_for_and_not_made_again(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"GET {INTENTS}", listed())

    assert await gateway.charge(replace(ORDER, key=yesterdays())) == Outcome(Became.NOT_FOUND)
    assert {asked.method for asked in recorded.asked} == {"GET"}


async def test_a_checkout_whose_answer_got_lost_is_sought_too(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"GET {SESSIONS}", listed(shape("checkout_session", metadata=OURS)))

    outcome = await gateway.find_charge(ON_STRIPE_S_PAGE, None)

    assert (outcome.became, outcome.reference) == (Became.PENDING, SESSION)


@pytest.mark.parametrize("order", [ORDER, ON_STRIPE_S_PAGE])
async def test_what_stripe_never_heard_of_is_not_ordered_by_asking(
    recorded: RecordedStripe, gateway: StripeGateway, order: ChargeOrder
) -> None:
    recorded.will(f"GET {INTENTS}", listed())
    recorded.will(f"GET {SESSIONS}", listed())

    assert await gateway.find_charge(order, None) == Outcome(Became.NOT_FOUND)
    assert {asked.method for asked in recorded.asked} == {"GET"}


def yesterdays() -> str:
    """The id of a payment that was begun a day and an hour ago."""
    made_ms = int((time.time() - 25 * 3600) * 1000)
    return encode_id("pay", UUID(int=made_ms << 80 | 0x7 << 76 | 0b10 << 62))
