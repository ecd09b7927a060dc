"""Refunding: money of a payment given back, in three steps like a charge: reserved, called, settled.

A refund by itself makes due again what its invoices were paid with. One that a credit note asks for
does not: the note has booked what it takes off, and the refund only carries it out.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.allocations import check_amount
from domain.errors import PaymentDeclined, PaymentInProgress, RefundExceedsRefundable
from domain.identifiers import decode_id, encode_id, new_id
from domain.ledger import Account, Aside
from domain.limits import REASON_LENGTH_MAX
from domain.money import to_major
from domain.texts import check_optional_text
from models.events import Event
from models.invoices import Invoice
from models.jobs import Job
from models.payments import Payment, Refund
from models.tables import TenantTable
from models.writes import change, insert
from resolvers import idempotency, jobs
from resolvers.callers import Caller
from resolvers.gateways import Became, Gateway, Gateways, Outcome, RefundOrder
from resolvers.idempotency import Once
from resolvers.ledger import Journal, credit_balance
from resolvers.payments.charging import SCOPE
from resolvers.payments.holdings import SETTLED, Holding, holding_of, take_back
from resolvers.payments.refund_settling import locked_payment, settle_refund, succeed

REFUND_JOB = "payment.refund"
ASKED_FIRST = timedelta(seconds=5)
ASKED_AT_LEAST_EVERY = timedelta(hours=1)
_PREFIX = "re"


@dataclass(frozen=True, slots=True)
class Refunded:
    """What `refund` began: the refund, and the payment it is of."""

    payment_id: UUID
    refund_id: UUID


async def refund(
    caller: Caller,
    gateways: Gateways,
    payment_id: UUID,
    amount_minor: int | None = None,
    reason: str | None = None,
    *,
    once: Once | None = None,
) -> Refunded:
    """Gives money of a payment back: all that is left of it, unless an amount is given.

    What was overpaid goes first, as far as the customer's credit balance still holds it; then what
    invoices were paid, the newest first, and that is due again. Money that was recorded is taken as
    given back at once. An outcome that nobody knows yet leaves the refund pending. Raises Forbidden,
    NotFound at ("id",), at ("amount",) OutOfRange, AmountTooLarge and RefundExceedsRefundable with
    meta {max}, TooLong, PaymentInProgress for a payment that is pending itself, and PaymentDeclined
    with meta {paymentId, failureCode} where the gateway gave nothing back (rules: Payments).
    """
    caller.require(SCOPE)
    why = check_optional_text(reason, ("reason",), REASON_LENGTH_MAX)

    async def act() -> Refunded:
        invoices, payment = await locked_payment(caller, payment_id)
        return await _reserve(caller, invoices, payment, amount_minor, why)

    begun = await idempotency.run(caller, once, act, Refunded)
    found = await carry_out(caller, gateways, begun.refund_id)
    if found.status == "FAILED":
        await idempotency.forget(caller, once, begun)
        raise _refused(found)
    return begun


@dataclass(frozen=True, slots=True)
class Promised:
    """Refunds of one credit note: rows to insert with it, the events for the end, and their ids."""

    rows: list[TenantTable]
    told: list[Event]
    ids: list[UUID]


async def refund_for_note(
    caller: Caller,
    journal: Journal,
    invoice: Invoice,
    credit_note_id: UUID,
    amount_minor: int,
    reason: str | None = None,
) -> Promised:
    """Refunds of a locked invoice's payments, newest first, on behalf of a credit note.

    Called inside the transaction that makes the note, which posts REFUND on the invoice against
    REFUNDS itself. Of money that was recorded the refund is booked here as paid; the rest is for
    `carry_out` after commit, or the worker. Raises what `take_back` does.
    """
    promised = Promised([], [], [])
    for taken in await take_back(invoice, amount_minor):
        payment, minor = taken.payment, taken.minor
        made = _new(caller, payment, minor, reason, credit_note_id=credit_note_id)
        promised.rows.append(made)
        promised.ids.append(made.id)
        await change(payment, {"amount_refunding_minor": payment.amount_refunding_minor + minor})
        if payment.gateway is None:
            promised.told.extend(await succeed(caller, journal, [], payment, made))
        else:
            promised.rows.append(_job(caller, made))
    return promised


async def carry_out(caller: Caller, gateways: Gateways, refund_id: UUID) -> Refund:
    """Calls the gateway for a refund that is pending, and settles it; the refund after it.

    One that the gateway has already is asked about instead, and ordered again where it never heard
    of it: that is safe, for its key is the same. One that is settled is left alone.
    """
    place = caller.workspace_id
    found = await Refund.get(workspace_id=place, id=refund_id)
    payment = await Payment.get(workspace_id=place, id=found.payment_id)
    gateway = gateways.named(payment.gateway)
    if found.status != "PENDING" or gateway is None:
        return found
    return await settle_refund(caller, refund_id, await _call(gateway, payment, found))


async def follow_up_refund(caller: Caller, gateways: Gateways, payload: jobs.Payload) -> None:
    """Carries a pending refund out, for the worker. Raises NotYet while nobody knows its outcome."""
    refund_id = decode_id(_PREFIX, payload["refund"])
    assert refund_id is not None
    found = await carry_out(caller, gateways, refund_id)
    if found.status == "PENDING":
        age = max(caller.now - found.created_at, ASKED_FIRST)
        raise jobs.NotYet(caller.now + min(age, ASKED_AT_LEAST_EVERY))


async def _call(gateway: Gateway, payment: Payment, found: Refund) -> Outcome:
    order = RefundOrder(
        workspace_id=payment.workspace_id,
        key=encode_id(_PREFIX, found.id),
        charge_key=encode_id("pay", payment.id),
        charge_reference=payment.gateway_reference or "",
        amount_minor=found.amount_minor,
        currency=found.currency,
        reason=found.reason,
    )
    outcome = await gateway.find_refund(order, found.gateway_reference)
    return await gateway.refund(order) if outcome.became is Became.NOT_FOUND else outcome


async def _reserve(
    caller: Caller,
    invoices: list[Invoice],
    payment: Payment,
    amount_minor: int | None,
    reason: str | None,
) -> Refunded:
    """A pending refund on record, which holds what it will take; a recorded payment's is settled."""
    _require_settled(payment)
    holding = await holding_of(payment)
    overpaid = await _overpaid(payment)
    amount = _within(amount_minor, holding, overpaid)
    made = _new(caller, payment, amount, reason, overpaid_minor=min(amount, overpaid))
    journal = Journal(payment.workspace_id, payment.customer_id, payment.currency, caller.now)
    # What it takes of the credit balance is set aside at once: it could be spent meanwhile.
    move = (Aside.OVERPAYMENT_RETURNED, Account.CREDIT, Account.REFUNDS)
    journal.move(*move, made.overpaid_minor, made.id)
    await change(
        payment,
        {
            "amount_refunding_minor": payment.amount_refunding_minor + amount,
            "overpaid_returned_minor": payment.overpaid_returned_minor + made.overpaid_minor,
        },
    )
    if payment.gateway is None:
        told = await succeed(caller, journal, invoices, payment, made)
        await insert(made, *journal.rows, *told)
    else:
        await insert(made, *journal.rows, _job(caller, made))
    return Refunded(payment.id, made.id)


