"""Settling refunds: what a gateway says of one becomes what the ledger says, once."""

from collections.abc import Sequence
from uuid import UUID

from domain.ledger import Account, Aside
from models.credit_notes import CreditNote
from models.events import Event
from models.invoices import Invoice
from models.payments import Payment, PaymentAllocation, Refund
from models.transactions import transaction
from models.writes import change, insert
from resolvers import events, snapshots
from resolvers.callers import Caller
from resolvers.gateways import Became, Outcome
from resolvers.ledger import Journal, hold_customer
from resolvers.payments.booking import give_back, keep_as_credit
from resolvers.payments.holdings import holding_of, reserved, take_of_payment
from resolvers.payments.settling import allocations_of, bounded
from resolvers.refusals import not_found

REFUNDED = "payment.refunded"


async def settle_refund(caller: Caller, refund_id: UUID, outcome: Outcome) -> Refund:
    """Settles a pending refund by what its gateway says, in one transaction; the refund after it.

    Whatever arrives twice or late changes nothing. What could not be given back stays with its
    payment; on behalf of a credit note it becomes the customer's credit.
    """
    return await transaction(
        caller.workspace_id, lambda: settle_refund_within(caller, refund_id, outcome)
    )


async def settle_refund_within(caller: Caller, refund_id: UUID, outcome: Outcome) -> Refund:
    """The same, inside a transaction that is open."""
    found = Refund.filter(workspace_id=caller.workspace_id, id=refund_id)
    invoices, payment = await locked_payment(caller, (await found.get()).payment_id)
    refund = await found.get()
    if refund.status != "PENDING":
        return refund
    if outcome.became is Became.SUCCEEDED:
        journal = _journal(caller, payment)
        told = await succeed(caller, journal, invoices, payment, refund, outcome)
        await change(refund, _settled(refund))
        await insert(*journal.rows, *told)
    elif outcome.became is Became.FAILED:
        await _fail(caller, invoices, payment, refund, outcome)
    elif outcome.became is Became.PENDING and refund.gateway_reference is None:
        await change(refund, {"gateway_reference": outcome.reference})
    return refund


async def locked_payment(caller: Caller, payment_id: UUID) -> tuple[list[Invoice], Payment]:
    """A payment and all invoices that it pays, locked: invoices first, by id, as everywhere.

    Which those are never changes. Raises NotFound at ("id",).
    """
    place = caller.workspace_id
    paid = PaymentAllocation.filter(workspace_id=place, payment_id=payment_id)
    ids = await paid.values_list("invoice_id", flat=True)
    of_them = Invoice.filter(workspace_id=place, id__in=ids).order_by("id")
    invoices = await of_them.select_for_update(no_key=True)
    found = Payment.filter(workspace_id=place, id=payment_id)
    payment = await found.select_for_update(no_key=True).first()
    if payment is None:
        raise not_found("id")
    return invoices, payment


async def succeed(
    caller: Caller,
    journal: Journal,
    invoices: Sequence[Invoice],
    payment: Payment,
    refund: Refund,
    outcome: Outcome | None = None,
) -> list[Event]:
    """Books a refund that was paid, on its locked payment and invoices; the events to write last.

    The refund itself is changed in memory alone: its row may be new.
    """
    before = snapshots.of_payment(payment, await allocations_of(payment))
    told: list[Event] = []
    set_aside = refund.overpaid_minor
    if refund.credit_note_id is not None:
        set_aside = refund.amount_minor
    elif reserved(refund):
        told += await _reopen(caller, journal, invoices, payment, refund)
    journal.move(Aside.REFUND_PAID, Account.REFUNDS, Account.CASH, set_aside, refund.id)
    done = payment.amount_refunded_minor + refund.amount_minor
    await change(
        payment,
        {
            "status": "REFUNDED" if done == payment.amount_minor else "PARTIALLY_REFUNDED",
            "amount_refunded_minor": done,
            "amount_refunding_minor": payment.amount_refunding_minor - refund.amount_minor,
            "updated_at": caller.now,
        },
    )
    reference = outcome.reference if outcome else None
    _set(
        refund,
        status="SUCCEEDED",
        settled_at=caller.now,
        gateway_reference=reference or refund.gateway_reference,
    )
    after = snapshots.of_payment(payment, await allocations_of(payment))
    return [events.of_payment(caller, REFUNDED, payment, after, before), *told]


async def _reopen(
    caller: Caller,
    journal: Journal,
    invoices: Sequence[Invoice],
    payment: Payment,
    refund: Refund,
) -> list[Event]:
    by_id = {invoice.id: invoice for invoice in invoices}
    told: list[Event] = []
    for taken in await take_of_payment(await holding_of(payment), reserved(refund)):
        invoice, leg = by_id[taken.part.invoice_id], taken.part.position
        told += await give_back(caller, journal, invoice, taken.minor, refund.id, leg)
    return told


async def _fail(
    caller: Caller,
    invoices: Sequence[Invoice],
    payment: Payment,
    refund: Refund,
    outcome: Outcome,
) -> None:
    """Nothing was given back: what was set aside for it is the customer's credit."""
    journal = _journal(caller, payment)
    kept = refund.overpaid_minor
    if kept or refund.credit_note_id:
        await hold_customer(payment.workspace_id, payment.customer_id)
    journal.move(Aside.REFUND_KEPT, Account.REFUNDS, Account.CREDIT, kept, refund.id)
    columns = {
        "amount_refunding_minor": payment.amount_refunding_minor - refund.amount_minor,
        "overpaid_returned_minor": payment.overpaid_returned_minor - refund.overpaid_minor,
        "updated_at": caller.now,
    }
    await change(payment, columns)
    told: list[Event] = []
    if refund.credit_note_id is not None:
        invoice_id = await _keep_as_credit(refund)
        [invoice] = [one for one in invoices if one.id == invoice_id]
        told = await keep_as_credit(caller, journal, invoice, refund.amount_minor, refund.id)
    _set(
        refund,
        status="FAILED",
        settled_at=caller.now,
        gateway_reference=outcome.reference or refund.gateway_reference,
        failure_code=bounded(outcome.failure_code) or "failed",
        failure_message=bounded(outcome.failure_message),
    )
    await change(refund, _settled(refund))
    await insert(*journal.rows, *told)


async def _keep_as_credit(refund: Refund) -> UUID:
    """What a credit note was to refund went to the credit balance after all: the note says so.

    The id of its invoice.
    """
    place = refund.workspace_id
    note = await CreditNote.get(workspace_id=place, id=refund.credit_note_id)
    moved = {
        "refunded_minor": note.refunded_minor - refund.amount_minor,
        "credit_balance_minor": note.credit_balance_minor + refund.amount_minor,
    }
    await change(note, moved)
    [part] = await PaymentAllocation.filter(
        workspace_id=place, payment_id=refund.payment_id, invoice_id=note.invoice_id
    )
    await change(part, {"moved_minor": part.moved_minor + refund.amount_minor})
    return note.invoice_id


def _journal(caller: Caller, payment: Payment) -> Journal:
    return Journal(payment.workspace_id, payment.customer_id, payment.currency, caller.now)


_OUTCOME = ("status", "settled_at", "gateway_reference", "failure_code", "failure_message")


def _set(refund: Refund, **columns: object) -> None:
    refund.update_from_dict(columns)


def _settled(refund: Refund) -> dict[str, object]:
    return {name: getattr(refund, name) for name in _OUTCOME}
