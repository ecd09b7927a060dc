"""A document on paper: all that it must say, the same for good, in any script and at any length."""

import asyncio
import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # has no types
import pytest
from fontTools.subset import Options, save_font  # type: ignore[import-untyped]  # has no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no types

from server.documents.printing import FONTS, Printer
from server.documents.sheets import Sheet
from server.locales import languages, reader_of
from server.pay_page import Party, PayPageLine, PayPageTax
from tests.server.documents.sheets import PAY_URL, WILL, drawn, pages, plain, sheet_of

MARKUP = '*b* _i_ `c` $x$ #panic() #import "@preview/x:1.0.0" <l> @r \\ // /* = [ ] { } ~ -- "\'"'


async def test_it_says_all_that_an_invoice_must() -> None:
    [text] = pages(await drawn())
    for said in (
        "Hartley & Rowe LLP",
        "12 Chancery Lane",
        "London WC2A 1AA",
        "Tax ID GB123456789",
        "Ada Lovelace",
        "Tax ID GB987654321",
        "INV-0042",
        "21 November 2026",
        "21 December 2026",
        "Drafting a will",
        "1 October 2026 – 31 October 2026",
        "Discount −£150.00",
        "12.5",
        "£240.00",
        "£0.00125",
        "£3,000.00",
        "Loyal customer 5%",
        "−£95.50",
        "VAT 20% on £2,764.50",
        "£552.90",
        "Reverse charge",
        "£3,322.90",
        "Thank you.",
        "Please quote the number.",
        "Page 1 of 1",
    ):
        assert said in text, said


async def test_its_pay_link_is_a_link_and_a_code_to_scan() -> None:
    pdf = await drawn()
    assert PAY_URL.encode() in pdf
    assert sheet_of().pay is not None
    assert "<svg" in sheet_of().pay.qr_svg  # type: ignore[union-attr]  # seen just now
    kinds = {thing.type for thing in pypdfium2.PdfDocument(pdf)[0].get_objects()}
    assert pypdfium2.raw.FPDF_PAGEOBJ_PATH in kinds


async def test_it_is_the_same_bytes_each_time_and_from_another_printer() -> None:
    printer = Printer()
    drawings = [await printer.draw(sheet_of) for _ in range(3)]
    assert len({*drawings, await drawn()}) == 1


async def test_what_became_of_it_is_not_on_it() -> None:
    paid = replace(
        WILL,
        display_status="PAID",
        amount_due_minor=0,
        amount_paid_minor=332290,
        paid_on=date(2026, 12, 1),
    )
    assert await drawn(paid) == await drawn()


async def test_a_stamp_says_what_became_of_it_where_it_is_wanted() -> None:
    void = replace(WILL, display_status="VOID")
    assert "Void" not in pages(await drawn(void))[0]
    assert "Void" in pages(await drawn(void, stamped=True))[0]


async def test_it_is_made_for_archives_and_for_people_who_have_it_read_to_them() -> None:
    pdf = await drawn()
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert b"/Lang(en-GB)" in pdf
    document = pypdfium2.PdfDocument(pdf)
    assert document.is_tagged()
    assert document.get_metadata_value("Title") == "Invoice INV-0042"
    assert document.get_metadata_value("Author") == "Hartley & Rowe LLP"
    assert document.get_metadata_value("CreationDate").startswith("D:20261121093000")


@pytest.mark.parametrize("language", languages())
async def test_every_language_is_set_whole(language: str) -> None:
    pdf = await drawn(replace(WILL, locale=language))
    reader = reader_of(language)
    # Archives take nothing that a font lacks.
    assert b"pdfaid" in pdf
    assert f"/Lang({language})".encode() in pdf
    [text] = pages(pdf)
    if reader.direction == "ltr":
        for word in ("invoice", "billed_to", "description", "subtotal", "reverse_charge", "notes"):
            assert plain(reader.say(word)).replace(" ", "") in text.replace(" ", "")
        assert plain(reader.money(332290, "GBP")) in text


@pytest.mark.parametrize(
    "words",
    [
        "Łódź, Ďakujeme, Köszönjük, ığİ, Điều khoản",
        "Ευχαριστούμε, Юридична консультація, ґанок",
        "חברת האופק בע״מ (42)",
        "مكتب الأفق للمحاماة",
        "บริษัท ตัวอย่าง จำกัด",
        "कानूनी सलाह और अनुबंध समीक्षा",
        "株式会社山田商事 ソフトウェア利用許諾契約",
    ],
)
async def test_each_script_that_comes_along_is_set_in_any_document(words: str) -> None:
    party = Party(words, WILL.seller.address, words)
    view = replace(WILL, seller=party, customer=party, notes=words)
    assert b"pdfaid" in await drawn(view)


async def test_right_to_left_runs_from_right_to_left() -> None:
    view = replace(
        WILL,
        locale="ar-EG",
        currency="EGP",
        seller=Party("شركة الأفق للاستشارات"),
        lines=(PayPageLine("استشارات (العقد 42)", Decimal(1), Decimal(100), 10000),),
    )
    pdf = await drawn(view)
    page = pypdfium2.PdfDocument(pdf)[0]
    found = page.get_textpage()
    middle = page.get_width() / 2
    seller = found.search("الأفق").get_next() or found.search("األفق").get_next()
    number = found.search("0042").get_next()
    assert seller is not None
    assert number is not None
    assert found.get_charbox(seller[0])[0] > middle
    assert found.get_charbox(number[0])[0] < middle


