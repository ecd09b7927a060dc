"""A credit note on paper: what is taken off which line, why, and of which invoice."""

from dataclasses import replace
from typing import Any

import pytest

from models.credit_notes import CreditNote, CreditNoteLine
from models.invoices import Invoice
from resolvers.credit_notes import Copy
from server.documents.credit_notes import credit_note_sheet
from server.documents.printing import Printer
from server.locales import languages
from tests.server.documents.sheets import ISSUED_AT, pages

SELLER = {
    "name": "Hartley & Rowe LLP",
    "tax_id": "GB123456789",
    "address": {"line1": "12 Chancery Lane", "city": "London", "country": "GB"},
}
BUYER = {"name": "Ada Lovelace", "tax_id": None, "address": None, "locale": "en-GB"}
VAT = {
    "name": "VAT",
    "percent": "20",
    "category": "STANDARD",
    "taxable_minor": 60000,
    "tax_minor": 12000,
}


def copy(locale: str = "en-GB", **given: Any) -> Copy:
    """A credit note over one line."""
    note = CreditNote(
        **{
            "number": "CN-2026-000007",
            "status": "ISSUED",
            "reason": "PRICE_ERROR",
            "memo": "Agreed on the phone: *less* #work.",
            "currency": "GBP",
            "tax_breakdown": [VAT],
            "subtotal_minor": 60000,
            "tax_minor": 12000,
            "total_minor": 72000,
            "issued_at": ISSUED_AT,
            **given,
        }
    )
    buyer = {**BUYER, "locale": locale}
    invoice = Invoice(number="INV-0042", seller=SELLER, buyer=buyer, time_zone="Europe/London")
    line = CreditNoteLine(net_minor=60000, tax_minor=12000)
    return Copy(note, [(line, "Drafting a will")], invoice, is_test=False)


async def text_of(drawn: Copy, **given: Any) -> str:
    """What it says."""
    pdf = await Printer().draw(lambda: credit_note_sheet(drawn, **given))
    assert b"pdfaid" in pdf
    return " ".join(pages(pdf))


async def test_it_says_all_that_a_credit_note_must() -> None:
    text = await text_of(copy())
    for said in (
        "Credit note",
        "CN-2026-000007",
        "For invoice",
        "INV-0042",
        "Hartley & Rowe LLP",
        "Tax ID GB123456789",
        "Credited to Ada Lovelace",
        "21 November 2026",
        "Drafting a will £600.00 £120.00 £720.00",
        "VAT 20% £120.00",
        "Total credited £720.00",
        "Error in price",
        "Agreed on the phone: *less* #work.",
    ):
        assert said in text, said
    assert "Pay online" not in text


async def test_an_unnamed_reason_is_the_sellers_words_alone() -> None:
    assert "Reason Agreed" in await text_of(copy(reason="OTHER"))
    assert "Reason" not in await text_of(copy(reason="OTHER", memo=None))


async def test_only_a_stamped_copy_says_that_it_was_voided() -> None:
    void = copy(status="VOID")
    assert "Void" not in await text_of(void)
    assert "Void" in await text_of(void, stamped=True)
    assert "Void" not in await text_of(copy(), stamped=True)


async def test_a_trial_says_that_it_is_one() -> None:
    assert "This is a test document." in await text_of(replace(copy(), is_test=True))


async def test_the_customers_tax_is_said_to_be_theirs() -> None:
    theirs = {**VAT, "category": "REVERSE_CHARGE", "percent": "0", "tax_minor": 0}
    assert "Reverse charge" in await text_of(copy(tax_breakdown=[theirs]))
    assert "Reverse charge" not in await text_of(copy())


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    "reason",
    [
        *("DUPLICATE", "FRAUDULENT", "ORDER_CHANGE", "ORDER_CANCELLATION"),
        *("PRODUCT_UNSATISFACTORY", "PRICE_ERROR", "OTHER"),
    ],
)
async def test_every_reason_is_said_in_every_language(language: str, reason: str) -> None:
    assert "000007" in await text_of(copy(language, reason=reason))
