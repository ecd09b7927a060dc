"""Charging: an invoice paid through the gateway, in three steps: begun, called, settled.

Only the first and the last are transactions. Whatever happens between them, the payment is on
record as PENDING with a job to ask the gateway, so that no charge is lost and none is made twice.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from domain.allocations import check_amount, check_balance, fee
from domain.errors import PaymentDeclined, PaymentInProgress, PaymentMethodMissing
from domain.identifiers import decode_id, encode_id, new_id
from domain.lifecycle import Action, require
from models.invoices import Invoice
from models.jobs import Job
from models.payment_methods import PaymentMethod
from models.payments import Payment, PaymentAllocation
from models.workspaces import Workspace
from models.writes import insert
from resolvers import idempotency, jobs
from resolvers.callers import Caller
from resolvers.gateways import Became, ChargeOrder, Gateway, Gateways, Outcome
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.payments.booking import balance_of
from resolvers.payments.settling import settle
from resolvers.refusals import not_found

SCOPE = "PAYMENTS_WRITE"
CHARGE_JOB = "payment.charge"
ASKED_FIRST = timedelta(seconds=5)
ASKED_AT_LEAST_EVERY = timedelta(hours=1)
UNHEARD_OF_AFTER = timedelta(hours=1)
ONE_PENDING = "payments_one_pending"
NEVER_BOOKED = Outcome(
    Became.FAILED,
    failure_code="not_booked",
    failure_message="The payment never reached the gateway; nothing was charged.",
)
_METHOD = ("paymentMethodId",)


@dataclass(frozen=True, slots=True)
class Paid:
    """What `pay` began: the payment, and the invoice it is for."""

    invoice_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class Means:
    """What a payment is made with: a kept method, or what the payer gives this once."""

    type: str = "CARD"
    method_id: UUID | None = None


async def pay(
    caller: Caller,
    gateway: Gateway,
    invoice_id: UUID,
    amount_minor: int | None = None,
    method_id: UUID | None = None,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> Paid:
    """Charges a kept method: the whole balance by the customer's default, unless said otherwise.

    An outcome that nobody knows yet leaves the payment PENDING. Raises Forbidden, NotFound at
    ("id",) and ("paymentMethodId",), Conflict, InvalidTransition, InvoiceAlreadyPaid, at ("amount",)
    OutOfRange, AmountTooLarge and AmountExceedsBalance with meta {balance}, PaymentMethodMissing,
    PaymentInProgress with meta {paymentId}, and PaymentDeclined with meta {paymentId, failureCode}:
    then the failed payment is kept, and the idempotency key is not (rules: Payments).
    """
    caller.require(SCOPE)

    async def act() -> Paid:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        chosen = None if method_id is None else await _known(invoice, method_id)
        await _require_payable(invoice)
        method = _usable(chosen or await _default(invoice), gateway)
        means = Means(method.type, method.id)
        return Paid(invoice.id, await begin(caller, gateway, invoice, means, amount_minor))

    with one_at_a_time():
        begun = await idempotency.run(caller, once, act, Paid)
    payment = await carry_on(caller, gateway, begun.payment_id)
    if payment.status == "FAILED":
        await idempotency.forget(caller, once, begun)
        raise declined(payment)
    return begun


async def carry_on(caller: Caller, gateway: Gateway, payment_id: UUID) -> Payment:
    """Calls the gateway for a payment that was begun, and settles it; the payment after it.

    One that is settled is left alone. One that the gateway has already is asked about instead.
    """
    payment = await payment_of(caller, payment_id)
    if payment.status != "PENDING" or payment.gateway != gateway.name:
        return payment
    order = await order_of(payment)
    if payment.gateway_reference is None:
        outcome = await gateway.charge(order)
    else:
        outcome = await gateway.find_charge(order, payment.gateway_reference)
    return await settle(caller, payment.id, outcome)


async def follow_up(caller: Caller, gateways: Gateways, payload: jobs.Payload) -> None:
    """Asks the gateway what became of a pending payment, and settles it; for the worker.

    Raises NotYet while nobody knows: asked again after as long as it is pending already.
    """
    payment_id = decode_id("pay", payload["payment"])
    assert payment_id is not None
    payment = await ask(caller, gateways, payment_id)
    if payment.status == "PENDING":
        age = max(caller.now - payment.created_at, ASKED_FIRST)
        raise jobs.NotYet(caller.now + min(age, ASKED_AT_LEAST_EVERY))


async def ask(
    caller: Caller, gateways: Gateways, payment_id: UUID, patience_s: float | None = None
) -> Payment:
    """Asks the gateway what became of a payment that is pending, and settles it; the payment after it.

    Nothing is ordered by asking. What the gateway has not heard of after an hour was never booked,
    and failed. One who waits for the answer waits `patience_s` at most (rules: Payments).
    """
    payment = await payment_of(caller, payment_id)
    gateway = gateways.named(payment.gateway)
    if payment.status != "PENDING" or gateway is None:
        return payment
    order = await order_of(payment)
    try:
        async with asyncio.timeout(patience_s):
            outcome = await gateway.find_charge(order, payment.gateway_reference)
    except TimeoutError:
        return payment
    if outcome.became is Became.NOT_FOUND and caller.now - payment.created_at > UNHEARD_OF_AFTER:
        outcome = NEVER_BOOKED
    return await settle(caller, payment.id, outcome)


async def order_of(
    payment: Payment, method: str | None = None, return_url: str | None = None
) -> ChargeOrder:
    """What the gateway is asked to charge for a payment: its fee included."""
    place = payment.workspace_id
    invoice = await Invoice.get(workspace_id=place, id=payment.invoice_id)
    kept = await PaymentMethod.filter(workspace_id=place, id=payment.payment_method_id).first()
    return ChargeOrder(
        workspace_id=payment.workspace_id,
        key=encode_id("pay", payment.id),
        amount_minor=payment.amount_minor + payment.fee_minor,
        currency=payment.currency,
        description=invoice.number or "",
        method=kept.gateway_reference if kept else method,
        customer=kept.gateway_customer if kept else None,
        return_url=return_url,
    )


def declined(payment: Payment) -> PaymentDeclined:
    """The refusal of a payment that its gateway declined."""
    meta = {"paymentId": encode_id("pay", payment.id), "failureCode": payment.failure_code}
    return PaymentDeclined(payment.failure_message or "The payment was declined.", meta=meta)


async def payable(caller: Caller, invoice_id: UUID, expected_version: int | None) -> Invoice:
    """The locked invoice, which takes a payment now."""
    invoice = await documents.locked(caller, invoice_id, expected_version)
    await _require_payable(invoice)
    return invoice


async def _require_payable(invoice: Invoice) -> None:
    require(invoice.status, Action.PAY)
    pending = await documents.pending_payment(invoice)
    if pending:
        raise _in_progress(pending.id)


async def begin(
    caller: Caller,
    gateway: Gateway,
    invoice: Invoice,
    means: Means,
    amount_minor: int | None,
) -> UUID:
    """A pending payment of a locked invoice on record, with the job that asks what became of it."""
    balance = balance_of(invoice)
    amount = check_amount(balance if amount_minor is None else amount_minor)
    check_balance(amount, balance, invoice.currency)
    payment = Payment(
        workspace_id=invoice.workspace_id,
        id=new_id(),
        status="PENDING",
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        payment_method_id=means.method_id,
        currency=invoice.currency,
        amount_minor=amount,
        fee_minor=await fee_of(invoice, means.type, amount),
        method=means.type,
        gateway=gateway.name,
        created_at=caller.now,
        updated_at=caller.now,
    )
    await insert(payment, allocation(payment, invoice.id, amount), _promised(caller, payment))
    return payment.id


def allocation(
    payment: Payment, invoice_id: UUID, amount_minor: int, position: int = 0
) -> PaymentAllocation:
    """What a payment pays of an invoice, or is to."""
    return PaymentAllocation(
        workspace_id=payment.workspace_id,
        id=new_id(),
        payment_id=payment.id,
        invoice_id=invoice_id,
        position=position,
        currency=payment.currency,
        amount_minor=amount_minor,
    )


def _promised(caller: Caller, payment: Payment) -> Job:
    payload = {"payment": encode_id("pay", payment.id)}
    return jobs.promised(caller.workspace_id, CHARGE_JOB, payload, caller.now + ASKED_FIRST)


async def _known(invoice: Invoice, method_id: UUID) -> PaymentMethod:
    found = await _methods(invoice).filter(id=method_id).first()
    if found is None:
        raise not_found(*_METHOD)
    return found


async def _default(invoice: Invoice) -> PaymentMethod:
    found = await _methods(invoice).filter(is_default=True).first()
    if found is None:
        message = "The customer has no payment method; add one, or send them the pay link."
        raise PaymentMethodMissing(message, field=_METHOD)
    return found


def _methods(invoice: Invoice) -> QuerySet[PaymentMethod]:
    return PaymentMethod.filter(workspace_id=invoice.workspace_id, customer_id=invoice.customer_id)


def _usable(method: PaymentMethod, gateway: Gateway) -> PaymentMethod:
    """The method, where it is kept at the gateway in use."""
    if method.gateway != gateway.name:
        message = f"This payment method is kept at {method.gateway}, which is not in use now."
        raise PaymentMethodMissing(message, field=_METHOD)
    return method


async def fee_of(invoice: Invoice, method_type: str, amount_minor: int) -> int:
    """The payer's surcharge; its fixed part is in the workspace's currency, and of no other."""
    place = invoice.workspace_id
    workspace = await Workspace.get(workspace_id=place, id=place)
    asked = workspace.payment_fees.get(method_type)
    if asked is None or invoice.fees_waived:
        return 0
    fixed = asked["fixed_minor"] if invoice.currency == workspace.currency else 0
    return fee(amount_minor, Decimal(asked["percent"]), fixed)


async def payment_of(caller: Caller, payment_id: UUID) -> Payment:
    return await Payment.get(workspace_id=caller.workspace_id, id=payment_id)


def _in_progress(payment_id: UUID | None = None) -> PaymentInProgress:
    message = "A payment of this invoice is still pending; wait for its outcome."
    meta = payment_id and {"paymentId": encode_id("pay", payment_id)}
    return PaymentInProgress(message, field=("id",), meta=meta or None)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Refuses with PaymentInProgress what the database refuses as a second pending payment."""
    try:
        yield
    except IntegrityError as error:
        if getattr(error.__cause__, "constraint_name", None) != ONE_PENDING:
            raise
        raise _in_progress() from None
