"""Paying by link: what a payer does on the pay page, for one invoice and nothing else."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from models.invoices import Invoice
from models.payments import Payment, PaymentAllocation
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.gateways import ChargeOrder, Gateway, Outcome
from resolvers.idempotency import Once
from resolvers.invoices import SharedInvoice
from resolvers.payments.charging import (
    SCOPE,
    Means,
    Paid,
    begin,
    fee_of,
    one_at_a_time,
    order_of,
    payable,
    payment_of,
)
from resolvers.payments.settling import settle

PAY_PAGE = "pay page"
MADE_BY_CARD = Means()


@dataclass(frozen=True, slots=True)
class Received:
    """A payment that came, and what of it went to one invoice, in minor units."""

    payment: Payment
    amount_minor: int


def payer(shared: SharedInvoice) -> Caller:
    """Whoever holds a link, in the time of its workspace: may pay, and nothing else."""
    mode = "TEST" if shared.is_test else "LIVE"
    place = shared.invoice.workspace_id
    return Caller(place, mode, frozenset({SCOPE}), shared.now, PAY_PAGE)


async def pay_with_token(
    caller: Caller,
    gateway: Gateway,
    invoice_id: UUID,
    token: str,
    return_url: str | None = None,
    *,
    amount_minor: int | None = None,
    once: Once | None = None,
) -> Payment:
    """Charges what a payer's card form gave, this once; the payment after it.

    The whole balance, unless the payer was shown another. Raises as `pay` does, but for
    PaymentDeclined: the payment is FAILED then. With a key, a second try answers the first.
    """
    begun = await _begun(caller, gateway, invoice_id, amount_minor, once)
    order = await order_of(begun, method=token, return_url=return_url)
    return await _ordered(caller, begun, order, gateway.charge)


async def check_out(
    caller: Caller,
    gateway: Gateway,
    invoice_id: UUID,
    return_url: str | None = None,
    *,
    amount_minor: int | None = None,
    once: Once | None = None,
) -> Payment:
    """Begins to pay on the gateway's own page: the payment's next_action_url. As `pay_with_token`."""
    begun = await _begun(caller, gateway, invoice_id, amount_minor, once)
    order = await order_of(begun, return_url=return_url)
    return await _ordered(caller, begun, order, gateway.checkout)


async def fee_by_card(invoice: Invoice) -> int:
    """What paying an invoice's whole balance by card costs on top, in minor units."""
    return await fee_of(invoice, MADE_BY_CARD.type, invoice.amount_due_minor)


async def latest_attempt(invoice: Invoice) -> Payment | None:
    """The last payment of an invoice through a gateway, however it went."""
    found = Payment.filter(
        workspace_id=invoice.workspace_id, invoice_id=invoice.id, gateway__isnull=False
    )
    return await found.order_by("-created_at", "-id").first()


async def received(invoice: Invoice) -> Sequence[Received]:
    """The payments that an invoice got, the oldest first, whatever was given back since."""
    allocations = await PaymentAllocation.filter(
        workspace_id=invoice.workspace_id, invoice_id=invoice.id, amount_minor__gt=0
    )
    amounts = {one.payment_id: one.amount_minor for one in allocations}
    if not amounts:
        return ()
    payments = await Payment.filter(
        workspace_id=invoice.workspace_id, id__in=list(amounts), received_at__isnull=False
    ).order_by("received_at", "id")
    return tuple(Received(payment, amounts[payment.id]) for payment in payments)


async def _begun(
    caller: Caller,
    gateway: Gateway,
    invoice_id: UUID,
    amount_minor: int | None,
    once: Once | None,
) -> Payment:
    caller.require(SCOPE)

    async def act() -> Paid:
        invoice = await payable(caller, invoice_id, None)
        return Paid(invoice.id, await begin(caller, gateway, invoice, MADE_BY_CARD, amount_minor))

    with one_at_a_time():
        begun = await idempotency.run(caller, once, act, Paid)
    return await payment_of(caller, begun.payment_id)


async def _ordered(
    caller: Caller,
    payment: Payment,
    order: ChargeOrder,
    at_gateway: Callable[[ChargeOrder], Awaitable[Outcome]],
) -> Payment:
    """Ordered again under its key, a payment that is pending is still one: the gateway sees to that."""
    if payment.status != "PENDING":
        return payment
    return await settle(caller, payment.id, await at_gateway(order))
