"""When an invoice is issued and due, as far as its input and its parties say so."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.calendar import Due, check_issue_date, due, local_date
from domain.errors import Collector
from resolvers.invoices.inputs import InvoiceInput
from resolvers.invoices.parties import Parties


@dataclass(frozen=True, slots=True)
class When:
    """The issue instant, which is now unless given, its local day, and when it is due."""

    issued_at: datetime
    issued_on: date
    due: Due


def judged(wanted: InvoiceInput, among: Parties, now: datetime, *, is_issued: bool) -> When:
    """When an invoice would be issued and due, where the rules allow it (rules: Dates).

    A draft without an issue date of its own may wait until the books are open again. Raises
    Refusals of Required, OutOfRange and DueBeforeIssue at ("dueDate",), IssueDateInFuture and
    PeriodClosed at ("issuedAt",).
    """
    seller, issued_at = among.seller, wanted.issued_at or now
    found = Collector()
    payable = found.keep(due, wanted.due_date, issued_at, seller.time_zone, among.terms_days)
    issued_on = found.keep(
        check_issue_date,
        issued_at=issued_at,
        now=now,
        zone=seller.time_zone,
        due_on=payable.due_on if payable else None,
        closed_through=seller.closed_through if is_issued or wanted.issued_at else None,
    )
    found.refuse()
    assert payable
    assert issued_on
    return When(issued_at, issued_on, payable)


def kept(wanted: InvoiceInput, among: Parties, now: datetime, due_before: Due) -> When:
    """When a draft is issued and due whose dates and customer stay: what was judged before."""
    issued_at = wanted.issued_at or now
    return When(issued_at, local_date(issued_at, among.seller.time_zone), due_before)
