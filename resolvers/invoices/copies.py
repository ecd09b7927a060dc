"""Copies: invoices and credit notes as they were when they were issued, for their documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from models.connections import rows
from models.credit_notes import CreditNote, CreditNoteLine
from models.invoices import Invoice
from models.workspaces import Workspace
from resolvers.invoices import documents
from resolvers.invoices.pay_links import SharedInvoice


@dataclass(frozen=True, slots=True)
class Copy:
    """An issued invoice; `due_on` is the day it was issued with, whatever was granted since."""

    shared: SharedInvoice
    due_on: date


async def find_copy(workspace_id: UUID, invoice_id: UUID, now: datetime) -> Copy | None:
    """The copy of an issued invoice, as of now; None where there is none, or it is a draft."""
    invoice = await Invoice.filter(workspace_id=workspace_id, id=invoice_id).first()
    if invoice is None or invoice.number is None:
        return None
    workspace = await Workspace.filter(workspace_id=workspace_id, id=workspace_id).get()
    lines = await documents.lines_of(invoice)
    there = workspace.test_now or now
    shared = SharedInvoice(invoice, lines, is_test=workspace.mode == "TEST", now=there)
    return Copy(shared, await _due_on_at_first(invoice))


async def _due_on_at_first(invoice: Invoice) -> date:
    """An issued invoice's due date may be moved later; the event of its issue tells the first one."""
    told = await rows(_FIRST_DUE_ON, invoice.workspace_id, invoice.id)
    return told[0]["due_on"] if told else invoice.due_on


@dataclass(frozen=True, slots=True)
class CreditNoteCopy:
    """A credit note, its lines with what they are for, and its invoice."""

    note: CreditNote
    lines: Sequence[tuple[CreditNoteLine, str]]
    invoice: Invoice
    is_test: bool

    @property
    def is_reverse_charge(self) -> bool:
        """Whether some of its taxes are the customer's to pay."""
        return any(row["category"] == "REVERSE_CHARGE" for row in self.note.tax_breakdown)


async def find_credit_note_copy(workspace_id: UUID, note_id: UUID) -> CreditNoteCopy | None:
    """The copy of a credit note; None where there is none."""
    note = await CreditNote.filter(workspace_id=workspace_id, id=note_id).first()
    if note is None:
        return None
    invoice = await Invoice.filter(workspace_id=workspace_id, id=note.invoice_id).get()
    workspace = await Workspace.filter(workspace_id=workspace_id, id=workspace_id).get()
    descriptions = {line.id: line.description for line in await documents.lines_of(invoice)}
    found = CreditNoteLine.filter(workspace_id=workspace_id, credit_note_id=note_id)
    lines = [(line, descriptions[line.line_item_id]) for line in await found.order_by("position")]
    return CreditNoteCopy(note, lines, invoice, is_test=workspace.mode == "TEST")


_FIRST_DUE_ON = """
SELECT (data ->> 'dueOn')::date AS due_on FROM events
WHERE workspace_id = $1 AND invoice_id = $2 AND type = 'invoice.finalized'
ORDER BY at, id LIMIT 1
"""
