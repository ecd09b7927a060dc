"""Losses: what is given up as uncollectible, forgiven because it is small, or waived as interest."""

from uuid import UUID

from domain.allocations import check_amount, check_balance
from domain.errors import OutOfRange, WriteOffExceedsLimit
from domain.ledger import Entry
from domain.lifecycle import Action, Status, after_unmark, require
from domain.limits import REASON_LENGTH_MAX
from domain.money import to_major
from domain.texts import check_optional_text
from models.invoices import Invoice
from models.workspaces import Workspace
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import documents
from resolvers.invoices.amendments import amend
from resolvers.invoices.drafts import SCOPE
from resolvers.ledger import Columns, Journal, Posting, next_leg, settled

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
        lost = Posting(Entry.WRITE_OFF, -invoice.amount_due_minor, invoice.id, next_leg(invoice))
        await _book(caller, invoice, lost, columns, "invoice.marked_uncollectible", why)
        return invoice.id

    return await idempotency.run(caller, once, act)


async def unmark_uncollectible(
    caller: Caller,
    invoice_id: UUID,
    *,
    expected_version: int | None = None,
    once: Once | None = None,
) -> UUID:
    """Takes a loss back: all that is still written off is due again, small sums that were forgiven
    before with it. Its id.

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
        back = Posting(Entry.WRITE_OFF_REVERSED, lost, invoice.id, next_leg(invoice))
        await _book(caller, invoice, back, columns, "invoice.updated", None)
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
    NotFound at ("id",), Conflict, TooLong, InvalidTransition, OutOfRange for less than 1,
    AmountExceedsBalance with meta {balance}, and WriteOffExceedsLimit with meta {max} above the
    workspace's smallBalanceLimit, counting what was forgiven before (rules: Void, write-off,
    recovery, interest).
    """
    caller.require(SCOPE)
    why = check_optional_text(reason, ("reason",), REASON_LENGTH_MAX)
    asked = None if amount_minor is None else check_amount(amount_minor)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.WRITE_OFF)
        due = invoice.amount_due_minor
        amount = due if asked is None else check_balance(asked, due, invoice.currency)
        await _check_limit(invoice, amount)
        forgiven = Posting(Entry.WRITE_OFF, -amount, invoice.id, next_leg(invoice))
        await _settle(caller, invoice, forgiven, why)
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

    Payments settle principal first, so what is due holds the interest that is not paid yet; what
    was paid is not given back so. Interest goes on from the next day. Raises Forbidden, NotFound at
    ("id",), Conflict, TooLong, InvalidTransition where nothing is due, and OutOfRange with meta
    {min} or {max} (rules: Void, write-off, recovery, interest).
    """
    caller.require(SCOPE)
    why = check_optional_text(reason, ("reason",), REASON_LENGTH_MAX)
    asked = None if amount_minor is None else check_amount(amount_minor)

    async def act() -> UUID:
        invoice = await documents.locked(caller, invoice_id, expected_version)
        require(invoice.status, Action.WRITE_OFF)
        amount = _of_interest(invoice, asked)
        waived = Posting(Entry.INTEREST_WAIVED, -amount, invoice.id, next_leg(invoice))
        await _settle(caller, invoice, waived, why)
        return invoice.id

    return await idempotency.run(caller, once, act)


async def _settle(caller: Caller, invoice: Invoice, posting: Posting, why: str | None) -> None:
    """Books what lowers the balance; the invoice is PAID where that was the last of it."""
    journal = _journal(caller, invoice)
    columns = journal.post(invoice, [posting])
    closing = settled(invoice, columns, caller.now, "WRITE_OFF")
    event = "invoice.paid" if closing.get("status") == Status.PAID else "invoice.updated"
    await _write(caller, invoice, {**columns, **closing}, event, why, journal)


async def _book(
    caller: Caller,
    invoice: Invoice,
    posting: Posting,
    columns: Columns,
    event: str,
    why: str | None,
) -> None:
    """Books what changes the balance, and the status that comes with it."""
    journal = _journal(caller, invoice)
    booked = {**journal.post(invoice, [posting]), **columns}
    await _write(caller, invoice, booked, event, why, journal)


async def _write(
    caller: Caller,
    invoice: Invoice,
    columns: Columns,
    event: str,
    why: str | None,
    journal: Journal,
) -> None:
    lines = await documents.lines_of(invoice)
    await amend(caller, invoice, lines, columns, event, *journal.rows, reason=why)


def _journal(caller: Caller, invoice: Invoice) -> Journal:
    return Journal(invoice.workspace_id, invoice.customer_id, invoice.currency, caller.now)


def _of_interest(invoice: Invoice, asked_minor: int | None) -> int:
    most = min(invoice.interest_minor, invoice.amount_due_minor)
    amount = most if asked_minor is None else asked_minor
    if not most:
        raise OutOfRange("No interest is due on it.", field=_AMOUNT, meta={"max": 0})
    if amount > most:
        due = f"{to_major(most, invoice.currency)} {invoice.currency}"
        raise OutOfRange(f"Only {due} of interest is due.", field=_AMOUNT, meta={"max": most})
    return amount


async def _check_limit(invoice: Invoice, amount_minor: int) -> None:
    workspace = await Workspace.get(workspace_id=invoice.workspace_id, id=invoice.workspace_id)
    left = max(0, workspace.small_balance_limit_minor - invoice.amount_written_off_minor)
    if amount_minor > left:
        message = (
            f"At most {to_major(left, invoice.currency)} {invoice.currency} may be forgiven on it: "
            "raise the workspace's smallBalanceLimit, or mark it as uncollectible."
        )
        raise WriteOffExceedsLimit(message, field=_AMOUNT, meta={"max": left})
