"""Copies: an issued invoice as it was when it was issued, for its document."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from models.connections import rows
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


_FIRST_DUE_ON = """
SELECT (data ->> 'dueOn')::date AS due_on FROM events
WHERE workspace_id = $1 AND invoice_id = $2 AND type = 'invoice.finalized'
ORDER BY at, id LIMIT 1
"""
