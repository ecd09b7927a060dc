"""Copies: a credit note with all that its document says."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.credit_notes import CreditNote, CreditNoteLine
from models.invoices import Invoice
from models.workspaces import Workspace
from resolvers.invoices import documents


@dataclass(frozen=True, slots=True)
class Copy:
    """A credit note, its lines with what they are for, and its invoice."""

    note: CreditNote
    lines: Sequence[tuple[CreditNoteLine, str]]
    invoice: Invoice
    is_test: bool

    @property
    def is_reverse_charge(self) -> bool:
        """Whether some of its taxes are the customer's to pay."""
        return any(row["category"] == "REVERSE_CHARGE" for row in self.note.tax_breakdown)


async def find_copy(workspace_id: UUID, note_id: UUID) -> Copy | None:
    """The copy of a credit note; None where there is none."""
    note = await CreditNote.filter(workspace_id=workspace_id, id=note_id).first()
    if note is None:
        return None
    invoice = await Invoice.filter(workspace_id=workspace_id, id=note.invoice_id).get()
    workspace = await Workspace.filter(workspace_id=workspace_id, id=workspace_id).get()
    descriptions = {line.id: line.description for line in await documents.lines_of(invoice)}
    found = CreditNoteLine.filter(workspace_id=workspace_id, credit_note_id=note_id)
    lines = [(line, descriptions[line.line_item_id]) for line in await found.order_by("position")]
    return Copy(note, lines, invoice, is_test=workspace.mode == "TEST")
