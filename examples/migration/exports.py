"""CSV exports of other invoicing systems, read into one shape."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Bill:
    """An issued invoice as an export tells it: major units, exact."""

    id: str
    number: str
    customer: str
    email: str | None
    currency: str
    issued_on: date
    due_on: date
    description: str
    net: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    paid_on: date | None


Read = tuple[list[Bill], list[str]]
"""What can be brought over, and what is left out and why."""


def stripe(path: Path) -> Read:
    """Stripe's export of invoices: Dashboard, Invoices, Export, all columns."""
    bills, left_out = [], []
    for row in _rows(path):
        if row["Status"] in ("draft", "void", "deleted"):
            left_out.append(f"{row['Number'] or row['id']}: is {row['Status']} there")
            continue
        issued_on = _day(row["Date (UTC)"])
        tax = _amount(row["Tax"])
        total = _amount(row["Total"])
        bill = Bill(
            id=row["id"],
            number=row["Number"],
            customer=row["Customer Name"] or row["Customer Email"] or row["Customer"],
            email=row["Customer Email"] or None,
            currency=row["Currency"].upper(),
            issued_on=issued_on,
            due_on=_day(row["Due Date (UTC)"]) if row["Due Date (UTC)"] else issued_on,
            description=row.get("Description") or f"Invoice {row['Number']}",
            net=total - tax,
            tax=tax,
            total=total,
            paid=_amount(row["Amount Paid"]),
            paid_on=_day(row["Paid At (UTC)"]) if row.get("Paid At (UTC)") else None,
        )
        bills.append(bill)
    return bills, left_out


def invoice_ninja(path: Path) -> Read:
    """Invoice Ninja's report of invoices: Reports, Invoice, Export."""
    bills, left_out = [], []
    for row in _rows(path):
        number = row["Invoice Number"]
        if row["Status"].lower() in ("draft", "cancelled", "reversed", "deleted"):
            left_out.append(f"{number}: is {row['Status'].lower()} there")
            continue
        total, tax = _amount(row["Amount"]), _amount(row["Total Taxes"])
        issued_on = _day(row["Date"])
        bill = Bill(
            id=number,
            number=number,
            customer=row["Client Name"],
            email=row["Contact Email"] or None,
            currency=row["Currency"].upper(),
            issued_on=issued_on,
            due_on=_day(row["Due Date"]) if row["Due Date"] else issued_on,
            description=row["Public Notes"] or f"Invoice {number}",
            net=total - tax,
            tax=tax,
            total=total,
            paid=_amount(row["Paid to Date"]),
            paid_on=None,
        )
        bills.append(bill)
    return bills, left_out


READERS: dict[str, Callable[[Path], Read]] = {"stripe": stripe, "invoice-ninja": invoice_ninja}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "") or "0")


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
