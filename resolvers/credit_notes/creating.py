"""Creating credit notes: what an invoice is lowered by, and how what was paid of it goes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.calendar import check_issue_date, local_date
from domain.credit_allocation import Balance, Division, divide
from domain.credit_notes import Credit
from domain.identifiers import new_id
from domain.ledger import Account, Entry
from domain.lifecycle import Action, Status, require
from domain.texts import check_optional_text
from models.connections import rows
from models.credit_notes import CreditNote, CreditNoteLine
from models.invoices import Invoice
from models.line_items import LineItem
from models.payments import Refund
from models.workspaces import Workspace
from models.writes import change, insert
from resolvers import events, idempotency, number_series, payments, snapshots
from resolvers.callers import Caller
from resolvers.credit_notes.inputs import NoteInput, check_ways, credit_of, named_lines
from resolvers.credit_notes.rows import Sums, credited_before, note_lines
from resolvers.gateways import Gateways
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.invoices.amendments import next_version, told
from resolvers.ledger import Columns, Journal, Posting, credit_balance, hold_customer, settled
from resolvers.refusals import at

SCOPE = "INVOICES_WRITE"
REFUND_SCOPE = "PAYMENTS_WRITE"
DOCUMENT, CLOSED_BY = "CREDIT_NOTE", "CREDIT_NOTE"
MEMO_LENGTH_MAX = 1000


@dataclass(frozen=True, slots=True)
class Credited:
    """A credit note and the invoice it is of."""

    credit_note_id: UUID
    invoice_id: UUID


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is credited of a locked invoice, and all that the caller said about it."""

    invoice: Invoice
    lines: Sequence[LineItem]
    credit: Credit
    wanted: NoteInput
    memo: str | None


