"""Amendments: an invoice's changed columns, its next version and its event, written together."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.events import Event
from models.invoices import Invoice
from models.line_items import LineItem
from models.tables import Table
from models.writes import change, insert
from resolvers import events, snapshots
from resolvers.callers import Caller

Columns = Mapping[str, Any]


async def amend(
    caller: Caller,
    invoice: Invoice,
    lines: Sequence[LineItem],
    columns: Columns,
    event: str,
    *companions: Table,
    reason: str | None = None,
) -> None:
    """Changes columns of a locked invoice whose lines stay; always a new version and an event.

    `companions` are the rows that come with it, such as its ledger's. A reason that someone gave is
    told in the event.
    """
    before = snapshots.of_invoice(invoice, lines)
    await change(invoice, {**columns, **next_version(caller, invoice)})
    after = snapshots.of_invoice(invoice, lines)
    if reason is not None:
        after["reason"] = reason
    await insert(*companions, events.of_invoice(caller, event, invoice, after, before))


def next_version(caller: Caller, invoice: Invoice) -> Columns:
    """The columns that every visible change sets."""
    return {"version": invoice.version + 1, "updated_at": caller.now}


def differing(invoice: Invoice, columns: Columns) -> Columns:
    """Those of the columns that would change something."""
    return {name: value for name, value in columns.items() if getattr(invoice, name) != value}


def told(
    caller: Caller,
    types: Sequence[str],
    invoice: Invoice,
    lines: Sequence[LineItem],
    before: snapshots.Snapshot | None = None,
) -> list[Event]:
    """One event of each type about an invoice as it is now."""
    after = snapshots.of_invoice(invoice, lines)
    return [events.of_invoice(caller, type_, invoice, after, before) for type_ in types]