def _require_settled(payment: Payment) -> None:
    if payment.status == "PENDING":
        message = "This payment is still pending; wait for its outcome."
        raise PaymentInProgress(message, field=("id",), meta={"paymentId": _public(payment.id)})


async def _overpaid(payment: Payment) -> int:
    """What of the overpaid part the customer's credit balance still holds."""
    kept = payment.amount_overpaid_minor - payment.overpaid_returned_minor
    if kept == 0:
        return 0
    held = await credit_balance(payment.workspace_id, payment.customer_id, payment.currency)
    return min(kept, held)


def _within(amount_minor: int | None, holding: Holding, overpaid_minor: int) -> int:
    is_settled = holding.payment.status in SETTLED
    most = holding.free_minor + overpaid_minor if is_settled else 0
    amount = most if amount_minor is None else check_amount(amount_minor)
    if amount > most or most == 0:
        currency = holding.payment.currency
        message = f"Only {to_major(most, currency)} {currency} of it is left to refund."
        raise RefundExceedsRefundable(message, field=("amount",), meta={"max": most})
    return amount


def _new(
    caller: Caller,
    payment: Payment,
    amount_minor: int,
    reason: str | None,
    *,
    overpaid_minor: int = 0,
    credit_note_id: UUID | None = None,
) -> Refund:
    return Refund(
        workspace_id=payment.workspace_id,
        id=new_id(),
        payment_id=payment.id,
        credit_note_id=credit_note_id,
        status="PENDING",
        currency=payment.currency,
        amount_minor=amount_minor,
        overpaid_minor=overpaid_minor,
        reason=reason,
        created_at=caller.now,
    )


def _job(caller: Caller, made: Refund) -> Job:
    payload = {"refund": encode_id(_PREFIX, made.id)}
    return jobs.promised(caller.workspace_id, REFUND_JOB, payload, caller.now + ASKED_FIRST)


def _refused(found: Refund) -> PaymentDeclined:
    meta = {"paymentId": _public(found.payment_id), "failureCode": found.failure_code}
    return PaymentDeclined(found.failure_message or "Nothing was given back.", meta=meta)


def _public(payment_id: UUID) -> str:
    return encode_id("pay", payment_id)
