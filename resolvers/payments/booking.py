"""Booking: what money that came in, or went back, does to an invoice and its ledger."""

from uuid import UUID

from domain.ledger import Account, Entry
from domain.lifecycle import Status
from models.events import Event
from models.invoices import Invoice
from models.writes import change
from resolvers import snapshots
from resolvers.callers import Caller
from resolvers.invoices import documents
from resolvers.invoices.amendments import next_version, told
from resolvers.ledger import Columns, Journal, Posting, settled

CLOSED_BY = "PAYMENT"
_PAYABLE = (Status.OPEN, Status.PARTIALLY_PAID)


def balance_of(invoice: Invoice) -> int:
    """What an invoice takes at most, in minor units: what is due, or of a lost one what is written off."""
    if invoice.status == Status.UNCOLLECTIBLE:
        return invoice.amount_written_off_minor
    return invoice.amount_due_minor if invoice.status in _PAYABLE else 0


async def pay_down(
    caller: Caller,
    journal: Journal,
    invoice: Invoice,
    amount_minor: int,
    payment_id: UUID,
    leg: int = 0,
) -> list[Event]:
    """Books what a payment pays of a locked invoice, at most its balance; the event to write.

    `leg` tells the invoices of one payment apart. A payment on an UNCOLLECTIBLE invoice recovers
    it: the write-off goes down, and what was paid goes up (rules: Void, write-off, recovery).
    """
    if amount_minor == 0:
        return []
    is_lost = invoice.status == Status.UNCOLLECTIBLE
    recovered = Posting(Entry.RECOVERY, amount_minor, payment_id, leg)
    paid = Posting(Entry.PAYMENT, -amount_minor, payment_id, leg)
    columns = journal.post(invoice, [recovered, paid] if is_lost else [paid])
    closing = settled(invoice, columns, caller.now, CLOSED_BY)
    if is_lost:
        event = "invoice.recovered"
    else:
        is_paid = closing.get("status") == Status.PAID
        event = "invoice.paid" if is_paid else "invoice.partially_paid"
    return await _amended(caller, invoice, {**columns, **closing}, event)


async def give_back(
    caller: Caller,
    journal: Journal,
    invoice: Invoice,
    amount_minor: int,
    refund_id: UUID,
    leg: int = 0,
) -> list[Event]:
    """Books what a bare refund takes back of a locked invoice: that is due again; the event to write.

    On an UNCOLLECTIBLE invoice it is written off instead: nothing is due there.
    """
    entries = [Posting(Entry.REFUND, amount_minor, refund_id, leg)]
    if invoice.status == Status.UNCOLLECTIBLE:
        entries.append(Posting(Entry.WRITE_OFF, -amount_minor, refund_id, leg))
    columns = journal.post(invoice, entries)
    closing = settled(invoice, columns, caller.now, CLOSED_BY)
    return await _amended(caller, invoice, {**columns, **closing}, "invoice.updated")


async def keep_as_credit(
    caller: Caller, journal: Journal, invoice: Invoice, amount_minor: int, refund_id: UUID
) -> list[Event]:
    """Books that what a credit note was to refund is the customer's credit after all; the event.

    The refund is taken back and the amount moved: the invoice of the note owes what it did.
    """
    entries = [
        Posting(Entry.MOVED_TO_CREDIT_BALANCE, amount_minor, refund_id),
        Posting(Entry.REFUND, -amount_minor, refund_id, against=Account.REFUNDS),
    ]
    columns = journal.post(invoice, entries)
    return await _amended(caller, invoice, columns, "invoice.updated")


async def _amended(caller: Caller, invoice: Invoice, columns: Columns, event: str) -> list[Event]:
    lines = await documents.lines_of(invoice)
    before = snapshots.of_invoice(invoice, lines)
    await change(invoice, {**columns, **next_version(caller, invoice)})
    return told(caller, [event], invoice, lines, before)
