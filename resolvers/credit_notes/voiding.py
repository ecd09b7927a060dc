"""Voiding credit notes: what one took off is due again, and its money comes back from where it is."""

from uuid import UUID

from domain.credit_notes import check_note_voidable
from domain.errors import CreditNoteNotVoidable
from domain.ledger import Entry
from domain.lifecycle import Status
from models.connections import rows
from models.credit_notes import CreditNote, CreditNoteLine
from models.invoices import Invoice
from models.writes import change, insert
from resolvers import events, idempotency, payments, snapshots
from resolvers.callers import Caller
from resolvers.credit_notes.creating import CLOSED_BY, SCOPE, Credited, raise_credited
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.invoices.amendments import next_version, told
from resolvers.ledger import Columns, Journal, Posting, credit_balance, settled
from resolvers.refusals import at, not_found


async def void(caller: Caller, credit_note_id: UUID, *, once: Once | None = None) -> Credited:
    """Takes a credit note back: its invoice owes and was paid what it was before. It keeps its number.

    Raises Forbidden, NotFound at ("id",), and CreditNoteNotVoidable where it is void already, money
    of it was given back, or the customer spent what it put on the credit balance (rules: Credit
    notes).
    """
    caller.require(SCOPE)

    async def act() -> Credited:
        invoice, note = await _locked(caller, credit_note_id)
        if note.status == "VOID":
            raise CreditNoteNotVoidable("This credit note is void already.", field=("id",))
        await _void(caller, invoice, note)
        return Credited(note.id, invoice.id)

    return await idempotency.run(caller, once, act, Credited)


async def _locked(caller: Caller, credit_note_id: UUID) -> tuple[Invoice, CreditNote]:
    """The note and its invoice, which is locked first, as everywhere."""
    of_it = CreditNote.filter(workspace_id=caller.workspace_id, id=credit_note_id)
    found = await of_it.first()
    if found is None:
        raise not_found("id")
    invoice = await documents.locked(caller, found.invoice_id, None)
    return invoice, await of_it.select_for_update(no_key=True).get()


async def _void(caller: Caller, invoice: Invoice, note: CreditNote) -> None:
    lines = await documents.lines_of(invoice)
    before = snapshots.of_invoice(invoice, lines)
    taken = await _lines_of(note)
    noted = snapshots.of_credit_note(note, taken)
    returned = await _returned(note)
    await _take_money_back(invoice, note, returned)
    journal = Journal(invoice.workspace_id, invoice.customer_id, invoice.currency, caller.now)
    columns = journal.post(invoice, _postings(invoice, note, returned))
    closing = _closing(caller, invoice, columns)
    await raise_credited(invoice, taken, -1)
    await change(note, {"status": "VOID", "voided_at": caller.now})
    await change(invoice, {**columns, **closing, **next_version(caller, invoice)})
    voided = events.of_credit_note(
        caller, "credit_note.voided", note, snapshots.of_credit_note(note, taken), noted
    )
    changed = told(caller, ["invoice.updated"], invoice, lines, before)
    await insert(*journal.rows, voided, *changed)


async def _lines_of(note: CreditNote) -> list[CreditNoteLine]:
    found = CreditNoteLine.filter(workspace_id=note.workspace_id, credit_note_id=note.id)
    return await found.order_by("position")


async def _returned(note: CreditNote) -> int:
    """What of the credit that the note gave had come from the credit balance itself, in minor units."""
    found = await rows(
        "SELECT coalesce(sum(entry_minor), 0)::bigint AS minor FROM ledger_transfers "
        "WHERE workspace_id = $1 AND source_id = $2 AND kind = 'CREDIT_BALANCE_RETURNED'",
        note.workspace_id,
        note.id,
    )
    return int(found[0]["minor"])


async def _take_money_back(invoice: Invoice, note: CreditNote, returned_minor: int) -> None:
    """Puts what was moved back on its payments, and makes sure that the credit balance holds it."""
    with at("id"):
        check_note_voidable(
            returned_minor=note.refunded_minor + note.out_of_band_minor,
            credit_balance_minor=0,
            customer_balance_minor=0,
        )
        await payments.put_back(invoice, note.credit_balance_minor - returned_minor)
        held = await credit_balance(invoice.workspace_id, invoice.customer_id, invoice.currency)
        check_note_voidable(
            returned_minor=0,
            credit_balance_minor=note.credit_balance_minor,
            customer_balance_minor=held,
        )


def _postings(invoice: Invoice, note: CreditNote, returned_minor: int) -> list[Posting]:
    """What is due again comes first, so that no balance is below zero on the way."""
    moved = note.credit_balance_minor - returned_minor
    owed = note.total_minor - note.credit_balance_minor
    forgiven = note.written_off_minor if invoice.status == Status.PAID else 0
    lost = owed if _is_lost(invoice) else forgiven
    return [
        Posting(Entry.CREDIT_NOTE_VOIDED, note.total_minor, note.id),
        Posting(Entry.MOVED_TO_CREDIT_BALANCE, -moved, note.id, leg=1),
        Posting(Entry.CREDIT_BALANCE_APPLIED, -returned_minor, note.id),
        Posting(Entry.WRITE_OFF, -lost, note.id),
    ]


def _is_lost(invoice: Invoice) -> bool:
    """Whether it was given up as lost, be it that recoveries or credit notes settled it since."""
    was = invoice.status == Status.PAID and invoice.marked_uncollectible_at is not None
    return was or invoice.status == Status.UNCOLLECTIBLE


def _closing(caller: Caller, invoice: Invoice, columns: Columns) -> Columns:
    if _is_lost(invoice) and columns["amount_written_off_minor"]:
        return {"status": Status.UNCOLLECTIBLE.value, "paid_at": None, "closed_by": None}
    return settled(invoice, columns, caller.now, CLOSED_BY)
