"""Money goes back by Stripe once, cards are kept there, and its secrets stay out of logs."""

import logging
from dataclasses import replace
from io import StringIO

import pytest

from resolvers.gateways import Became, GatewayUnreachable, KeptMethod, MethodRefused, Outcome
from server import logs
from server.outside.stripe_gateway import StripeGateway
from tests.server.outside.recorded_stripe import RecordedStripe, failure, listed, shape
from tests.server.outside.stripe_orders import (
    ADA,
    API_KEY,
    BACK_AGAIN,
    INTENT,
    INTENTS,
    ORDER,
    REFUNDS,
    SESSION,
    SESSIONS,
    WORKSPACE,
)

ATTACH = "/v1/payment_methods/pm_1/attach"


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


@pytest.mark.parametrize("status", [404, 401, 500])
async def test_a_question_that_fails_settles_nothing(
    recorded: RecordedStripe, gateway: StripeGateway, status: int
) -> None:
    recorded.will(f"GET {INTENTS}/{INTENT}", failure("resource_missing"), status)
    recorded.will(f"GET {REFUNDS}/re_1", failure("resource_missing"), status)

    assert await gateway.find_charge(ORDER, INTENT) == Outcome(Became.UNKNOWN)
    assert await gateway.find_refund(BACK_AGAIN, "re_1") == Outcome(Became.UNKNOWN)


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
