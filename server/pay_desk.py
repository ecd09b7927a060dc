"""The desk behind the pay page: finds what a link shows, and takes its payment through a gateway."""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from domain.calendar import local_date
from domain.errors import AmountExceedsBalance, Refused
from models.invoices import Invoice
from models.payments import Payment
from models.walls import looking_at
from resolvers import payments
from resolvers.gateways import CheckoutKind, Gateways
from resolvers.idempotency import Once
from resolvers.invoices import SharedInvoice, find_by_pay_token
from server.clock import utc_now
from server.outside import sandbox
from server.pay_page import Attempt, Checkout, PastPayment, PayPageView
from server.pay_page_routes import AFTER, Tried
from server.pay_page_views import view_of

# How long one who looks waits for a gateway to say what became of a payment.
PATIENCE_S = 8.0
PAYABLE = ("OPEN", "PARTIALLY_PAID")
ONCE = "pay page"
# The gateways' own codes, by what the page says of them; a bank's other reasons are a decline.
WHY = {
    "insufficient_funds": "funds",
    "authentication_failed": "authentication",
    "authentication_required": "authentication",
    "payment_intent_authentication_failure": "authentication",
    "canceled": "expired",
    "expired": "expired",
}
NO_DECLINE = frozenset({"amount_not_chargeable", "not_booked", "resource_missing"})


@dataclass(frozen=True, slots=True)
class PayDesk:
    """Serves payers by `gateways`; `public_url` is where they come back to."""

    gateways: Gateways
    public_url: str

    async def find(
        self, token: str, *, counts_as_view: bool, is_back: bool = False
    ) -> PayPageView | None:
        """The page behind a link as the database has it now; see `Desk`."""
        shared = await find_by_pay_token(token, utc_now(), counts_as_view=counts_as_view)
        if shared is None:
            return None
        with looking_at(shared.invoice.workspace_id):
            last = await payments.latest_attempt(shared.invoice)
            if last and last.status == "PENDING" and (counts_as_view or is_back):
                caller = payments.payer(shared)
                last = await payments.ask(caller, self.gateways, last.id, PATIENCE_S)
                if last.status != "PENDING":
                    again = await find_by_pay_token(token, utc_now(), counts_as_view=False)
                    shared = again or shared
            return await self._view(shared, last)

    def token_of(self, number: str) -> str | None:
        """The sandbox's token of a test card: no other gateway's form is shown."""
        return sandbox.token_of(number)

    async def pay(self, token: str, key: str, due_minor: int, card: str | None) -> Tried:
        """Pays what the form showed, once however often the form is sent; see `Desk`."""
        shared = await find_by_pay_token(token, utc_now(), counts_as_view=False)
        if shared is None:
            return "DONE"
        with looking_at(shared.invoice.workspace_id):
            return await self._pay(token, key, due_minor, card, shared)

    async def _pay(
        self, token: str, key: str, due_minor: int, card: str | None, shared: SharedInvoice
    ) -> Tried:
        caller = payments.payer(shared)
        gateway = self.gateways.of(caller)
        invoice_id = shared.invoice.id
        back = f"{self.public_url}/pay/{token}?{AFTER}"
        once = Once(ONCE, _key(key, card), {"invoice": invoice_id})
        try:
            if card is None:
                payment = await payments.check_out(
                    caller, gateway, invoice_id, back, amount_minor=due_minor, once=once
                )
            else:
                payment = await payments.pay_with_token(
                    caller, gateway, invoice_id, card, back, amount_minor=due_minor, once=once
                )
        except AmountExceedsBalance:
            return "CHANGED"
        except Refused:
            # It was paid, voided or begun by another meanwhile: the page shows how it stands.
            return "DONE"
        return "ONWARD" if payment.status == "PENDING" and payment.next_action_url else "DONE"

    async def _view(self, shared: SharedInvoice, last: Payment | None) -> PayPageView:
        return replace(
            view_of(shared, shared.now),
            checkout=await self._checkout(shared, last),
            attempt=None if last is None else _attempt(last),
            payments=tuple(
                _past(one, shared.invoice) for one in await payments.received(shared.invoice)
            ),
        )

    async def _checkout(self, shared: SharedInvoice, last: Payment | None) -> Checkout | None:
        """How to pay; None where nothing is due, or a payment is under way already."""
        invoice = shared.invoice
        is_busy = last is not None and last.status == "PENDING"
        if is_busy or invoice.status not in PAYABLE or invoice.amount_due_minor == 0:
            return None
        gateway = self.gateways.of(payments.payer(shared))
        kind: Literal["FORM", "REDIRECT"] = (
            "FORM" if gateway.checkout_kind is CheckoutKind.FORM else "REDIRECT"
        )
        fee_minor = await payments.fee_by_card(invoice)
        return Checkout(kind, gateway.name.capitalize(), invoice.amount_due_minor, fee_minor)


def _attempt(last: Payment) -> Attempt | None:
    amount_minor = last.amount_minor + last.fee_minor
    if last.status == "PENDING":
        return Attempt("PENDING", amount_minor, last.next_action_url)
    if last.status == "FAILED":
        return Attempt("FAILED", amount_minor, why=_why(last))
    return None


def _why(failed: Payment) -> str:
    code = failed.failure_code or ""
    if code in WHY:
        return WHY[code]
    is_decline = failed.failure_message is not None and code not in NO_DECLINE
    return "declined" if is_decline else "other"


def _past(one: payments.Received, invoice: Invoice) -> PastPayment:
    assert one.payment.received_at is not None, "it came"
    day = local_date(one.payment.received_at, invoice.time_zone)
    return PastPayment(day, one.payment.method, one.amount_minor, one.payment.fee_minor)


def _key(key: str, card: str | None) -> str:
    """Another card on the same form is another try."""
    return hashlib.sha256(f"{key}\n{card or ''}".encode()).hexdigest()
