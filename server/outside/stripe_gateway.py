"""Stripe as a gateway: charges, its own checkout page, refunds and kept cards, by its official SDK."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import stripe
import structlog

from domain.identifiers import split_id
from resolvers.gateways import (
    Became,
    ChargeOrder,
    CheckoutKind,
    GatewayUnreachable,
    KeptMethod,
    MethodRefused,
    Notice,
    Outcome,
    Payer,
    RefundOrder,
)
from server.clock import utc_now
from server.outside import stripe_notices
from server.outside.stripe_amounts import AmountNotChargeable, to_stripe
from server.outside.stripe_answers import (
    Shape,
    id_of,
    kept,
    needs_authentication,
    of_error,
    of_intent,
    of_refund,
    of_session,
    shape_of,
)
from server.outside.stripe_notices import CHARGE_FLOW, CHECKOUT_FLOW, FLOW, KEY, WORKSPACE

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 20
# Stripe answers a repeated request by what it did for its key the first time.
RETRIES = 1
TIME_LIMIT_S = 45
AT_ONCE = 20
CHECKOUT_LASTS = timedelta(hours=1)
PAYER_HAS = timedelta(hours=24)
KEYS_LAST = timedelta(hours=23)
# Around the instant that a payment's id was made; clocks differ, and a queue may be long.
SOUGHT_BEFORE_S, SOUGHT_AFTER_S = 600, 3600
PAGE = 100

Answer = TypeVar("Answer")
log = structlog.stdlib.get_logger(__name__)

# How fast its answers came is no part of a payment.
stripe.enable_telemetry = False


class StripeGateway:
    """A Stripe account. Every request has a deadline and, where it asks for money, a key of ours.

    The SDK's own client is a blocking one: it runs in threads of its own, so that a slow Stripe
    holds up nothing else.
    """

    name = "stripe"
    checkout_kind = CheckoutKind.REDIRECT

    def __init__(
        self,
        api_key: str,
        webhook_secret: str,
        return_url: str,
        api_base: str | None = None,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        """`return_url` is where payers come back to whom an order sends nowhere else."""
        self._webhook_secret = webhook_secret
        self._return_url = return_url
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stripe")
        self._stripe = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=(CONNECT_TIMEOUT_S, read_timeout_s)),
        ).v1

    def __repr__(self) -> str:
        return "StripeGateway()"

    async def charge(self, order: ChargeOrder) -> Outcome:
        """Charges a method without its payer; where their bank insists on them, with them.

        Stripe forgets a key after a day. An order that is older is looked for and not made again.
        """
        if utc_now().timestamp() - _made_at_s(order.key) > KEYS_LAST.total_seconds():
            return await self.find_charge(order, None)
        return await self._outcome(lambda: self._charged(order), order.key)

    async def checkout(self, order: ChargeOrder) -> Outcome:
        """A page of Stripe's on which the payer chooses how to pay, within an hour."""
        return await self._outcome(lambda: self._checked_out(order), order.key)

    async def find_charge(self, order: ChargeOrder, reference: str | None) -> Outcome:
        """What became of a charge: by reference or, where the answer got lost, among recent ones.

        Nothing is ordered again here, for that would charge what nobody may be waiting for any more.
        """
        return await self._outcome(lambda: self._found(order, reference), order.key, is_order=False)

    async def refund(self, order: RefundOrder) -> Outcome:
        """Gives money back to the method that it came from."""
        return await self._outcome(lambda: self._refunded(order), order.key)

    async def find_refund(self, order: RefundOrder, reference: str | None) -> Outcome:
        """What became of a refund, by reference or among those of its charge."""

        def found() -> Outcome:
            if reference:
                return of_refund(shape_of(self._stripe.refunds.retrieve(reference)))
            intent = self._intent_id(order.charge_reference)
            listed = self._stripe.refunds.list({"payment_intent": intent, "limit": PAGE})
            for refund in map(shape_of, listed.auto_paging_iter()):
                if _is_of(order.key, refund):
                    return of_refund(refund)
            return Outcome(Became.NOT_FOUND)

        return await self._outcome(found, order.key, is_order=False)

    async def keep_method(self, payer: Payer, token: str) -> KeptMethod:
        """Attaches a PaymentMethod to the payer's Stripe customer, who is made where there is none."""
        try:
            return await self._run(lambda: self._attached(payer, token))
        except stripe.CardError as error:
            message = error.user_message or "The card was declined."
            raise MethodRefused(error.code or "card_declined", message) from error
        except stripe.InvalidRequestError as error:
            message = "Stripe knows no such payment method, or it can't be kept."
            raise MethodRefused(error.code or "invalid_request", message) from error
        except (stripe.StripeError, TimeoutError) as error:
            self._note(error, payer.key)
            raise GatewayUnreachable("Stripe didn't answer.") from error

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """What a signed webhook tells; NoticeRefused where it is not Stripe's."""
        return stripe_notices.read(self._webhook_secret, headers, body)

    def _charged(self, order: ChargeOrder) -> Outcome:
        assert order.method is not None, "without a method it is a checkout"
        wanted: Any = {
            "amount": to_stripe(order.amount_minor, order.currency),
            "currency": order.currency.lower(),
            "payment_method": order.method,
            "confirm": True,
            "off_session": True,
            "description": order.description,
            "metadata": _metadata(order, CHARGE_FLOW),
            "return_url": order.return_url or self._return_url,
        }
        if order.customer:
            wanted["customer"] = order.customer
        try:
            intent = self._stripe.payment_intents.create(wanted, {"idempotency_key": order.key})
        except stripe.CardError as error:
            intent_id = needs_authentication(error)
            if intent_id is None:
                raise
            return self._confirmed(order, intent_id)
        return of_intent(shape_of(intent))

    def _confirmed(self, order: ChargeOrder, intent_id: str) -> Outcome:
        """The same charge once more, this time with its payer, who is sent to their bank."""
        assert order.method is not None
        intent = self._stripe.payment_intents.confirm(
            intent_id,
            {"payment_method": order.method, "return_url": order.return_url or self._return_url},
            {"idempotency_key": f"{order.key}:with-payer"},
        )
        return of_intent(shape_of(intent))

    def _checked_out(self, order: ChargeOrder) -> Outcome:
        metadata = _metadata(order, CHECKOUT_FLOW)
        back = order.return_url or self._return_url
        wanted: Any = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": order.currency.lower(),
                        "unit_amount": to_stripe(order.amount_minor, order.currency),
                        "product_data": {"name": order.description},
                    },
                }
            ],
            "client_reference_id": order.key,
            "metadata": metadata,
            "payment_intent_data": {"description": order.description, "metadata": metadata},
            "success_url": back,
            "cancel_url": back,
            "expires_at": _made_at_s(order.key) + int(CHECKOUT_LASTS.total_seconds()),
        }
        if order.customer:
            wanted["customer"] = order.customer
        session = self._stripe.checkout.sessions.create(wanted, {"idempotency_key": order.key})
        return of_session(shape_of(session))

    def _found(self, order: ChargeOrder, reference: str | None) -> Outcome:
        if reference and reference.startswith("cs_"):
            return of_session(self._session(reference))
        if reference:
            return of_intent(self._intent(reference, order.key))
        is_checkout = order.method is None
        recent = self._recent_sessions(order) if is_checkout else self._recent_intents(order)
        for shape in recent:
            if _is_of(order.key, shape):
                return of_session(shape) if is_checkout else of_intent(shape)
        return Outcome(Became.NOT_FOUND)

    def _intent(self, intent_id: str, key: str) -> Shape:
        """A PaymentIntent; one whose payer left their bank's question open for a day is cancelled."""
        intent = shape_of(self._stripe.payment_intents.retrieve(intent_id))
        age_s = utc_now().timestamp() - _made_at_s(key)
        if intent["status"] != "requires_action" or age_s < PAYER_HAS.total_seconds():
            return intent
        return shape_of(self._stripe.payment_intents.cancel(intent_id))

    def _recent_intents(self, order: ChargeOrder) -> Iterator[Shape]:
        wanted: Any = {"created": _around(order.key), "limit": PAGE}
        if order.customer:
            wanted["customer"] = order.customer
        return map(shape_of, self._stripe.payment_intents.list(wanted).auto_paging_iter())

    def _recent_sessions(self, order: ChargeOrder) -> Iterator[Shape]:
        wanted: Any = {"created": _around(order.key), "limit": PAGE}
        return map(shape_of, self._stripe.checkout.sessions.list(wanted).auto_paging_iter())

    def _refunded(self, order: RefundOrder) -> Outcome:
        metadata = {KEY: order.key, WORKSPACE: str(order.workspace_id)}
        if order.reason:
            metadata["reason"] = order.reason[:500]
        refund = self._stripe.refunds.create(
            {
                "payment_intent": self._intent_id(order.charge_reference),
                "amount": to_stripe(order.amount_minor, order.currency),
                "metadata": metadata,
            },
            {"idempotency_key": order.key},
        )
        return of_refund(shape_of(refund))

    def _intent_id(self, charge_reference: str) -> str:
        """The PaymentIntent of a charge, which may be known by its Checkout Session."""
        if not charge_reference.startswith("cs_"):
            return charge_reference
        return id_of(self._session(charge_reference)["payment_intent"]) or charge_reference

    def _session(self, session_id: str) -> Shape:
        wanted: Any = {"expand": ["payment_intent"]}
        return shape_of(self._stripe.checkout.sessions.retrieve(session_id, wanted))

    def _attached(self, payer: Payer, token: str) -> KeptMethod:
        customer = payer.customer or self._customer(payer, token)
        method = self._stripe.payment_methods.attach(token, {"customer": customer})
        return kept(shape_of(method), customer)

    def _customer(self, payer: Payer, token: str) -> str:
        wanted: Any = {
            "name": payer.name,
            "metadata": {KEY: payer.key, WORKSPACE: str(payer.workspace_id)},
        }
        if payer.email:
            wanted["email"] = payer.email
        # By the token too: another try with other particulars must not meet this one's key.
        options: Any = {"idempotency_key": f"{payer.key}:{token}"}
        return str(shape_of(self._stripe.customers.create(wanted, options))["id"])

    async def _outcome(
        self, asked: Callable[[], Outcome], key: str, *, is_order: bool = True
    ) -> Outcome:
        """What an order came to, or UNKNOWN; a question that fails has settled nothing."""
        try:
            return await self._run(asked)
        except AmountNotChargeable as error:
            code = "amount_not_chargeable"
            return Outcome(Became.FAILED, failure_code=code, failure_message=str(error))
        except stripe.StripeError as error:
            self._note(error, key)
            return of_error(error) if is_order else Outcome(Became.UNKNOWN)
        except TimeoutError as error:
            self._note(error, key)
            return Outcome(Became.UNKNOWN)

    async def _run(self, asked: Callable[[], Answer]) -> Answer:
        async with asyncio.timeout(TIME_LIMIT_S):
            return await asyncio.get_running_loop().run_in_executor(self._threads, asked)

    def _note(self, error: Exception, key: str) -> None:
        """A decline is everyday; anything else is for whoever runs this."""
        if not isinstance(error, stripe.CardError):
            code = getattr(error, "code", None)
            request = getattr(error, "request_id", None)
            kind = type(error).__name__
            log.warning("stripe did not do it", key=key, error=kind, code=code, request=request)


def _metadata(order: ChargeOrder, flow: str) -> dict[str, str]:
    return {
        KEY: order.key,
        WORKSPACE: str(order.workspace_id),
        FLOW: flow,
        "invoice": order.description,
    }


def _is_of(key: str, shape: Shape) -> bool:
    return (shape.get("metadata") or {}).get(KEY) == key


def _around(key: str) -> dict[str, int]:
    made_at_s = _made_at_s(key)
    return {"gte": made_at_s - SOUGHT_BEFORE_S, "lte": made_at_s + SOUGHT_AFTER_S}


def _made_at_s(key: str) -> int:
    """The second in which an id was made, for it begins with that: the same at every try."""
    parts = split_id(key)
    assert parts is not None, "payments are known by their public ids"
    return (parts[1].int >> 80) // 1000
