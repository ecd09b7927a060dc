"""The reference's schedules of revenue: the rows in plain Python, and the rule, which has tests of its own."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.recognition import Change, RevenueLine, schedule
from tests.plans.reference_forms import money

Row = Mapping[str, Any]


def recognition_schedule(invoice: Row, info: Any, **given: str | None) -> dict[str, Any]:
    """An invoice's schedule, with the rows of its lines in its entries."""
    as_of = given.get("asOf")
    source, zone = info.context, ZoneInfo(invoice["time_zone"])
    now: datetime = source.caller.now
    lines = source.where("line_items", "invoice_id", invoice["id"])
    lines.sort(key=lambda line: line["position"])
    issued_on = (invoice["issued_at"] or now).astimezone(zone).date()
    voided_at = invoice["voided_at"]
    found = schedule(
        [_line(line, invoice, issued_on, source, zone) for line in lines],
        given.get("granularity") or "MONTH",
        date.fromisoformat(as_of) if as_of else now.astimezone(zone).date(),
        voided_on=voided_at and voided_at.astimezone(zone).date(),
        projected=invoice["status"] == "DRAFT",
    )

    def amount(minor: int) -> dict[str, Any] | None:
        return money(minor, invoice["currency"])

    return {
        "total": amount(found.total_minor),
        "recognised": amount(found.recognised_minor),
        "deferred": amount(found.deferred_minor),
        "entries": [
            {
                "lineItem": lines[entry.line],
                "start": entry.start,
                "end": entry.end,
                "days": entry.days,
                "amount": amount(entry.amount_minor),
                "cumulative": amount(entry.cumulative_minor),
                "deferredAfter": amount(entry.deferred_after_minor),
                "status": str(entry.status),
            }
            for entry in found.entries
        ],
    }


def _line(line: Row, invoice: Row, issued_on: date, source: Any, zone: ZoneInfo) -> RevenueLine:
    net = line["amount_minor"] - line["discount_minor"] - line["allocated_discount_minor"]
    if invoice["prices_include_tax"]:
        net -= line["tax_minor"]
    changes = tuple(_changes(line, source, zone))
    if line["period_start"] is None:
        return RevenueLine(net, issued_on, date.fromordinal(issued_on.toordinal() + 1), changes)
    return RevenueLine(net, line["period_start"], line["period_end"], changes)


def _changes(line: Row, source: Any, zone: ZoneInfo) -> Iterator[Change]:
    for credited in source.where("credit_note_lines", "line_item_id", line["id"]):
        note = source.tables["credit_notes"][credited["credit_note_id"]]
        for instant, sign in ((note["issued_at"], -1), (note["voided_at"], 1)):
            if instant is not None:
                yield Change(instant.astimezone(zone).date(), sign * credited["net_minor"])
