"""Recomputing tax: a draft's automatic taxes are looked up again; those that were given stay."""

from uuid import UUID

from domain.calendar import Due
from domain.lifecycle import Action, require
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import documents, parties
from resolvers.invoices.amendments import differing
from resolvers.invoices.composing import Judged, compose
from resolvers.invoices.drafts import SCOPE, rewrite
from resolvers.invoices.inputs import read_back
from resolvers.refusals import at

_CONTENT_ALONE = Judged(parties=False, dates=False)


async def recompute_tax(
    caller: Caller,
    invoice_id: UUID,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Looks the automatic taxes of a draft up again, as of its issue date; its id.

    Customer, rates and date are as they are now. Where that changes nothing there is no new version
    and no event, so a second time never does anything. Raises Forbidden, NotFound at ("id",),
    Conflict and InvoiceNotDraft (rules: Tax look-up).
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.UPDATE)
        lines = await documents.lines_of(invoice)
        among = await parties.load(caller.workspace_id, invoice.customer_id, invoice.matter_id)
        wanted = read_back(invoice, lines, among.seller.currency)
        due = Due(invoice.due_at, invoice.due_on)
        with at("id"):
            content = await compose(wanted, among, caller.now, _CONTENT_ALONE, due)
        ids = [line.id for line in lines]
        fresh = documents.line_rows(invoice.workspace_id, invoice.id, content, ids)
        is_same = documents.are_same(lines, fresh)
        if not is_same or differing(invoice, documents.columns(among, content)):
            await rewrite(caller, invoice, lines, among, content, ids)
        return invoice.id

    return await idempotency.run(caller, once, act)
