"""Events: the row that each change writes about itself, in its own transaction."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from domain.errors import Forbidden
from domain.identifiers import decode_id, encode_id, new_id
from models.credit_notes import CreditNote
from models.customers import Customer
from models.events import Event
from models.invoices import Invoice
from models.payments import Payment
from resolvers import snapshots
from resolvers.callers import Caller
from resolvers.snapshots import Snapshot

SCOPE: Final = "INVOICES_READ"
"""What being told of any event takes; what it is about takes its own scope too."""

SUBJECTS: Final = {
    "INVOICE": "INVOICES_READ",
    "PAYMENT": "PAYMENTS_READ",
    "CREDIT_NOTE": "INVOICES_READ",
    "CUSTOMER": "CUSTOMERS_READ",
}
"""What events are about, the first part of their types, with the scope that reading it takes."""

PAYMENT: Final = "payment"
"""Where the data of invoice.payment_failed hold the payment, beside the invoice that it is about."""

TELLS_PAYMENT: Final = "INVOICE_PAYMENT_FAILED"

_NOUNS = {"inv": "INVOICE", "pay": "PAYMENT", "cn": "CREDIT_NOTE", "cus": "CUSTOMER"}


def subject_of(type_: str) -> str:
    """What events of a type (EventType's name) are about: CREDIT_NOTE of CREDIT_NOTE_VOIDED."""
    [subject] = [noun for noun in SUBJECTS if type_.startswith(f"{noun}_")]
    return subject


def may_read(caller: Caller, subject_id: str) -> bool:
    """Whether a caller may read what an event is about, by its global id."""
    return caller.has(SUBJECTS[_NOUNS[subject_id.partition("_")[0]]])


def check_told(caller: Caller, types: Collection[str], field: str) -> None:
    """Refuses to have someone told of events of these types, or of all where there are none, whom the
    caller could not read: Forbidden with meta {scope}, at (field,) (rules: Callers)."""
    subjects = {subject_of(type_) for type_ in types} or set(SUBJECTS)
    subjects |= {"PAYMENT"} if TELLS_PAYMENT in types else set()
    needed = sorted({SCOPE, *(SUBJECTS[subject] for subject in subjects)})
    lacking = [scope for scope in needed if not caller.has(scope)]
    if lacking:
        message = (
            f"Events of these types take {lacking[0]}, which you lack: nobody is sent what you "
            "may not read."
        )
        raise Forbidden(message, field=(field,), meta={"scope": lacking[0]})


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
