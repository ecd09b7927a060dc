"""Drafts: made, changed, deleted, and made again from any invoice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.calendar import Due, local_date
from domain.errors import InvalidArgument, Required
from domain.lifecycle import Action, Status, require
from models.invoices import Invoice
from models.line_items import LineItem
from models.writes import change, insert
from resolvers import idempotency, snapshots
from resolvers.callers import Caller
from resolvers.fields import camel
from resolvers.idempotency import Once
from resolvers.invoices import documents, issued, parties
from resolvers.invoices.amendments import differing, next_version, told
from resolvers.invoices.composing import SAVING, Content, Judged, compose
from resolvers.invoices.inputs import INPUT_FIELDS, InvoiceInput, read_back
from resolvers.invoices.parties import Parties
from resolvers.refusals import at, under

Changes = Mapping[str, Any]

SCOPE = "INVOICES_WRITE"
_OF_PARTIES = frozenset({"customer_id", "matter_id"})
_OF_DATES = frozenset({"customer_id", "due_date", "issued_at"})
_EMPTY: Changes = {"lines": (), "discounts": ()}


async def draft(
    caller: Caller,
    invoice: InvoiceInput,
    *,
    once: Once | None = None,
    path: Sequence[str] = ("invoice",),
) -> UUID:
    """A new draft's id: no number, no mail, and it may still lack lines.

    Raises Forbidden, and Refusals of everything wrong with the input, under `path`.
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        with under(*path):
            return await draft_new(caller, invoice)

    return await idempotency.run(caller, once, act)


async def draft_new(caller: Caller, wanted: InvoiceInput, **origin: Any) -> UUID:
    """A new draft; inside a transaction. `origin` are the columns that say what made it."""
    among = await parties.load(caller.workspace_id, wanted.customer_id, wanted.matter_id)
    content = await compose(wanted, among, caller.now, SAVING)
    return await _save_new(caller, among, content, **origin)


async def update(
    caller: Caller,
    invoice_id: UUID,
    changes: Changes,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Replaces the fields given, by InvoiceInput's names; None clears. The invoice's id.

    Of a draft anything, its lines as a whole under new ids; of an issued invoice what
    `issued.amendable` lets through. What is the same as before is no change. A due date from terms
    is reckoned again where the customer or a date changed. Raises Forbidden, NotFound at ("id",),
    Conflict, InvoiceNotDraft at each field, and Refusals as `draft` does, without a prefix.
    """
    caller.require(SCOPE)
    _check_names(changes)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        lines = await documents.lines_of(invoice)
        if invoice.status == Status.DRAFT:
            await _update_draft(caller, invoice, lines, changes)
        else:
            await issued.amend(caller, invoice, lines, changes)
        return invoice.id

    return await idempotency.run(caller, once, act)


async def delete(
    caller: Caller,
    invoice_id: UUID,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Deletes a draft for good; its id. Its event invoice.deleted stays.

    Raises Forbidden, NotFound at ("id",), Conflict and InvalidTransition.
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.DELETE)
        lines = await documents.lines_of(invoice)
        await insert(*told(caller, ["invoice.deleted"], invoice, lines))
        await documents.drop(invoice)
        return invoice.id

    return await idempotency.run(caller, once, act)


async def duplicate(caller: Caller, invoice_id: UUID, *, once: Once | None = None) -> UUID:
    """A new draft like an invoice in any status; its id.

    Customer, matter, currencies, policies, discounts, notes, metadata and lines are the same, the
    lines under new ids. It is issued when it is finalized, not when the old one was; due by terms
    where the old one was, else as many days after today as the old one was after its issue. Raises
    Forbidden, and at ("id",) NotFound and what would refuse such a draft.
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        old = await documents.locked(caller, invoice_id, None)
        lines = await documents.lines_of(old)
        with at("id"):
            among = await parties.load(caller.workspace_id, old.customer_id, old.matter_id)
            wanted = _like(old, lines, among, caller.now)
            content = await compose(wanted, among, caller.now, SAVING)
        return await _save_new(caller, among, content)

    return await idempotency.run(caller, once, act)


async def rewrite(
    caller: Caller,
    invoice: Invoice,
    lines: Sequence[LineItem],
    among: Parties,
    content: Content,
    ids: Sequence[UUID] | None = None,
) -> None:
    """Stores a draft's new content: its lines under `ids` or new ones, and all that they decide."""
    before = snapshots.of_invoice(invoice, lines)
    wanted = documents.line_rows(invoice.workspace_id, invoice.id, content, ids)
    await documents.replace_lines(invoice, lines, wanted)
    await change(invoice, {**documents.columns(among, content), **next_version(caller, invoice)})
    await insert(*told(caller, ["invoice.updated"], invoice, wanted, before))


async def _save_new(caller: Caller, among: Parties, content: Content, **origin: Any) -> UUID:
    invoice = documents.new(caller, among, content, **origin)
    lines = documents.line_rows(invoice.workspace_id, invoice.id, content)
    await insert(invoice, *lines, *told(caller, ["invoice.created"], invoice, lines))
    return invoice.id


async def _update_draft(
    caller: Caller, invoice: Invoice, lines: Sequence[LineItem], changes: Changes
) -> None:
    customer_id = changes.get("customer_id", invoice.customer_id)
    matter_id = changes.get("matter_id", invoice.matter_id)
    among = await parties.load(caller.workspace_id, customer_id, matter_id)
    wanted = read_back(invoice, lines, among.seller.currency)
    given: dict[str, Any] = {k: _EMPTY.get(k) if v is None else v for k, v in changes.items()}
    wanted = replace(wanted, **given)
    judged = Judged(
        parties=bool(changes.keys() & _OF_PARTIES), dates=bool(changes.keys() & _OF_DATES)
    )
    content = await compose(wanted, among, caller.now, judged, Due(invoice.due_at, invoice.due_on))
    columns = documents.columns(among, content)
    if "lines" not in changes and not differing(invoice, columns):
        return
    ids = None if "lines" in changes else [line.id for line in lines]
    await rewrite(caller, invoice, lines, among, content, ids)


def _like(old: Invoice, lines: Sequence[LineItem], among: Parties, now: datetime) -> InvoiceInput:
    wanted = replace(read_back(old, lines, among.seller.currency), issued_at=None)
    if wanted.due_date is None and among.terms_days is not None:
        return wanted
    zone = among.seller.time_zone
    days = old.due_on - local_date(old.issued_at or old.created_at, old.time_zone)
    return replace(wanted, due_date=local_date(now, zone) + max(days, timedelta(0)))


def _check_names(changes: Changes) -> None:
    if changes.get("customer_id", ...) is None:
        raise Required("An invoice needs a customer.", field=("customerId",))
    for name in changes.keys() - set(INPUT_FIELDS):
        raise InvalidArgument("There is no such field.", field=(camel(name),))