@pytest.mark.parametrize("paper", [("US", 612), ("GB", 595)])
async def test_it_fits_the_customers_paper(paper: tuple[str, int]) -> None:
    country, width = paper
    address = WILL.customer.address
    assert address is not None
    view = replace(WILL, customer=Party("Ada", replace(address, country=country)))
    assert int(pypdfium2.PdfDocument(await drawn(view))[0].get_width()) == width


async def test_five_hundred_lines_go_over_many_pages_with_their_heads_and_numbers() -> None:
    lines = tuple(replace(WILL.lines[0], description=f"Line {i} of all") for i in range(1, 501))
    found = pages(await drawn(replace(WILL, lines=lines)))
    assert len(found) > 15
    text = " ".join(found)
    for i in (1, 2, 250, 499, 500):
        assert f"Line {i} of all" in text
    for i, page in enumerate(found, 1):
        assert f"Page {i} of {len(found)}" in page
    assert all("Unit price" in page and "Invoice INV-0042" in page for page in found[1:-1])


async def test_words_of_any_length_stay_on_the_page() -> None:
    long = "x" * 1000
    view = replace(
        WILL,
        number="9" * 70,
        seller=Party(long[:255], WILL.seller.address, long[:64]),
        lines=(PayPageLine(long, Decimal(10**9), Decimal("123456789.123456789012"), 10**14),),
        taxes=tuple(PayPageTax(long[:255], Decimal(i), 10**14, 10**14) for i in range(40)),
        notes=long * 5,
    )
    pdf = await drawn(view)
    assert b"pdfaid" in pdf
    for page in pypdfium2.PdfDocument(pdf):
        found = page.get_textpage()
        boxes = [found.get_charbox(i) for i in range(found.count_chars())]
        assert all(box[0] >= 40 and box[2] <= page.get_width() - 40 for box in boxes if any(box))


async def test_a_line_of_many_breaks_goes_over_pages() -> None:
    view = replace(WILL, lines=(replace(WILL.lines[0], description="a\n" * 400 + "the end"),))
    assert "the end" in " ".join(pages(await drawn(view)))


async def test_every_text_is_set_as_it_is() -> None:
    party = Party(MARKUP, WILL.seller.address, MARKUP[:64])
    view = replace(
        WILL,
        number="#{x}$",
        seller=party,
        customer=party,
        lines=(replace(WILL.lines[0], description=MARKUP),),
        discounts=(replace(WILL.discounts[0], name=MARKUP),),
        taxes=(PayPageTax(MARKUP, Decimal(20), 1, 1),),
        notes=MARKUP,
    )
    [text] = pages(await drawn(view))
    assert text.replace(" ", "").count(plain(MARKUP).replace(" ", "")) >= 4
    assert "#{x}$" in text


async def test_control_characters_leave_no_trace() -> None:
    view = replace(WILL, notes="a\x01b\x07\tc\u0085d", customer=Party("Ada\r\nLove\x1blace"))
    pdf = await drawn(view)
    assert b"pdfaid" in pdf
    [text] = pages(pdf)
    assert "a b c d" in text
    assert "Ada Love lace" in text


async def test_what_no_font_has_is_a_box_and_the_rest_is_there() -> None:
    pdf = await drawn(replace(WILL, notes="Danke 🎉 한국"))
    assert b"pdfaid" not in pdf
    assert "Danke" in pages(pdf)[0]


async def test_more_fonts_bring_more_scripts(tmp_path: Path) -> None:
    # Latin's own font again, with the A at the place of a letter that none of ours has.
    font = TTFont(FONTS / "BillgraphSans-Regular.ttf")
    for table in font["cmap"].tables:
        table.cmap[0xAC00] = table.cmap[ord("A")]
    for record in font["name"].names:
        record.string = str(record).replace("Billgraph", "Another")
    save_font(font, tmp_path / "more.ttf", Options())
    pdf = await Printer(tmp_path).draw(lambda: sheet_of(replace(WILL, notes="가")))
    assert b"pdfaid" in pdf


async def test_other_work_goes_on_while_it_draws() -> None:
    drawing, seen = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def write() -> Sheet:
        drawing.set()
        # Goes on only once the event loop has done something else meanwhile.
        assert asyncio.run_coroutine_threadsafe(seen.wait(), loop).result(timeout=60)
        return sheet_of()

    work = asyncio.create_task(Printer().draw(write))
    await asyncio.to_thread(drawing.wait, 60)
    assert not work.done()
    seen.set()
    assert (await work).startswith(b"%PDF")


async def test_many_at_once_are_each_their_own() -> None:
    printer = Printer()
    numbers = [f"INV-{i:04}" for i in range(12)]
    found = await asyncio.gather(
        *(printer.draw(partial(sheet_of, replace(WILL, number=number))) for number in numbers)
    )
    for number, pdf in zip(numbers, found, strict=True):
        assert number in pages(pdf)[0]
