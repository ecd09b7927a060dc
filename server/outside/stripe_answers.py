"""What Stripe's answers mean: its objects, as it documents them, read as outcomes of ours."""

from collections.abc import Mapping
from typing import Any, cast

import stripe

from resolvers.gateways import Became, KeptMethod, Outcome

Shape = Mapping[str, Any]
"""An object of Stripe's as the JSON that it is; a field may be missing, null, or an id expanded."""

AUTHENTICATION_REQUIRED = "authentication_required"
CANCELED, EXPIRED = "canceled", "expired"
# What moves money between bank accounts, by the names that Stripe has for it.
DEBITS = frozenset(
    {
        "acss_debit",
        "au_becs_debit",
        "bacs_debit",
        "customer_balance",
        "sepa_debit",
        "us_bank_account",
    }
)
BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


def shape_of(answer: stripe.StripeObject) -> Shape:
    """The JSON of an object that the SDK made."""
    return cast(Shape, answer.to_dict())


def of_intent(intent: Shape) -> Outcome:
    """What became of a PaymentIntent that was ordered to charge at once."""
    reference = intent["id"]
    match intent["status"]:
        case "succeeded":
            return Outcome(Became.SUCCEEDED, reference)
        case "canceled":
            return Outcome(Became.FAILED, reference, failure_code=CANCELED)
        case "requires_payment_method":
            return _declined(reference, intent.get("last_payment_error") or {})
        case _:
            return Outcome(Became.PENDING, reference, next_action_url=_next_url(intent))


def of_session(session: Shape) -> Outcome:
    """What became of a Checkout Session; once it is paid the charge is known by its PaymentIntent.

    A card that is declined on Stripe's page leaves the session open: another may be tried there.
    """
    intent = session.get("payment_intent")
    reference = id_of(intent) or session["id"]
    if session["status"] == "expired":
        return Outcome(Became.FAILED, session["id"], failure_code=EXPIRED)
    if session["status"] == "open":
        return Outcome(Became.PENDING, session["id"], next_action_url=session.get("url"))
    if session["payment_status"] != "unpaid":
        return Outcome(Became.SUCCEEDED, reference)
    return of_intent(intent) if isinstance(intent, Mapping) else Outcome(Became.PENDING, reference)


def of_refund(refund: Shape) -> Outcome:
    """What became of a Refund; a bank may take days, or refuse it after all."""
    match refund["status"]:
        case "succeeded":
            return Outcome(Became.SUCCEEDED, refund["id"])
        case "failed" | "canceled" as status:
            code = refund.get("failure_reason") or status
            return Outcome(Became.FAILED, refund["id"], failure_code=code)
        case _:
            return Outcome(Became.PENDING, refund["id"])


def of_error(error: stripe.StripeError) -> Outcome:
    """What an error says of the money: FAILED where none can have moved, otherwise UNKNOWN.

    UNKNOWN are lost connections, Stripe's own failures, and whatever says that another request with
    the same key is under way or was different; Stripe keeps what it did for the key.
    """
    if isinstance(error, stripe.CardError):
        return _declined(_intent_of(error), _error_shape(error))
    if isinstance(
        error, stripe.InvalidRequestError | stripe.AuthenticationError | stripe.PermissionError
    ):
        code = error.code or type(error).__name__
        return Outcome(Became.FAILED, failure_code=code, failure_message=None)
    return Outcome(Became.UNKNOWN)


def needs_authentication(error: stripe.StripeError) -> str | None:
    """The PaymentIntent that a bank wants its payer to confirm, where that is what went wrong."""
    is_it = isinstance(error, stripe.CardError) and error.code == AUTHENTICATION_REQUIRED
    return _intent_of(error) if is_it else None


def kept(method: Shape, customer: str) -> KeptMethod:
    """A PaymentMethod that is kept with a Stripe customer, with a label that people know it by."""
    kind = method["type"]
    details = method.get(kind) or {}
    ours = "CARD" if kind == "card" else "BANK_TRANSFER" if kind in DEBITS else "OTHER"
    brand = BRANDS.get(details.get("brand", ""), "") or kind.replace("_", " ").capitalize()
    last4 = details.get("last4")
    label = f"{brand} ·· {last4}" if last4 else brand
    return KeptMethod(ours, label, method["id"], customer)


def id_of(reference: object) -> str | None:
    """The id of what Stripe names by id, or sends whole where that was asked for."""
    return reference["id"] if isinstance(reference, Mapping) else cast(str | None, reference)


def _declined(reference: str | None, error: Shape) -> Outcome:
    code = error.get("code")
    # The bank's own reason says more than card_declined, unless it is that there is none.
    detail = error.get("decline_code")
    if code == "card_declined" and detail not in (None, "generic_decline"):
        code = detail
    return Outcome(
        Became.FAILED,
        reference,
        failure_code=code or "declined",
        failure_message=error.get("message"),
    )


def _next_url(intent: Shape) -> str | None:
    action = intent.get("next_action") or {}
    redirect = action.get("redirect_to_url") or {}
    return cast(str | None, redirect.get("url"))


def _intent_of(error: stripe.StripeError) -> str | None:
    return id_of(_error_shape(error).get("payment_intent"))


def _error_shape(error: stripe.StripeError) -> Shape:
    body = error.json_body
    found = body.get("error") if isinstance(body, Mapping) else None
    return found if isinstance(found, Mapping) else {}
