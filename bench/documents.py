"""PDFs: how long the drawing of an invoice of two pages takes, each another one."""

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

from server.documents.invoices import invoice_sheet
from server.documents.printing import Printer
from server.documents.sheets import Sheet
from server.locales import Address
from server.pay_page import Party, PayPageLine, PayPageTax, PayPageView

DRAWINGS, UNCOUNTED = 200, 10
LINES = 30
ISSUED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Drawn:
    """What was measured, from a snapshot in memory to the bytes of the file."""

    per_drawing_ms: list[float]
    size_kb: float

    def __str__(self) -> str:
        ordered = sorted(self.per_drawing_ms)
        return (
            f"PDF of two pages, {LINES} lines: p50 {statistics.median(ordered):.0f} ms, "
            f"p95 {ordered[len(ordered) * 95 // 100]:.0f} ms, {self.size_kb:.0f} kB."
        )


async def measure() -> Drawn:
    """Draws one after another; typst remembers parts of those before, as it does in a server."""
    printer, taken, content = Printer(), [], b""
    for i in range(UNCOUNTED + DRAWINGS):
        start = time.perf_counter()
        content = await printer.draw(partial(_sheet, i))
        taken.append((time.perf_counter() - start) * 1000)
    return Drawn(taken[UNCOUNTED:], len(content) / 1000)


def _sheet(i: int) -> Sheet:
    pay_url = f"https://billing.example/pay/{i:032}"
    return invoice_sheet(_view(i), ISSUED_AT, date(2026, 12, 21), pay_url)


def _view(i: int) -> PayPageView:
    lines = tuple(_line(i, position) for position in range(LINES))
    subtotal = sum(line.amount_minor for line in lines)
    tax = subtotal // 5
    return PayPageView(
        display_status="OPEN",
        number=f"INV-{i:04}",
        seller=Party("Hartley & Rowe LLP", Address("12 Chancery Lane", "London", "GB"), "GB1234"),
        customer=Party(f"Customer {i}", Address(f"{i} Dorset Street", "London", "GB"), f"GB{i}"),
        currency="GBP",
        locale="en-GB",
        issued_on=ISSUED_AT.date(),
        due_on=date(2026, 12, 21),
        lines=lines,
        taxes=(PayPageTax("VAT", Decimal(20), subtotal, tax),),
        subtotal_minor=subtotal,
        total_minor=subtotal + tax,
        amount_due_minor=subtotal + tax,
        notes="Please quote the number with your payment.",
    )


def _line(i: int, position: int) -> PayPageLine:
    amount = (i + 1) * (position + 1)
    description = f"Work on matter {i}, part {position}, with a call on what comes next"
    start, end = date(2026, 10, 1), date(2026, 11, 1)
    taxes = (Decimal(20),)
    return PayPageLine(description, Decimal(1), Decimal(amount) / 100, amount, 0, taxes, start, end)
