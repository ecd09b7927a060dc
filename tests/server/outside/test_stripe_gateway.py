"""Stripe is asked once for each payment, and whatever it answers becomes an outcome of ours."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from uuid import UUID

import pytest

from domain.identifiers import encode_id, new_id
from resolvers.gateways import (
    Became,
    ChargeOrder,
    GatewayUnreachable,
    KeptMethod,
    MethodRefused,
    Outcome,
    Payer,
    RefundOrder,
)
from server import logs
from server.outside.stripe_gateway import StripeGateway
from tests.server.outside.recorded_stripe import RecordedStripe, failure, listed, running, shape

API_KEY = "sk_test_51LkdIwHu7ixNeverInALog"
WORKSPACE = UUID("019f8f4e-0000-7000-8000-000000000001")
PAYMENT = encode_id("pay", new_id())
INTENTS, SESSIONS, REFUNDS = "/v1/payment_intents", "/v1/checkout/sessions", "/v1/refunds"
INTENT = "pi_3SVaBcLkdIwHu7ix0aBcDeFg"
SESSION = "cs_test_a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ"
BACK = "https://bill.example/pay/1"
OURS = {"billgraph_key": PAYMENT, "billgraph_workspace": str(WORKSPACE)}

ORDER = ChargeOrder(
    workspace_id=WORKSPACE,
    key=PAYMENT,
    amount_minor=269485,
    currency="USD",
    description="INV-0001",
    method="pm_1SVaBcLkdIwHu7ixOpQrStUv",
    customer="cus_TSVaBc0aBcDeFg",
    return_url=BACK,
)
ON_STRIPE_S_PAGE = replace(ORDER, method=None)
BACK_AGAIN = RefundOrder(
    workspace_id=WORKSPACE,
    key="0191d0c0-refund",
    charge_key=PAYMENT,
    charge_reference=INTENT,
    amount_minor=9485,
    currency="USD",
    reason="Sent twice",
)


@pytest.fixture
def recorded() -> Iterator[RecordedStripe]:
    with running() as opened:
        yield opened


@pytest.fixture
def gateway(recorded: RecordedStripe) -> StripeGateway:
    return StripeGateway(API_KEY, "whsec_x", "https://bill.example/", recorded.address, 2)


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
    recorded.will(f"POST {INTENTS}", shape("payment_intent"), delay_s=0.5)

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
    made_at_s = (new_id().int >> 80) // 1000
    assert (outcome.became, outcome.reference) == (Became.PENDING, SESSION)
    assert (outcome.next_action_url or "").startswith("https://checkout.stripe.com/c/pay/cs_test_")
    assert asked.key == PAYMENT
    assert abs(int(asked.fields["expires_at"]) - 3600 - made_at_s) < 120
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
    made_at_s = (new_id().int >> 80) // 1000
    assert outcome == Outcome(Became.SUCCEEDED, INTENT)
    assert asked.fields["customer"] == "cus_TSVaBc0aBcDeFg"
    assert int(asked.fields["created[gte]"]) < made_at_s < int(asked.fields["created[lte]"])


async def test_an_order_of_yesterday_is_looked_for_and_not_made_again(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"GET {INTENTS}", listed())
    yesterday_ms = int((time.time() - 24 * 3600) * 1000)
    key = encode_id("pay", UUID(int=yesterday_ms << 80 | 0x7 << 76 | 0b10 << 62))

    assert await gateway.charge(replace(ORDER, key=key)) == Outcome(Became.NOT_FOUND)
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


@pytest.mark.parametrize("status", [404, 401, 500])
async def test_a_question_that_fails_settles_nothing(
    recorded: RecordedStripe, gateway: StripeGateway, status: int
) -> None:
    recorded.will(f"GET {INTENTS}/{INTENT}", failure("resource_missing"), status)
    recorded.will(f"GET {REFUNDS}/re_1", failure("resource_missing"), status)

    assert await gateway.find_charge(ORDER, INTENT) == Outcome(Became.UNKNOWN)
    assert await gateway.find_refund(BACK_AGAIN, "re_1") == Outcome(Became.UNKNOWN)


async def test_money_goes_back_once_to_where_it_came_from(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"POST {REFUNDS}", shape("refund"))

    outcome = await gateway.refund(BACK_AGAIN)

    [asked] = recorded.asked
    assert outcome == Outcome(Became.SUCCEEDED, "re_3SVaBcLkdIwHu7ix0wXyZaBc")
    assert asked.key == BACK_AGAIN.key
    assert asked.fields == {
        "payment_intent": INTENT,
        "amount": "9485",
        "metadata[billgraph_key]": BACK_AGAIN.key,
        "metadata[billgraph_workspace]": str(WORKSPACE),
        "metadata[reason]": "Sent twice",
    }


async def test_a_refund_of_a_checkout_finds_the_charge_of_its_session(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"GET {SESSIONS}/{SESSION}", shape("checkout_session", payment_intent=INTENT))
    recorded.will(f"POST {REFUNDS}", shape("refund"))

    await gateway.refund(replace(BACK_AGAIN, charge_reference=SESSION))

    assert recorded.asked[-1].fields["payment_intent"] == INTENT


@pytest.mark.parametrize(
    ("status", "became"),
    [
        ("succeeded", Became.SUCCEEDED),
        ("pending", Became.PENDING),
        ("requires_action", Became.PENDING),
        ("failed", Became.FAILED),
        ("canceled", Became.FAILED),
    ],
)
async def test_a_refund_is_found_by_reference_or_among_those_of_its_charge(
    recorded: RecordedStripe, gateway: StripeGateway, status: str, became: Became
) -> None:
    metadata = {"billgraph_key": BACK_AGAIN.key}
    refund = shape("refund", status=status, metadata=metadata)
    recorded.will(f"GET {REFUNDS}/{refund['id']}", refund)
    recorded.will(f"GET {REFUNDS}", listed(shape("refund", id="re_other"), refund))

    assert (await gateway.find_refund(BACK_AGAIN, refund["id"])).became is became
    assert (await gateway.find_refund(BACK_AGAIN, None)).became is became
    assert recorded.asked[-1].fields["payment_intent"] == INTENT


async def test_a_refund_that_never_was_is_not_found(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"GET {REFUNDS}", listed(shape("refund")))

    assert await gateway.find_refund(BACK_AGAIN, None) == Outcome(Became.NOT_FOUND)


async def test_a_refund_too_high_is_refused(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"POST {REFUNDS}", failure("charge_already_refunded"), 400)

    outcome = await gateway.refund(BACK_AGAIN)

    assert (outcome.became, outcome.failure_code) == (Became.FAILED, "charge_already_refunded")


ADA = Payer(WORKSPACE, "cus_0191", "Ada Lovelace", "ada@example.com")
ATTACH = "/v1/payment_methods/pm_1/attach"


async def test_a_card_is_kept_with_a_customer_of_its_own(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will("POST /v1/customers", shape("customer"))
    recorded.will(f"POST {ATTACH}", shape("payment_method"))

    kept = await gateway.keep_method(ADA, "pm_1")

    made, attached = recorded.asked
    assert kept == KeptMethod(
        "CARD", "Visa ·· 4242", "pm_1SVaBcLkdIwHu7ixOpQrStUv", "cus_TSVaBc0aBcDeFg"
    )
    assert (made.fields["name"], made.fields["email"]) == ("Ada Lovelace", "ada@example.com")
    assert made.key == "cus_0191:pm_1"
    assert attached.fields == {"customer": "cus_TSVaBc0aBcDeFg"}


async def test_a_second_card_joins_the_first(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will(f"POST {ATTACH}", shape("payment_method"))

    await gateway.keep_method(replace(ADA, customer="cus_before"), "pm_1")

    assert [asked.fields for asked in recorded.asked] == [{"customer": "cus_before"}]


@pytest.mark.parametrize(
    ("method", "type_", "label"),
    [
        ({"type": "card", "card": {"brand": "amex", "last4": "8431"}}, "CARD", "American Express"),
        ({"type": "card", "card": {"brand": "eftpos_au", "last4": "1"}}, "CARD", "Card ·· 1"),
        ({"type": "sepa_debit", "sepa_debit": {"last4": "3000"}}, "BANK_TRANSFER", "Sepa debit"),
        ({"type": "link", "link": {"email": "ada@example.com"}}, "OTHER", "Link"),
    ],
)
async def test_a_method_is_shown_by_what_people_know_it_by(
    recorded: RecordedStripe,
    gateway: StripeGateway,
    method: dict[str, object],
    type_: str,
    label: str,
) -> None:
    recorded.will(f"POST {ATTACH}", {"id": "pm_1", "object": "payment_method", **method})

    kept = await gateway.keep_method(replace(ADA, customer="cus_before"), "pm_1")

    assert (kept.type, kept.label.startswith(label)) == (type_, True)


async def test_a_card_that_is_declined_is_not_kept(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will("POST /v1/customers", shape("customer"))
    recorded.will(f"POST {ATTACH}", shape("card_declined"), 402)

    with pytest.raises(MethodRefused, match="insufficient funds") as refused:
        await gateway.keep_method(ADA, "pm_1")
    assert refused.value.code == "card_declined"


async def test_a_token_that_stripe_never_gave_is_not_kept(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will("POST /v1/customers", shape("customer"))
    recorded.will(f"POST {ATTACH}", failure("resource_missing"), 404)

    with pytest.raises(MethodRefused):
        await gateway.keep_method(ADA, "pm_1")


async def test_a_card_cannot_be_kept_while_stripe_is_away(
    recorded: RecordedStripe, gateway: StripeGateway
) -> None:
    recorded.will("POST /v1/customers", failure(type="api_error"), 500)

    with pytest.raises(GatewayUnreachable):
        await gateway.keep_method(ADA, "pm_1")


async def test_no_secret_reaches_a_log(recorded: RecordedStripe, gateway: StripeGateway) -> None:
    written = StringIO()
    before = logging.getLogger().handlers[:]
    logs.configure("json", written, logging.DEBUG)
    try:
        echo = f"Invalid API Key provided: {API_KEY}, whsec_5up3rS3cr3t"
        recorded.will(f"POST {INTENTS}", failure(message=echo), 401)
        await gateway.charge(ORDER)
    finally:
        logging.getLogger().handlers[:] = before
    assert "stripe did not do it" in written.getvalue()
    assert API_KEY not in written.getvalue()
    assert "5up3rS3cr3t" not in written.getvalue()
    assert API_KEY not in repr(gateway)
