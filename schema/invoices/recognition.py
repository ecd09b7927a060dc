"""When an invoice's revenue is earned: a schedule made of its lines, its credit notes and its voiding."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any

import strawberry

from domain.money import to_major
from domain.recognition import (
    Change,
    Entry,
    RevenueLine,
    Schedule,
    entries_at_most,
    revenue_line,
    schedule,
)
from domain.totals import final_net
from plans.rows import Row, column
from plans.sources import Many
from schema.enums import enum_value
from schema.fields import argument, made
from schema.line_items import LineItem
from schema.money import Money

Json = dict[str, Any]


@strawberry.enum(description="How long the entries of a schedule are.")
class RecognitionGranularity(Enum):
    """Calendar buckets; the first and the last are shorter where a period begins or ends within."""

    DAY = enum_value("DAY", description="A day each.")
    MONTH = enum_value("MONTH", description="A calendar month each.")
    QUARTER = enum_value("QUARTER", description="A calendar quarter each.")
    YEAR = enum_value("YEAR", description="A calendar year each.")


@strawberry.enum(description="Where an entry stands as of the day that was asked for.")
class RecognitionStatus(Enum):
    """Of one entry."""

    PROJECTED = enum_value(
        "PROJECTED", description="Of a draft: what issuing it today would bring."
    )
    SCHEDULED = enum_value("SCHEDULED", description="Not earned to its end yet.")
    RECOGNISED = enum_value("RECOGNISED", description="Earned.")
    REVERSED = enum_value(
        "REVERSED", description="Taken back of what was earned, by a credit note or by voiding."
    )


@strawberry.type(description="A part of a line's revenue.")
class RecognitionEntry:
    """What some days earn, or what a day takes back."""

    line_item: LineItem = strawberry.field(description="The line that earns it.")
    start: date = strawberry.field(description="Its first day.")
    end: date = strawberry.field(description="The day after its last: [start, end).")
    days: int = strawberry.field(
        description="How many days earn it; 0 where a day takes back what was earned before."
    )
    amount: Money = strawberry.field(description="What it adds to the line's revenue.")
    cumulative: Money = strawberry.field(description="The line's revenue through it.")
    deferred_after: Money = strawberry.field(description="What of the line is then still to come.")
    status: RecognitionStatus = strawberry.field(description="Where it stands.")


@strawberry.type(
    description="An invoice's revenue without tax: total = recognised + deferred. Entries of a line "
    "add up to what it comes to, whatever the granularity."
)
class RecognitionSchedule:
    """As it is known at the end of a day."""

    total: Money = strawberry.field(description="What all lines come to, less what was credited.")
    recognised: Money = strawberry.field(description="What is earned through the day asked for.")
    deferred: Money = strawberry.field(description="What is still to be earned.")
    entries: list[RecognitionEntry] = strawberry.field(
        description="Line by line, in the order of time."
    )


def recognition_schedule() -> Any:
    """The field of an invoice."""
    arguments = {
        **argument(
            "granularity",
            RecognitionGranularity | None,
            "How long its entries are.",
            RecognitionGranularity.MONTH,
        ),
        **argument("as_of", date | None, "As of the end of this day; today where left out."),
    }
    return made(
        _schedule_for,
        _NEEDS,
        Many("invoice_id", "position"),
        "When its revenue is earned: evenly over each line's period, by the day; without a period, on "
        "the issue day. Credit notes and voiding take back on their own day.",
        arguments,
    )


def _day(instant: str, invoice: Row) -> str:
    return f"({instant} AT TIME ZONE {invoice.time_zone})::date"


def _lines(invoice: Row) -> str:
    """SQL of each line's amounts and period, and what each credit note took off it, from when to when."""
    own = invoice.workspace
    dates = f"{_day('c.issued_at', invoice)}, {_day('c.voided_at', invoice)}"
    note = (
        f"(SELECT json_build_array({dates}) FROM credit_notes c "
        f"WHERE c.workspace_id = {own} AND c.id = n.credit_note_id)"
    )
    notes = (
        f"(SELECT json_agg(json_build_array(n.net_minor, {note})) FROM credit_note_lines n "
        f"WHERE n.workspace_id = {own} AND n.line_item_id = l.id)"
    )
    amounts = "l.amount_minor, l.discount_minor, l.allocated_discount_minor, l.tax_minor"
    return (
        "(SELECT json_agg(json_build_array("
        f"{amounts}, l.period_start, l.period_end, {notes}) ORDER BY l.position) "
        f"FROM line_items l WHERE l.workspace_id = {own} AND l.invoice_id = {invoice.id})"
    )


_NEEDS = {
    "status": column("status"),
    "currency": column("currency"),
    "prices_include_tax": column("prices_include_tax"),
    "today": lambda invoice: _day(invoice.now, invoice),
    "issued_on": lambda invoice: _day(f"coalesce({invoice.issued_at}, {invoice.now})", invoice),
    "voided_on": lambda invoice: _day(invoice.voided_at, invoice),
    "lines": _lines,
}


def _schedule_for(context: Any, arguments: Mapping[str, Any]) -> Callable[..., Json]:
    given = arguments.get("granularity", RecognitionGranularity.MONTH)
    granularity, as_of = getattr(given, "value", given), arguments.get("asOf")

    def answered(
        status: str,
        currency: str,
        prices_include_tax: bool,
        today: str,
        issued_on: str,
        voided_on: str | None,
        lines: Sequence[Sequence[Any]] | None,
    ) -> Json:
        earning = [_line(line, prices_include_tax, issued_on) for line in lines or ()]
        # A day of each line for years is more than a page: it counts as what it comes to.
        context.budget.spend(entries_at_most(earning, granularity))
        found = schedule(
            earning,
            granularity,
            as_of or date.fromisoformat(today),
            voided_on=_date(voided_on),
            projected=status == "DRAFT",
        )
        return _shown(found, currency)

    return answered


def _line(line: Sequence[Any], prices_include_tax: bool, issued_on: str) -> RevenueLine:
    amount, discount, allocated, tax, start, end, notes = line
    net = final_net(
        amount_minor=amount,
        discount_minor=discount,
        allocated_discount_minor=allocated,
        tax_minor=tax,
        prices_include_tax=prices_include_tax,
    )
    changes = [change for credited, days in notes or () for change in _changes(credited, *days)]
    return revenue_line(
        net,
        period_start=_date(start),
        period_end=_date(end),
        issued_on=date.fromisoformat(issued_on),
        changes=changes,
    )


def _changes(net_minor: int, issued_on: str, voided_on: str | None) -> list[Change]:
    taken = [Change(date.fromisoformat(issued_on), -net_minor)]
    back = [] if voided_on is None else [Change(date.fromisoformat(voided_on), net_minor)]
    return taken + back


def _shown(found: Schedule, currency: str) -> Json:
    return {
        "total": _money(found.total_minor, currency),
        "recognised": _money(found.recognised_minor, currency),
        "deferred": _money(found.deferred_minor, currency),
        "entries": [_entry(entry, currency) for entry in found.entries],
    }


def _entry(entry: Entry, currency: str) -> Json:
    return {
        "lineItem": entry.line,
        "start": entry.start.isoformat(),
        "end": entry.end.isoformat(),
        "days": entry.days,
        "amount": _money(entry.amount_minor, currency),
        "cumulative": _money(entry.cumulative_minor, currency),
        "deferredAfter": _money(entry.deferred_after_minor, currency),
        "status": entry.status.value,
    }


def _money(minor: int, currency: str) -> Json:
    return {"minor": minor, "amount": f"{to_major(minor, currency):f}", "currency": currency}


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
