"""Invoices: every act on them, from the first draft to the void."""

from resolvers.invoices.copies import Copy, find_copy
from resolvers.invoices.deliveries import (
    MAIL_JOB,
    Delivery,
    find_delivery,
    invoice_of,
    mark_sent,
)
from resolvers.invoices.drafts import delete, draft, duplicate, update
from resolvers.invoices.finalizing import finalize, issue
from resolvers.invoices.inputs import InvoiceInput
from resolvers.invoices.lateness import Late, charge_next, tell_next
from resolvers.invoices.line_items import LineResult, add_line, remove_line, update_line
from resolvers.invoices.losses import (
    mark_uncollectible,
    unmark_uncollectible,
    waive_interest,
    write_off,
)
from resolvers.invoices.pay_links import SharedInvoice, find_by_pay_token, rotate_pay_link
from resolvers.invoices.previews import Preview, preview
from resolvers.invoices.recomputing import recompute_tax
from resolvers.invoices.sending import send
from resolvers.invoices.voiding import void

__all__ = [
    "MAIL_JOB",
    "Copy",
    "Delivery",
    "InvoiceInput",
    "Late",
    "LineResult",
    "Preview",
    "SharedInvoice",
    "add_line",
    "charge_next",
    "delete",
    "draft",
    "duplicate",
    "finalize",
    "find_by_pay_token",
    "find_copy",
    "find_delivery",
    "invoice_of",
    "issue",
    "mark_sent",
    "mark_uncollectible",
    "preview",
    "recompute_tax",
    "remove_line",
    "rotate_pay_link",
    "send",
    "tell_next",
    "unmark_uncollectible",
    "update",
    "update_line",
    "void",
    "waive_interest",
    "write_off",
]
