"""Stripe's webhooks: which are ours, that they are Stripe's indeed, and what each says of the money."""

from collections.abc import Callable, Mapping
from uuid import UUID

import stripe

from resolvers.gateways import About, Became, Notice, NoticeRefused, Outcome
from server.outside.stripe_answers import (
    AUTHENTICATION_REQUIRED,
    Shape,
    id_of,
    of_intent,
    of_refund,
    of_session,
    shape_of,
)

SIGNATURE = "stripe-signature"
TOLERANCE_S = 300
KEY, WORKSPACE, FLOW = "billgraph_key", "billgraph_workspace", "billgraph_flow"
"""What our orders write into the metadata of Stripe's objects, and notices bring back."""
CHARGE_FLOW, CHECKOUT_FLOW = "charge", "checkout"


def read(secret: str, headers: Mapping[str, str], body: bytes) -> Notice | None:
    """What a signed webhook tells; None where it is about nothing that we ordered.

    Raises NoticeRefused where its signature is missing, wrong, or older than five minutes.
    """
    event_id, kind, thing = _verified(secret, headers.get(SIGNATURE), body)
    meaning = MEANINGS.get(kind)
    metadata = thing.get("metadata") or {}
    if meaning is None or KEY not in metadata or WORKSPACE not in metadata:
        return None
    about, read_outcome = meaning
    outcome = read_outcome(thing)
    if outcome is None:
        return None
    return Notice(UUID(metadata[WORKSPACE]), event_id, kind, about, metadata[KEY], outcome)


def _verified(secret: str, signature: str | None, body: bytes) -> tuple[str, str, Shape]:
    """The id and kind of an event, and the object that it is about."""
    try:
        event = stripe.Webhook.construct_event(body, signature, secret, TOLERANCE_S)
        shape = shape_of(event)
        return shape["id"], shape["type"], shape["data"]["object"]
    except stripe.SignatureVerificationError as error:
        raise NoticeRefused("This is not signed by Stripe, or was signed long ago.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoticeRefused("This is signed, but it is no event of Stripe's.") from error


def _failed_intent(intent: Shape) -> Outcome | None:
    """A refusal is the end of a charge, but not of a checkout, where another card may be tried.

    That the bank wants to ask its payer is no refusal: the same charge is then confirmed with them.
    """
    error = intent.get("last_payment_error") or {}
    is_checkout = (intent.get("metadata") or {}).get(FLOW) == CHECKOUT_FLOW
    if is_checkout or error.get("code") == AUTHENTICATION_REQUIRED:
        return None
    return of_intent(intent)


def _failed_later(session: Shape) -> Outcome:
    """A bank debit that the payer agreed to and that didn't go through."""
    reference = id_of(session.get("payment_intent"))
    return Outcome(Became.FAILED, reference, failure_code="declined")


MEANINGS: Mapping[str, tuple[About, Callable[[Shape], Outcome | None]]] = {
    "payment_intent.succeeded": (About.CHARGE, of_intent),
    "payment_intent.payment_failed": (About.CHARGE, _failed_intent),
    "payment_intent.canceled": (About.CHARGE, of_intent),
    "checkout.session.completed": (About.CHARGE, of_session),
    "checkout.session.async_payment_succeeded": (About.CHARGE, of_session),
    "checkout.session.async_payment_failed": (About.CHARGE, _failed_later),
    "checkout.session.expired": (About.CHARGE, of_session),
    "refund.created": (About.REFUND, of_refund),
    "refund.updated": (About.REFUND, of_refund),
    "refund.failed": (About.REFUND, of_refund),
    "charge.refund.updated": (About.REFUND, of_refund),
}
