"""Previews: what saving an input would store, to the unit, without storing it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.totals import Discount, Totals
from resolvers.callers import Caller
from resolvers.invoices import parties
from resolvers.invoices.composing import SAVING, compose
from resolvers.invoices.inputs import InvoiceInput
from resolvers.refusals import under


@dataclass(frozen=True, slots=True)
class Preview:
    """A calculated invoice; `totals.discounts_minor` are what the discounts come to."""

    currency: str
    discounts: tuple[Discount, ...]
    totals: Totals


async def preview(
    caller: Caller, invoice: InvoiceInput, *, path: Sequence[str] = ("invoice",)
) -> Preview:
    """What a draft of this input would come to. Raises what `draft` does, at the same fields.

    Needs INVOICES_READ, as it changes nothing; a caller limited to one customer is refused.
    """
    caller.require("INVOICES_READ")
    caller.require_unlimited()
    with under(*path):
        among = await parties.load(caller.workspace_id, invoice.customer_id, invoice.matter_id)
        content = await compose(invoice, among, caller.now, SAVING)
    return Preview(content.currencies.currency, content.discounts, content.totals)
