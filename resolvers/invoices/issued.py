"""Issued invoices: the one place that decides what may still change on them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.calendar import Due, due
from domain.errors import Collector, InvoiceNotDraft, Refusal, Refused
from domain.lifecycle import Action, require
from domain.metadata import check_metadata
from domain.texts import check_optional_text
from models.invoices import Invoice
from models.line_items import LineItem
from resolvers.callers import Caller
from resolvers.fields import camel
from resolvers.invoices import amendments
from resolvers.invoices.inputs import NOTES_LENGTH_MAX, due_given
from resolvers.refusals import moved

_DUE = ("dueDate",)


async def amend(
    caller: Caller, invoice: Invoice, lines: Sequence[LineItem], changes: Mapping[str, Any]
) -> None:
    """Changes what is not fiscal on an invoice that is locked and no draft.

    Raises as `amendable` does.
    """
    columns = amendments.differing(invoice, amendable(invoice, changes))
    if columns:
        await amendments.amend(caller, invoice, lines, columns, "invoice.updated")


def amendable(invoice: Invoice, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that these changes set: internal notes, metadata, fees waived, a later due date.

    Raises Refusals of InvoiceNotDraft at each field that is none of these and at a due date that
    is not later, with meta {from, action, allowed}; TooLong, MetadataLimit and InvalidFormat
    (rules: Lifecycle).
    """
    found = Collector()
    columns: dict[str, Any] = {}
    for name, value in changes.items():
        if name in _CHECKS:
            columns |= found.keep(_CHECKS[name], invoice, value) or {}
        else:
            found.refusals += _fixed(invoice, (camel(name),))
    found.refuse()
    return columns


def _internal_notes(_: Invoice, value: str | None) -> dict[str, Any]:
    path = ("internalNotes",)
    return {"internal_notes": check_optional_text(value, path, NOTES_LENGTH_MAX)}


def _metadata(_: Invoice, value: Mapping[str, str] | None) -> dict[str, Any]:
    return {"metadata": check_metadata(value)}


def _fees_waived(_: Invoice, value: bool | None) -> dict[str, Any]:
    return {"fees_waived": bool(value)}


def _due_date(invoice: Invoice, value: date | datetime | None) -> dict[str, Any]:
    if value is not None:
        later = _due(invoice, value)
        if later.due_at == invoice.due_at:
            return {}
        if later.due_at > invoice.due_at:
            given = due_given(value)
            return {"due_at": later.due_at, "due_on": later.due_on, "due_given": given}
    message = f"An issued invoice's due date can only move later than {invoice.due_on}."
    meta = {"after": invoice.due_on.isoformat()}
    raise InvoiceNotDraft(message, field=_DUE, meta=meta)


def _due(invoice: Invoice, value: date | datetime) -> Due:
    """In the time zone that the invoice was issued in."""
    assert invoice.issued_at is not None
    return due(value, invoice.issued_at, invoice.time_zone, None)


def _fixed(invoice: Invoice, path: tuple[str, ...]) -> Iterator[Refusal]:
    try:
        require(invoice.status, Action.UPDATE)
    except Refused as refused:
        yield from (moved(refusal, path) for refusal in refused.refusals)


_CHECKS: Mapping[str, Callable[[Invoice, Any], dict[str, Any]]] = {
    "internal_notes": _internal_notes,
    "metadata": _metadata,
    "fees_waived": _fees_waived,
    "due_date": _due_date,
}
