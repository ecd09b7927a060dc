"""Money moves through a Stripe that keeps books of its own: localstripe, in a process beside us."""

import asyncio
import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from domain.identifiers import encode_id, new_id
from resolvers.gateways import Became, ChargeOrder, MethodRefused, Payer, RefundOrder
from server.outside.stripe_gateway import StripeGateway
from tests.server.outside.local_stripe import LocalStripe, running

SECRET = "whsec_of_localstripe"
WORKSPACE = UUID("019f8f4e-0000-7000-8000-000000000001")
GOOD, DECLINED_LATER, DECLINED, ASKS_ITS_PAYER = (
    "4242424242424242",
    "4000000000000341",
    "4000000000000002",
    "4000002500003155",
)


@pytest.fixture(scope="module")
def local() -> Iterator[LocalStripe]:
    with running() as opened:
        opened.post("/_config/webhooks/billgraph", url=opened.webhook_address, secret=SECRET)
        yield opened


@pytest.fixture
def gateway(local: LocalStripe) -> StripeGateway:
    return StripeGateway("sk_test_12345", SECRET, "https://bill.example/", local.address)


def card(local: LocalStripe, number: str) -> str:
    """What Stripe's front end answers for a card that someone typed in."""
    fields = {"number": number, "exp_month": "12", "exp_year": "2034", "cvc": "123"}
    given = {f"card[{name}]": value for name, value in fields.items()}
    return str(json.loads(local.post("/v1/payment_methods", type="card", **given))["id"])


async def order_by(local: LocalStripe, gateway: StripeGateway, number: str) -> ChargeOrder:
    """An order for 26.94 from a customer who keeps this card."""
    payer = Payer(WORKSPACE, "cus_1", "Ada Lovelace", "ada@example.com")
    kept = await gateway.keep_method(payer, card(local, number))
    key = encode_id("pay", new_id())
    return ChargeOrder(
        WORKSPACE, key, 2694, "USD", "INV-0001", kept.reference, kept.customer, "https://b.example/"
    )


async def test_a_card_is_kept_charged_and_paid_back(
    local: LocalStripe, gateway: StripeGateway
) -> None:
    order = await order_by(local, gateway, GOOD)

    charged = await gateway.charge(order)

    assert charged.became is Became.SUCCEEDED
    assert charged.reference
    assert await gateway.find_charge(order, charged.reference) == charged
    back = RefundOrder(WORKSPACE, "refund-1", order.key, charged.reference, 694, "USD", "Too much")
    refunded = await gateway.refund(back)
    assert refunded.became is Became.SUCCEEDED
    assert await gateway.find_refund(back, refunded.reference) == refunded


async def test_a_card_may_decline_when_it_is_kept_or_when_it_is_charged(
    local: LocalStripe, gateway: StripeGateway
) -> None:
    with pytest.raises(MethodRefused, match="declined"):
        await order_by(local, gateway, DECLINED)

    charged = await gateway.charge(await order_by(local, gateway, DECLINED_LATER))

    assert (charged.became, charged.failure_code) == (Became.FAILED, "card_declined")


async def test_a_charge_waits_for_its_payer_and_then_goes_through(
    local: LocalStripe, gateway: StripeGateway
) -> None:
    order = await order_by(local, gateway, ASKS_ITS_PAYER)

    waiting = await gateway.charge(order)
    assert waiting.became is Became.PENDING
    intent = gateway._stripe.payment_intents.retrieve(waiting.reference or "").to_dict()
    local.post(
        f"/v1/payment_intents/{waiting.reference}/_authenticate",
        client_secret=intent["client_secret"],
        success="true",
    )

    assert (await gateway.find_charge(order, waiting.reference)).became is Became.SUCCEEDED


async def test_its_webhook_is_signed_and_names_the_payment(
    local: LocalStripe, gateway: StripeGateway
) -> None:
    order = await order_by(local, gateway, GOOD)
    charged = await gateway.charge(order)

    notice = await asyncio.to_thread(local.wait_for_one_about, order.key)
    read = await gateway.read_notice(*notice)

    assert read
    assert read.outcome == charged
    assert (read.workspace_id, read.key) == (WORKSPACE, order.key)
    assert read.kind == "payment_intent.succeeded"
