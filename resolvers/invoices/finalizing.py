"""Finalizing: a draft goes live, or a new invoice does at once; nothing happens half way."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.ledger import Entry
from domain.lifecycle import Action, after_finalize, closed_by_finalize, require
from models.invoices import Invoice
from models.tables import Table
from models.writes import change, insert
from resolvers import idempotency, number_series, snapshots
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import deliveries, documents, parties, pay_links
from resolvers.invoices.amendments import next_version, told
from resolvers.invoices.composing import ISSUING, Content, Judged, compose
from resolvers.invoices.drafts import SCOPE
from resolvers.invoices.inputs import InvoiceInput, read_back
from resolvers.invoices.parties import Parties
from resolvers.ledger import Journal, Posting, credit_balance
from resolvers.refusals import at, under

DOCUMENT = "INVOICE"
LOCKED = "invoice.fx_rate_locked"
FINALIZED, PAID = "invoice.finalized", "invoice.paid"


async def issue(
    caller: Caller,
    invoice: InvoiceInput,
    *,
    once: Once | None = None,
    path: Sequence[str] = ("invoice",),
) -> UUID:
    """Creates an invoice and makes it live in one transaction; its id.

    Any refusal leaves nothing and uses no number. Raises what `draft` and `finalize` do, at the
    fields of the input under `path`.
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        with under(*path):
            return await issue_new(caller, invoice, ISSUING)

    return await idempotency.run(caller, once, act)


async def finalize(
    caller: Caller,
    invoice_id: UUID,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Makes a draft live: OPEN, or PAID where nothing is due; its id.

    In one transaction under the invoice's lock: version and status; customer, matter, lines, due
    date, tax ids, currencies as they are now; totals; snapshots of seller and customer; the pay
    link; the number last; events (rules: Lifecycle). Raises Forbidden, NotFound, Conflict,
    InvalidTransition, and at ("id",) CustomerArchived, MatterClosed, NoLines, DueBeforeIssue,
    IssueDateInFuture, IssueDateOutOfOrder, PeriodClosed, TaxIdRequired, TaxNotComputed,
    FxRateUnavailable, FxRateStale, NumberTaken and whatever else the draft's content refuses by now.
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.FINALIZE)
        with at("id"):
            await finalize_draft(caller, invoice, ISSUING)
        return invoice.id

    return await idempotency.run(caller, once, act)


async def issue_new(caller: Caller, wanted: InvoiceInput, judged: Judged, **origin: Any) -> UUID:
    """A new live invoice, with its mail where that is judged; inside a transaction.

    `origin` are the columns that say what made it.
    """
    among = await parties.load(caller.workspace_id, wanted.customer_id, wanted.matter_id)
    content = await compose(wanted, among, caller.now, judged)
    invoice = documents.new(caller, among, content, **origin)
    lines = documents.line_rows(invoice.workspace_id, invoice.id, content)
    columns, companions = await _sealed(caller, invoice, among, content, judged)
    invoice.update_from_dict(columns)
    with number_series.unique(DOCUMENT, columns["number"]):
        await insert(invoice, *lines, *companions, *told(caller, _events(invoice), invoice, lines))
    return invoice.id


async def finalize_draft(caller: Caller, invoice: Invoice, judged: Judged) -> None:
    """Makes a locked draft live, with its mail where that is judged."""
    lines = await documents.lines_of(invoice)
    among = await parties.load(caller.workspace_id, invoice.customer_id, invoice.matter_id)
    content = await compose(
        read_back(invoice, lines, among.seller.currency), among, caller.now, judged
    )
    before = snapshots.of_invoice(invoice, lines)
    fresh = documents.line_rows(
        invoice.workspace_id, invoice.id, content, [line.id for line in lines]
    )
    await documents.replace_lines(invoice, lines, fresh)
    sealed, companions = await _sealed(caller, invoice, among, content, judged)
    columns = {**documents.columns(among, content), **sealed, **next_version(caller, invoice)}
    with number_series.unique(DOCUMENT, sealed["number"]):
        await change(invoice, columns)
    await insert(*companions, *told(caller, _events(invoice), invoice, fresh, before))


async def _sealed(
    caller: Caller, invoice: Invoice, among: Parties, content: Content, judged: Judged
) -> tuple[dict[str, Any], list[Table]]:
    """The columns that make an invoice live, and the rows that come with it; the number last."""
    at_rate = content.locked.columns if content.locked else {}
    # Entries of the ledger are settled at this rate, so it is known before they are made.
    invoice.update_from_dict({"settlement_currency": content.currencies.settlement, **at_rate})
    token, link = pay_links.new_link(invoice.workspace_id, invoice.id)
    mail = [deliveries.promised(caller, invoice.id)] if judged.mail else []
    booked, journal = await _booked(caller, invoice, among, content)
    total, due = content.totals.total_minor, booked["amount_due_minor"]
    closed_by = closed_by_finalize(total, due)
    number = await _numbered(caller, among, content)
    columns = {
        **at_rate,
        **booked,
        "status": after_finalize(due).value,
        "issued_at": content.when.issued_at,
        "closed_by": closed_by,
        "paid_at": caller.now if closed_by else None,
        "seller": among.seller.snapshot,
        "buyer": among.buyer.snapshot,
        "pay_token": token,
        "series_id": number.series_id,
        "number_period": number.period,
        "number_sequence": number.sequence,
        "number_first": number.first,
        "number": number.text,
    }
    return columns, [link, *journal.rows, *mail]


async def _booked(
    caller: Caller, invoice: Invoice, among: Parties, content: Content
) -> tuple[dict[str, Any], Journal]:
    """The first entries of its ledger: what it comes to, and what the customer's credit pays of it."""
    currency, total = content.currencies.currency, content.totals.total_minor
    customer_id = content.wanted.customer_id
    credit = 0
    if among.has_credit:
        credit = await credit_balance(caller.workspace_id, customer_id, currency)
    journal = Journal(caller.workspace_id, customer_id, currency, caller.now)
    issued = Posting(Entry.ISSUED, total, invoice.id)
    applied = Posting(Entry.CREDIT_BALANCE_APPLIED, -min(credit, total), invoice.id)
    return journal.post(invoice, [issued, applied]), journal


async def _numbered(caller: Caller, among: Parties, content: Content) -> number_series.Taken:
    seller, when = among.seller, content.when
    if seller.strict_chronology:
        await number_series.queue_up(caller.workspace_id, DOCUMENT)
    taken = await number_series.take(caller.workspace_id, seller.mode, DOCUMENT, when.issued_on)
    await number_series.recheck(caller.workspace_id, when.issued_at, caller.now, seller.time_zone)
    return taken


def _events(invoice: Invoice) -> list[str]:
    """In the order of what happened: the rate, the invoice at that rate, its end if that is all."""
    locked = [LOCKED] if invoice.fx_rate is not None else []
    return [*locked, FINALIZED, *([PAID] if invoice.closed_by else [])]
