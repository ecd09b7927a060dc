"""A sheet that has everything, and its PDF as a reader's program reads it."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # has no types

from server.documents.invoices import invoice_sheet
from server.documents.printing import Printer
from server.documents.sheets import Sheet
from server.locales import Address
from server.pay_page import Party, PayPageDiscount, PayPageLine, PayPageTax, PayPageView

PAY_URL = "https://billing.example/pay/4nZ0k1XvQ9r2B7mWc5Yt3A"
ISSUED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
WILL = PayPageView(
    display_status="OPEN",
    number="INV-0042",
    seller=Party(
        "Hartley & Rowe LLP",
        Address("12 Chancery Lane", "London", "GB", postal_code="WC2A 1AA"),
        "GB123456789",
    ),
    customer=Party("Ada Lovelace", Address("1 Dorset Street", "London", "GB"), "GB987654321"),
    currency="GBP",
    locale="en-GB",
    issued_on=date(2026, 11, 21),
    due_on=date(2026, 12, 21),
    lines=(
        PayPageLine(
            "Drafting a will",
            Decimal("12.5"),
            Decimal(240),
            300000,
            15000,
            (Decimal(20),),
            date(2026, 10, 1),
            date(2026, 11, 1),
        ),
        PayPageLine("Storage, per page", Decimal(12400), Decimal("0.00125"), 1550),
    ),
    taxes=(
        PayPageTax("VAT", Decimal(20), 276450, 55290),
        PayPageTax("Abroad", Decimal(0), 1550, 0, "REVERSE_CHARGE"),
    ),
    subtotal_minor=301550,
    total_minor=332290,
    amount_due_minor=332290,
    discounts=(PayPageDiscount(9550, "Loyal customer", Decimal(5)),),
    notes="Thank you.\n\nPlease quote the number.",
)


def sheet_of(view: PayPageView = WILL, **given: Any) -> Sheet:
    """The sheet of what a pay page would show."""
    return invoice_sheet(view, ISSUED_AT, view.due_on, PAY_URL, **given)


async def drawn(view: PayPageView = WILL, **given: Any) -> bytes:
    """Its PDF."""
    return await Printer().draw(lambda: sheet_of(view, **given))


def pages(pdf: bytes) -> list[str]:
    """The text of each page: letters in their plain forms, no signs of direction, one kind of space."""
    document = pypdfium2.PdfDocument(pdf)
    return [plain(page.get_textpage().get_text_range()) for page in document]


def plain(text: str) -> str:
    """A text as one would type it."""
    shown = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", shown)).strip()
