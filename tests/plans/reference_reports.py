"""Reports as the contract says, in plain Python over all rows of a workspace."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.plans.reference_forms import money, plain

Row = Mapping[str, Any]
BUCKETS = ((0, 0), (1, 30), (31, 60), (61, 90), (91, None))


def receivables(_: Any, info: Any, **given: Any) -> dict[str, Any]:
    """Every invoice's balance at the end of a day, from its entries until then."""
    [workspace] = info.context.all("workspaces")
    currency = (given.get("currency") or workspace["currency"]).upper()
    day = _day(given.get("asOf")) or _local(info.context.caller.now, workspace["time_zone"])
    counts: dict[int, int] = defaultdict(int)
    amounts: dict[int, int] = defaultdict(int)
    for invoice in info.context.all("invoices"):
        entries = info.context.where("ledger_transfers", "invoice_id", invoice["id"])
        known = [e for e in entries if _local(e["at"], workspace["time_zone"]) <= day]
        balance = sum(entry["entry_minor"] for entry in known)
        if balance > 0 and invoice["currency"] == currency:
            late = max((day - invoice["due_on"]).days, 0)
            [place] = [
                i
                for i, (low, top) in enumerate(BUCKETS)
                if low <= late and (top is None or late <= top)
            ]
            counts[place] += 1
            amounts[place] += balance
    return {
        "asOf": day.isoformat(),
        "currency": currency,
        "total": money(sum(amounts.values()), currency),
        "buckets": [
            {
                "fromDays": low,
                "toDays": top,
                "amount": money(amounts[place], currency),
                "invoiceCount": counts[place],
            }
            for place, (low, top) in enumerate(BUCKETS)
        ],
    }


def tax_report(_: Any, info: Any, **given: Any) -> dict[str, Any]:
    """Breakdowns added and taken away, each on its day."""
    first, last = _day(given["from"]), _day(given["to"])
    assert first is not None
    assert last is not None
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for row, day, sign in _facts(info):
        for part in row["tax_breakdown"] if first <= day <= last else ():
            key = (row["currency"], -Decimal(part["percent"]), part["name"], part["category"])
            sums[key][0] += sign * part["taxable_minor"]
            sums[key][1] += sign * part["tax_minor"]
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "rows": [
            {
                "currency": currency,
                "name": name,
                "percent": plain(-percent),
                "category": category,
                "taxable": money(taxable, currency),
                "tax": money(tax, currency),
            }
            for (currency, percent, name, category), (taxable, tax) in sorted(sums.items())
        ],
    }


def numbering(_: Any, info: Any, **given: Any) -> dict[str, Any]:
    """The places that documents of a period have, against its counter."""
    [series] = info.context.where("number_series", "document", given["document"])
    [workspace] = info.context.all("workspaces")
    today = _local(info.context.caller.now, workspace["time_zone"])
    present = {"NEVER": "", "YEAR": f"{today:%Y}", "MONTH": f"{today:%Y-%m}"}[series["reset"]]
    period = present if given.get("period") is None else given["period"]
    table = {"INVOICE": "invoices", "CREDIT_NOTE": "credit_notes"}[given["document"]]
    places = {
        row["number_sequence"]
        for row in info.context.where(table, "series_id", series["id"])
        if row["number_period"] == period
    }
    counters = info.context.where("number_counters", "series_id", series["id"])
    spans = [(c["first_sequence"], c["last_sequence"]) for c in counters if c["period"] == period]
    first, last = spans[0] if spans else (1, 0)
    return {
        "series": series,
        "period": period,
        "first": first,
        "last": last,
        "count": len(places),
        "missing": sorted(set(range(first, last + 1)) - places),
    }


def _facts(info: Any) -> Iterator[tuple[Row, date, int]]:
    for invoice in info.context.all("invoices"):
        zone = invoice["time_zone"]
        if invoice["number"] is not None:
            yield invoice, _local(invoice["issued_at"], zone), 1
        if invoice["status"] == "VOID":
            yield invoice, _local(invoice["voided_at"], zone), -1
    for note in info.context.all("credit_notes"):
        zone = info.context.tables["invoices"][note["invoice_id"]]["time_zone"]
        yield note, _local(note["issued_at"], zone), -1
        if note["voided_at"] is not None:
            yield note, _local(note["voided_at"], zone), 1


def _local(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
