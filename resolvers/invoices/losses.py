"""Losses: what is given up as uncollectible, forgiven because it is small, or waived as interest."""

from uuid import UUID

from domain.errors import OutOfRange, WriteOffExceedsLimit
from domain.ledger import Entry
from domain.lifecycle import Action, Status, after_unmark, require
from domain.texts import check_optional_text
from models.invoices import Invoice
from models.workspaces import Workspace
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.invoices.amendments import amend
from resolvers.invoices.drafts import SCOPE
from resolvers.ledger import Columns, Journal, Posting, settled

REASON_LENGTH_MAX = 1000
_AMOUNT = ("amount",)


async def mark_uncollectible(
    caller: Caller,
    invoice_id: UUID,
    reason: str | None = None,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Gives up what is due on an open invoice as lost: nothing is due, all of it written off. Its id.

    Raises Forbidden, NotFound at ("id",), Conflict, TooLong and InvalidTransition (rules: Void,
    write-off, recovery, interest).
    """
    caller.require(SCOPE)
    why = check_optional_text(reason, ("reason",), REASON_LENGTH_MAX)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.MARK_UNCOLLECTIBLE)
        columns = {
            "status": Status.UNCOLLECTIBLE.value,
            "marked_uncollectible_at": caller.now,
            "uncollectible_reason": why,
        }
        lost = Posting(Entry.WRITE_OFF, -invoice.amount_due_minor, invoice.id, _leg(invoice))
        await _book(caller, invoice, lost, columns, "invoice.marked_uncollectible")
        return invoice.id

    return await idempotency.run(caller, once, act)


async def unmark_uncollectible(
    caller: Caller,
    invoice_id: UUID,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Takes a loss back: all that is still written off is due again. Its id.

    Raises Forbidden, NotFound at ("id",), Conflict and InvalidTransition.
    """
    caller.require(SCOPE)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.UNMARK_UNCOLLECTIBLE)
        columns = {
            "status": after_unmark(invoice.amount_paid_minor).value,
            "marked_uncollectible_at": None,
            "uncollectible_reason": None,
        }
        lost = invoice.amount_written_off_minor
        back = Posting(Entry.WRITE_OFF_REVERSED, lost, invoice.id, _leg(invoice))
        await _book(caller, invoice, back, columns, "invoice.updated")
        return invoice.id

    return await idempotency.run(caller, once, act)


async def write_off(
    caller: Caller,
    invoice_id: UUID,
    amount_minor: int | None = None,
    reason: str | None = None,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Forgives a small balance, or part of it; closes the invoice as PAID where nothing is left. Its id.

    `amount_minor` is in the invoice's currency; the whole balance where left out. Raises Forbidden,
    NotFound at ("id",), Conflict, TooLong, InvalidTransition, OutOfRange for less than 1 or more
    than is due, and WriteOffExceedsLimit with meta {max} above the workspace's smallBalanceLimit,
    counting what was forgiven before (rules: Void, write-off, recovery, interest).
    """
    caller.require(SCOPE)
    check_optional_text(reason, ("reason",), REASON_LENGTH_MAX)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.WRITE_OFF)
        amount = _within(amount_minor, invoice.amount_due_minor)
        await _check_limit(invoice, amount)
        forgiven = Posting(Entry.WRITE_OFF, -amount, invoice.id, _leg(invoice))
        await _settle(caller, invoice, forgiven, "WRITE_OFF")
        return invoice.id

    return await idempotency.run(caller, once, act)


async def waive_interest(
    caller: Caller,
    invoice_id: UUID,
    amount_minor: int | None = None,
    reason: str | None = None,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Takes interest off an open invoice: all that is still due of it, or this much. Its id.

    Interest that was paid is not given back so. Raises Forbidden, NotFound at ("id",), Conflict,
    TooLong, InvalidTransition where nothing is due, and OutOfRange with meta {least, most}.
    """
    caller.require(SCOPE)
    check_optional_text(reason, ("reason",), REASON_LENGTH_MAX)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.WRITE_OFF)
        most = min(invoice.interest_minor, invoice.amount_due_minor)
        amount = _within(amount_minor, most)
        waived = Posting(Entry.INTEREST_WAIVED, -amount, invoice.id, _leg(invoice))
        await _settle(caller, invoice, waived, "WRITE_OFF")
        return invoice.id

    return await idempotency.run(caller, once, act)


async def _settle(caller: Caller, invoice: Invoice, posting: Posting, closed_by: str) -> None:
    """Books what lowers the balance; the invoice is PAID where that was the last of it."""
    journal = _journal(caller, invoice)
    columns = journal.post(invoice, [posting])
    closing = settled(invoice, columns, caller.now, closed_by)
    event = "invoice.paid" if closing.get("status") == Status.PAID else "invoice.updated"
    lines = await documents.lines_of(invoice)
    await amend(caller, invoice, lines, {**columns, **closing}, event, *journal.rows)


async def _book(
    caller: Caller, invoice: Invoice, posting: Posting, columns: Columns, event: str
) -> None:
    journal = _journal(caller, invoice)
    booked = {**journal.post(invoice, [posting]), **columns}
    lines = await documents.lines_of(invoice)
    await amend(caller, invoice, lines, booked, event, *journal.rows)


def _journal(caller: Caller, invoice: Invoice) -> Journal:
    return Journal(invoice.workspace_id, invoice.customer_id, invoice.currency, caller.now)


def _leg(invoice: Invoice) -> int:
    """Such an act can come again on one invoice: its place in the ledger tells it apart."""
    return invoice.ledger_count + 1


def _within(amount_minor: int | None, most: int) -> int:
    amount = most if amount_minor is None else amount_minor
    if not 1 <= amount <= most:
        message = f"There are {most} minor units that this can take off."
        raise OutOfRange(message, field=_AMOUNT, meta={"least": 1, "most": most})
    return amount


async def _check_limit(invoice: Invoice, amount_minor: int) -> None:
    workspace = await Workspace.get(workspace_id=invoice.workspace_id, id=invoice.workspace_id)
    left = max(0, workspace.small_balance_limit_minor - invoice.amount_written_off_minor)
    if amount_minor > left:
        message = (
            f"At most {left} minor units may be forgiven on it; see the workspace's "
            "smallBalanceLimit, or mark it as uncollectible."
        )
        raise WriteOffExceedsLimit(message, field=_AMOUNT, meta={"max": left})
