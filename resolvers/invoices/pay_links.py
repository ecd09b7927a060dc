"""Pay links: the unguessable address under which anyone who holds it sees one invoice."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import InvalidTransition
from domain.identifiers import new_id
from domain.lifecycle import ACTIONS_BY_STATUS, Status
from models.connections import rows
from models.invoices import Invoice
from models.line_items import LineItem
from models.pay_links import PayLink
from models.transactions import transaction
from models.walls import looking_at
from models.workspaces import Workspace
from resolvers import idempotency
from resolvers.callers import Caller, system
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.invoices.amendments import amend

SCOPE = "INVOICES_WRITE"
TOKEN_BYTES = 24
PAYER = "payer"


@dataclass(frozen=True, slots=True)
class SharedInvoice:
    """An issued invoice as it is behind its pay link, now in its workspace's time.

    What of it may be shown, the page decides.
    """

    invoice: Invoice
    lines: Sequence[LineItem]
    is_test: bool
    now: datetime


def new_link(workspace_id: UUID, invoice_id: UUID) -> tuple[str, PayLink]:
    """A new token of 192 random bits, and the row that finds its invoice."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = PayLink(
        token_hash=_hash(token), id=new_id(), workspace_id=workspace_id, invoice_id=invoice_id
    )
    return token, link


async def rotate_pay_link(caller: Caller, invoice_id: UUID, *, once: Once | None = None) -> UUID:
    """Gives an issued invoice a new link; the one before leads nowhere from now on. Its id.

    Mail that is still queued carries the new one. Raises Forbidden, NotFound at ("id",), and
    InvalidTransition for a draft, which has no link (rules: Links, documents, mail).
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, None)
        if invoice.status == Status.DRAFT:
            raise _no_link()
        await PayLink.filter(workspace_id=invoice.workspace_id, invoice_id=invoice.id).delete()
        token, link = new_link(invoice.workspace_id, invoice.id)
        lines = await documents.lines_of(invoice)
        await amend(caller, invoice, lines, {"pay_token": token}, "invoice.updated", link)
        return invoice.id

    return await idempotency.run(caller, once, act)


async def find_by_pay_token(
    token: str, now: datetime, *, counts_as_view: bool = True
) -> SharedInvoice | None:
    """The invoice of a link; None for a token that is none. Drafts have no links.

    The first view that counts sets viewedAt and writes the event invoice.viewed (rules: Links,
    documents, mail). It is found by its token's hash and then compared in constant time.
    """
    place = await rows(
        "SELECT workspace_id, invoice_id FROM pay_links WHERE token_hash = $1", _hash(token)
    )
    if not place:
        return None
    workspace_id, invoice_id = place[0]["workspace_id"], place[0]["invoice_id"]
    with looking_at(workspace_id):
        return await _shared(workspace_id, invoice_id, token, now, counts_as_view=counts_as_view)


async def _shared(
    workspace_id: UUID, invoice_id: UUID, token: str, now: datetime, *, counts_as_view: bool
) -> SharedInvoice | None:
    invoice = await Invoice.filter(workspace_id=workspace_id, id=invoice_id).first()
    if invoice is None or not _is_token_of(invoice, token):
        return None
    workspace = await Workspace.filter(workspace_id=workspace_id, id=workspace_id).get()
    there = workspace.test_now or now
    if counts_as_view and invoice.viewed_at is None:
        invoice = await _viewed(system(workspace_id, workspace.mode, there, PAYER), invoice_id)
    lines = await documents.lines_of(invoice)
    return SharedInvoice(invoice, lines, is_test=workspace.mode == "TEST", now=there)


async def _viewed(caller: Caller, invoice_id: UUID) -> Invoice:
    async def act() -> Invoice:
        invoice = await documents.locked(caller, invoice_id, None)
        if invoice.viewed_at is None:
            lines = await documents.lines_of(invoice)
            await amend(caller, invoice, lines, {"viewed_at": caller.now}, "invoice.viewed")
        return invoice

    return await transaction(caller.workspace_id, act)


def _no_link() -> InvalidTransition:
    allowed = [action.value for action in ACTIONS_BY_STATUS[Status.DRAFT]]
    meta = {"from": Status.DRAFT.value, "action": "ROTATE_PAY_LINK", "allowed": allowed}
    return InvalidTransition("A draft has no pay link yet. Finalize it first.", meta=meta)


def _is_token_of(invoice: Invoice, token: str) -> bool:
    kept = invoice.pay_token or ""
    return hmac.compare_digest(kept.encode(), token.encode())


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
