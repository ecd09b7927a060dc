"""Sending: an invoice goes live if it is not yet, and its pay link goes to the customer by mail."""

from uuid import UUID

from domain.errors import InvalidArgument, refuse_any
from domain.lifecycle import Action, Status, require
from models.invoices import Invoice
from models.writes import insert
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import deliveries, documents, parties
from resolvers.invoices.composing import SENDING
from resolvers.invoices.drafts import SCOPE
from resolvers.invoices.finalizing import finalize_draft, issue_new
from resolvers.invoices.inputs import InvoiceInput
from resolvers.refusals import at, under


async def send(
    caller: Caller,
    invoice_id: UUID | None = None,
    invoice: InvoiceInput | None = None,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Sends a new invoice, or one that exists: exactly one of the two is given. Its id.

    The mail is a job in the same transaction; sentAt is set when the mail server took it. A draft
    goes live first, with all that `finalize` refuses; an issued invoice is mailed again. Raises
    EmailMissing and EmailConsentMissing as well, and InvalidTransition for void or uncollectible
    ones; at ("invoice", …) for a new invoice, else at ("id",).
    """
    caller.require(SCOPE)
    if (invoice_id is None) == (invoice is None):
        raise InvalidArgument("Give either id or invoice.", field=("id",))

    async def act() -> UUID:
        if invoice is not None:
            with under("invoice"):
                return await issue_new(caller, invoice, SENDING)
        assert invoice_id is not None
        found = await documents.locked(caller, invoice_id, expected_version)
        require(found.status, Action.SEND)
        with at("id"):
            await _send(caller, found)
        return found.id

    return await idempotency.run(caller, once, act)


async def _send(caller: Caller, invoice: Invoice) -> None:
    if invoice.status == Status.DRAFT:
        await finalize_draft(caller, invoice, SENDING)
        return
    among = await parties.load(caller.workspace_id, invoice.customer_id, None)
    refuse_any(list(parties.mailable(among.buyer)))
    await insert(deliveries.promised(caller, invoice.id))
