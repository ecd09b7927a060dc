"""Events: the row that each change writes about itself, in its own transaction."""

from uuid import UUID

from domain.identifiers import decode_id, encode_id, new_id
from models.credit_notes import CreditNote
from models.customers import Customer
from models.events import Event
from models.invoices import Invoice
from models.payments import Payment
from resolvers import snapshots
from resolvers.callers import Caller
from resolvers.snapshots import Snapshot


def of_invoice(
    caller: Caller,
    type_: str,
    invoice: Invoice,
    data: Snapshot,
    before: Snapshot | None = None,
) -> Event:
    """An event of an invoice such as invoice.finalized, with the invoice's snapshot right after.

    `before` is the snapshot right before, where there was one: what differs from it is told.
    """
    subject = encode_id("inv", invoice.id)
    return _made(caller, type_, subject, data, before, invoice.id)


def of_customer(
    caller: Caller, type_: str, customer: Customer, before: Snapshot | None = None
) -> Event:
    """An event of a customer: customer.created or customer.updated."""
    subject = encode_id("cus", customer.id)
    return _made(caller, type_, subject, snapshots.of_customer(customer), before)


def of_payment(
    caller: Caller, type_: str, payment: Payment, data: Snapshot, before: Snapshot | None = None
) -> Event:
    """An event of a payment: payment.succeeded or payment.refunded; of its invoice's, where it has one."""
    subject = encode_id("pay", payment.id)
    parts = data["allocations"]
    invoice_id = decode_id("inv", parts[0]["invoiceId"]) if len(parts) == 1 else None
    return _made(caller, type_, subject, data, before, invoice_id)


def of_credit_note(
    caller: Caller, type_: str, note: CreditNote, data: Snapshot, before: Snapshot | None = None
) -> Event:
    """An event of a credit note: credit_note.created or credit_note.voided."""
    return _made(caller, type_, encode_id("cn", note.id), data, before, note.invoice_id)


def _made(
    caller: Caller,
    type_: str,
    subject_id: str,
    data: Snapshot,
    before: Snapshot | None,
    invoice_id: UUID | None = None,
) -> Event:
    return Event(
        workspace_id=caller.workspace_id,
        id=new_id(),
        type=type_,
        subject_id=subject_id,
        invoice_id=invoice_id,
        data=data,
        previous=None if before is None else snapshots.difference(before, data),
        actor=caller.actor,
        at=caller.now,
    )