async def create(
    caller: Caller,
    gateways: Gateways,
    wanted: NoteInput,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> Credited:
    """Credits an issued invoice: what is due goes down first, what was paid goes back as asked.

    Refunds go out after commit; one whose outcome nobody knows yet is the worker's. Raises
    Forbidden (a refund takes PAYMENTS_WRITE too), NotFound at ("invoiceId",), Conflict, TooLong,
    InvalidTransition, PeriodClosed, NumberTaken, and what `domain.credit_notes` and
    `domain.credit_allocation` do (rules: Credit notes).
    """
    caller.require(SCOPE)
    if wanted.refund_minor:
        caller.require(REFUND_SCOPE)
    check_ways(wanted)
    memo = check_optional_text(wanted.memo, ("memo",), MEMO_LENGTH_MAX)

    async def act() -> Credited:
        invoice = await documents.locked(
            caller, wanted.invoice_id, expected_version, ("invoiceId",)
        )
        lines = await documents.lines_of(invoice)
        nets = named_lines(wanted, lines)
        with at("invoiceId"):
            require(invoice.status, Action.CREDIT)
        credit = credit_of(wanted, nets, invoice, lines)
        return await _credit(caller, _Asked(invoice, lines, credit, wanted, memo))

    made = await idempotency.run(caller, once, act, Credited)
    if wanted.refund_minor:
        for refund_id in await _pending_refunds(caller, made.credit_note_id):
            await payments.carry_out(caller, gateways, refund_id)
    return made


async def _pending_refunds(caller: Caller, note_id: UUID) -> list[UUID]:
    of_note = Refund.filter(workspace_id=caller.workspace_id, credit_note_id=note_id)
    return [refund.id for refund in await of_note.filter(status="PENDING").order_by("id")]


async def _credit(caller: Caller, asked: _Asked) -> Credited:
    invoice, lines, credit = asked.invoice, asked.lines, asked.credit
    before = snapshots.of_invoice(invoice, lines)
    division = _divided(asked.wanted, invoice, credit.total_minor)
    note_id = new_id()
    sums = note_lines(note_id, invoice, lines, credit, await credited_before(invoice))
    journal = Journal(invoice.workspace_id, invoice.customer_id, invoice.currency, caller.now)
    back = await _given_back(caller, journal, invoice, note_id, division)
    columns = journal.post(invoice, _postings(note_id, credit.total_minor, division))
    closing = settled(invoice, columns, caller.now, CLOSED_BY)
    await raise_credited(invoice, sums.lines)
    note = await _numbered(caller, _note(caller, asked, note_id, sums, division))
    await change(invoice, {**columns, **closing, **next_version(caller, invoice)})
    created = events.of_credit_note(
        caller, "credit_note.created", note, snapshots.of_credit_note(note, sums.lines)
    )
    changed = told(caller, [_event(closing)], invoice, lines, before)
    with number_series.unique(DOCUMENT, note.number):
        await insert(note, *sums.lines, *back.rows, *journal.rows, *back.told, created, *changed)
    return Credited(note_id, invoice.id)


def _divided(wanted: NoteInput, invoice: Invoice, total_minor: int) -> Division:
    balance = Balance(
        invoice.amount_due_minor,
        invoice.amount_paid_minor,
        invoice.credit_balance_applied_minor,
        invoice.amount_written_off_minor,
    )
    return divide(
        total_minor,
        balance,
        invoice.currency,
        refund_minor=wanted.refund_minor,
        credit_balance_minor=wanted.credit_balance_minor,
        out_of_band_minor=wanted.out_of_band_minor,
    )


async def _given_back(
    caller: Caller, journal: Journal, invoice: Invoice, note_id: UUID, division: Division
) -> payments.Promised:
    """Takes out of what payments hold what goes back of them; refunds first, the newest payment first."""
    with at("refundAmount"):
        promised = await payments.refund_for_note(
            caller, journal, invoice, note_id, division.refund_minor
        )
    with at("invoiceId"):
        moved = division.moved_minor + division.out_of_band_minor
        await payments.take_back(invoice, moved, is_moved=True)
    if division.credit_balance_minor:
        # Whoever holds the credit is waited for now, and not with the next number in hand.
        await hold_customer(invoice.workspace_id, invoice.customer_id)
        await credit_balance(invoice.workspace_id, invoice.customer_id, invoice.currency)
    return promised


def _postings(note_id: UUID, total_minor: int, division: Division) -> list[Posting]:
    """What goes back comes first, so that no balance is below zero on the way."""
    return [
        Posting(Entry.CREDIT_BALANCE_RETURNED, division.credit_balance_returned_minor, note_id),
        Posting(Entry.MOVED_TO_CREDIT_BALANCE, division.moved_minor, note_id),
        Posting(Entry.REFUND, division.refund_minor, note_id, against=Account.REFUNDS),
        Posting(Entry.RETURNED_OUT_OF_BAND, division.out_of_band_minor, note_id),
        Posting(Entry.WRITE_OFF_REVERSED, division.write_off_reversed_minor, note_id),
        Posting(Entry.CREDIT_NOTE, -total_minor, note_id),
    ]


def _note(
    caller: Caller, asked: _Asked, note_id: UUID, sums: Sums, division: Division
) -> CreditNote:
    last, invoice = sums.lines[-1], asked.invoice
    return CreditNote(
        workspace_id=invoice.workspace_id,
        id=note_id,
        invoice_id=invoice.id,
        status="ISSUED",
        reason=asked.wanted.reason,
        memo=asked.memo,
        currency=invoice.currency,
        tax_breakdown=sums.breakdown,
        line_count=len(sums.lines),
        subtotal_minor=last.net_through_minor,
        tax_minor=last.tax_through_minor,
        total_minor=last.net_through_minor + last.tax_through_minor,
        pre_payment_minor=division.pre_payment_minor,
        written_off_minor=division.write_off_reversed_minor,
        post_payment_minor=division.post_payment_minor,
        refunded_minor=division.refund_minor,
        credit_balance_minor=division.credit_balance_minor,
        out_of_band_minor=division.out_of_band_minor,
        issued_at=caller.now,
        created_at=caller.now,
    )


async def _numbered(caller: Caller, note: CreditNote) -> CreditNote:
    """The note with its number, taken after all that could be refused or wait."""
    place = note.workspace_id
    seller = await Workspace.get(workspace_id=place, id=place)
    issued_on = local_date(caller.now, seller.time_zone)
    taken = await number_series.take(place, seller.mode, DOCUMENT, issued_on)
    await _check_books(caller, seller)
    return note.update_from_dict(
        {
            "series_id": taken.series_id,
            "number_period": taken.period,
            "number_sequence": taken.sequence,
            "number_first": taken.first,
            "number": taken.text,
        }
    )


async def _check_books(caller: Caller, seller: Workspace) -> None:
    """Whoever closes the books waits for the numbers that were taken, and later ones see it."""
    [found] = await rows(
        "SELECT closed_through FROM workspaces WHERE workspace_id = $1 AND id = $1", seller.id
    )
    with at("invoiceId"):
        check_issue_date(
            issued_at=caller.now,
            now=caller.now,
            zone=seller.time_zone,
            closed_through=found["closed_through"],
        )


async def raise_credited(invoice: Invoice, lines: Sequence[CreditNoteLine], sign: int = 1) -> None:
    """Raises what is credited of a locked invoice's lines by a note's; `sign` -1 takes it back."""
    await rows(
        "UPDATE line_items AS line SET credited_net_minor = line.credited_net_minor + given.net, "
        "credited_tax_minor = line.credited_tax_minor + given.tax "
        "FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS given(id, net, tax) "
        "WHERE line.workspace_id = $1 AND line.id = given.id",
        invoice.workspace_id,
        [line.line_item_id for line in lines],
        [sign * line.net_minor for line in lines],
        [sign * line.tax_minor for line in lines],
    )


def _event(closing: Columns) -> str:
    return "invoice.paid" if closing.get("status") == Status.PAID else "invoice.updated"
