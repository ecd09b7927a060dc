"""Lateness: invoices whose due date passes are told of, and bear interest day by day."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.calendar import local_date
from domain.interest import PrincipalChange, accrued, to_post
from domain.ledger import Amounts, Entry, entered
from models.connections import rows
from models.invoices import Invoice
from models.ledger import LedgerTransfer
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.workspaces import Workspace
from models.writes import change, insert
from resolvers.callers import Caller, system
from resolvers.invoices import documents
from resolvers.invoices.amendments import amend, told
from resolvers.ledger import Journal, Posting

Clocks = Mapping[UUID, datetime]
Treatment = Callable[[Caller, Invoice, Workspace], Awaitable[None]]

ACTOR = "worker"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Late:
    """An invoice whose turn it was; `fault` is why nothing came of it."""

    invoice_id: UUID
    fault: Exception | None = None


async def tell_next(now: datetime, clocks: Clocks, but: Collection[UUID] = ()) -> Late | None:
    """Tells of one invoice that became overdue, by its event invoice.past_due; None where there is none.

    `now` is the clock's; workspaces among `clocks` live in a test clock's time. Any number of workers
    may ask at once: nobody takes what another has in hand, and each invoice is told of once, again
    only where its due date was moved. Invoices among `but` are left alone.
    """
    return await _next(_TELL, now, clocks, but, _tell)


async def charge_next(now: datetime, clocks: Clocks, but: Collection[UUID] = ()) -> Late | None:
    """Posts on one overdue invoice the interest that is new; None where there is none to look at.

    It goes through the last whole local day, so a run that comes late catches up, and one that
    comes twice finds nothing to do (rules: Void, write-off, recovery, interest). Otherwise as
    `tell_next`.
    """
    return await _next(_CHARGE, now, clocks, but, _charge)


_CLOCKS = (
    "LEFT JOIN unnest($2::uuid[], $3::timestamptz[]) AS clock(workspace_id, now) "
    "ON clock.workspace_id = i.workspace_id"
)
_TAKEN = "LIMIT 1 FOR NO KEY UPDATE OF i SKIP LOCKED"
# What interest is reckoned through is set as soon as an invoice is told of: that marks it.
_TELL = f"""
SELECT i.workspace_id, i.id FROM invoices i {_CLOCKS}
WHERE i.status IN ('OPEN', 'PARTIALLY_PAID')
    AND (i.interest_through IS NULL OR i.interest_through < i.due_on)
    AND i.due_at < $4 AND i.due_at < coalesce(clock.now, $1) AND i.id <> ALL ($5::uuid[])
ORDER BY i.due_at {_TAKEN}
"""
_CHARGE = f"""
SELECT i.workspace_id, i.id
FROM workspaces w JOIN invoices i ON i.workspace_id = w.workspace_id {_CLOCKS}
WHERE w.interest_percent > 0 AND i.status IN ('OPEN', 'PARTIALLY_PAID')
    AND i.interest_through >= i.due_on AND i.interest_through < ($4 AT TIME ZONE 'UTC')::date
    AND i.interest_through < (coalesce(clock.now, $1) AT TIME ZONE i.time_zone)::date - 1
    AND i.id <> ALL ($5::uuid[])
{_TAKEN}
"""


async def _next(
    claim: str, now: datetime, clocks: Clocks, but: Collection[UUID], treat: Treatment
) -> Late | None:
    taken: list[UUID] = []

    async def act() -> None:
        taken.clear()
        latest = max((now, *clocks.values()))
        for found in await rows(claim, now, list(clocks), list(clocks.values()), latest, list(but)):
            taken.append(found["id"])
            invoice = await Invoice.get(**found)
            place = invoice.workspace_id
            workspace = await Workspace.get(workspace_id=place, id=place)
            there = clocks.get(place, now)
            caller = system(place, workspace.mode, there, ACTOR).at(there, now)
            await treat(caller, invoice, workspace)

    try:
        await transaction(EVERY_WORKSPACE, act)
    except Exception as fault:
        if not taken:
            raise
        return Late(taken[0], fault)
    return Late(taken[0]) if taken else None


async def _tell(caller: Caller, invoice: Invoice, _: Workspace) -> None:
    """Nothing of it changes that anyone sees but the time, so it stays at its version."""
    lines = await documents.lines_of(invoice)
    await change(invoice, {"interest_through": invoice.due_on})
    await insert(*told(caller, ["invoice.past_due"], invoice, lines))


async def _charge(caller: Caller, invoice: Invoice, workspace: Workspace) -> None:
    through = local_date(caller.now, invoice.time_zone) - DAY
    entries = await LedgerTransfer.filter(
        workspace_id=invoice.workspace_id, invoice_id=invoice.id
    ).order_by("entry_position")
    due = accrued(
        [one for entry in entries for one in _principal(invoice, entry)],
        due_on=invoice.due_on,
        percent=workspace.interest_percent,
        grace_days=workspace.interest_grace_days,
        through=through,
    )
    posted = sum(entry.amount_minor for entry in entries if entry.kind == Entry.INTEREST)
    await _post(caller, invoice, to_post(due, posted), through)


def _principal(invoice: Invoice, entry: LedgerTransfer) -> list[PrincipalChange]:
    """What an entry adds to the principal, on the local day on which it was booked.

    The total is owed from the issue day on, whenever that was written down.
    """
    kind = Entry(entry.kind)
    if kind not in PRINCIPAL or entry.entry_minor is None:
        return []
    at = invoice.issued_at if kind is Entry.ISSUED and invoice.issued_at else entry.at
    return [PrincipalChange(local_date(at, invoice.time_zone), entry.entry_minor)]


def _moves_principal(kind: Entry) -> bool:
    moved = entered(Amounts(), kind, 1)
    terms = (moved.total, moved.amount_paid, moved.amount_credited, moved.credit_balance_applied)
    return any(terms)


PRINCIPAL = frozenset(kind for kind in Entry if _moves_principal(kind))
"""The kinds of entry that move the principal: total - paid - credited - credit balance applied."""


async def _post(caller: Caller, invoice: Invoice, minor: int, through: date) -> None:
    reckoned = {"interest_through": through}
    if minor == 0:
        await change(invoice, reckoned)
        return
    journal = Journal(invoice.workspace_id, invoice.customer_id, invoice.currency, caller.now)
    interest = Posting(Entry.INTEREST, minor, invoice.id, leg=through.toordinal())
    columns = {**journal.post(invoice, [interest]), **reckoned}
    lines = await documents.lines_of(invoice)
    await amend(caller, invoice, lines, columns, "invoice.interest_posted", *journal.rows)
