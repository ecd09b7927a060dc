"""Voiding: an issued invoice that is not owed after all; it keeps its number and its content."""

from uuid import UUID

from domain.lifecycle import Status, require_voidable
from domain.texts import check_optional_text
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.invoices.amendments import amend
from resolvers.invoices.drafts import SCOPE

REASON_LENGTH_MAX = 1000


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
        require_voidable(invoice.status, amount_paid_minor=invoice.amount_paid_minor)
        columns = {
            "status": Status.VOID.value,
            "voided_at": caller.now,
            "void_reason": why,
            "amount_due_minor": 0,
        }
        lines = await documents.lines_of(invoice)
        await amend(caller, invoice, lines, columns, "invoice.voided")
        return invoice.id

    return await idempotency.run(caller, once, act)
