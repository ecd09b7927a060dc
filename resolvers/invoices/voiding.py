"""Voiding: an issued invoice that is not owed after all; it keeps its number and its content."""

from uuid import UUID

from domain.ledger import Entry
from domain.lifecycle import Status, require_voidable
from domain.limits import REASON_LENGTH_MAX
from domain.texts import check_optional_text
from models.invoices import Invoice
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.invoices.amendments import amend
from resolvers.invoices.drafts import SCOPE
from resolvers.ledger import Journal, Posting, next_leg


async def void(
    caller: Caller,
    invoice_id: UUID,
    reason: str | None = None,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Voids an invoice on which nothing was paid: nothing is due any more. Its id.

    Raises Forbidden, NotFound at ("id",), Conflict, TooLong, InvalidTransition and
    InvoiceHasPayments (rules: Void, write-off, recovery, interest).
    """
    caller.require(SCOPE)
    why = check_optional_text(reason, ("reason",), REASON_LENGTH_MAX)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require_voidable(
            invoice.status,
            amount_paid_minor=invoice.amount_paid_minor,
            has_credit_notes=invoice.amount_credited_minor > 0,
            has_pending_payment=await documents.pending_payment(invoice) is not None,
        )
        journal = Journal(invoice.workspace_id, invoice.customer_id, invoice.currency, caller.now)
        columns = {
            **journal.post(invoice, _reversals(invoice)),
            "status": Status.VOID.value,
            "voided_at": caller.now,
            "void_reason": why,
        }
        lines = await documents.lines_of(invoice)
        await amend(caller, invoice, lines, columns, "invoice.voided", *journal.rows)
        return invoice.id

    return await idempotency.run(caller, once, act)


def _reversals(invoice: Invoice) -> list[Posting]:
    """What takes all that is on its ledger back: credit that paid of it, losses, interest, itself."""
    source, leg = invoice.id, next_leg(invoice)
    return [
        Posting(Entry.WRITE_OFF_REVERSED, invoice.amount_written_off_minor, source, leg),
        Posting(Entry.CREDIT_BALANCE_RETURNED, invoice.credit_balance_applied_minor, source, leg),
        Posting(Entry.INTEREST_WAIVED, -invoice.interest_minor, source, leg),
        Posting(Entry.VOIDED, -invoice.total_minor, source),
    ]
