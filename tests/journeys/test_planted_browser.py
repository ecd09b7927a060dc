"""Texts that try to be markup, code or formulas are shown as they are, wherever a customer sees them."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page

from server.invoice_mail import InvoiceMailer
from tests.journeys.planting import (
    FORMULA,
    LINK,
    MARKUP,
    SCRIPT,
    TYPST,
    Planted,
    Planter,
    plant,
    texts,
)
from tests.journeys.test_pay_page_browser import AGENT
from tests.server.documents.sheets import pages
from tests.server.test_invoice_mail import carry, mails
from tests.site import Client, Json, Site

LINKS = """query($invoice: ID!, $note: ID!) {
  invoice(id: $invoice) { number publicPayUrl pdfUrl } creditNote(id: $note) { pdfUrl }
  invoices: exportUrl(kind: INVOICES) lines: exportUrl(kind: LINES)
  payments: exportUrl(kind: PAYMENTS) ledger: exportUrl(kind: LEDGER) }"""
# What a text that got through as markup would have made.
FOREIGN = """() => [...document.querySelectorAll(
    'script, img, iframe, object, embed, video, audio, style, base, svg:not(.mark)')]
  .concat([...document.querySelectorAll('*')].filter(
    one => [...one.attributes].some(({name}) => name.startsWith('on'))))
  .map(one => one.outerHTML)"""
ADDRESSES = "() => [...document.querySelectorAll('a, form')].map(one => one.href ?? one.action)"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
# A debit or credit is a number of ours.
NUMBERS = {"amount", "entry", "balance", "settlementAmount", "discount", "allocatedDiscount"}


@pytest.fixture
async def planter(client: Client) -> Planter:
    """Someone in a new workspace."""
    return Planter(client)


@asynccontextmanager
async def opened(browser: Browser, url: str | None = None, html: str = "") -> AsyncIterator[Page]:
    """A page on which nothing happens but what is meant."""
    context = await browser.new_context(user_agent=AGENT)
    context.set_default_timeout(60_000)
    page = await context.new_page()
    happened: list[str] = []
    page.on("dialog", lambda dialog: happened.append(dialog.message))
    page.on("pageerror", lambda error: happened.append(str(error)))
    page.on("console", lambda said: happened.append(said.text))
    if url:
        await page.goto(url)
    else:
        await page.set_content(html)
    yield page
    assert [said for said in happened if "status of 422" not in said] == []
    assert await page.evaluate("typeof hit") == "undefined"
    assert await page.evaluate(FOREIGN) == []
    await context.close()


def squeezed(text: str) -> str:
    """Without white space, and the marks that say where a word may break."""
    return "".join(text.replace("\u200b", "").replace("\ufffe", "").split())


async def test_they_are_planted_in_every_text_that_a_mutation_takes(planter: Planter) -> None:
    """Whoever adds a text plants one in it, and looks at where it is shown."""
    await plant(planter)

    interest = ("InvoiceWaiveInterestInput", "reason")  # as the others, where interest was charged
    assert texts() - planter.planted == {interest}


async def test_pages_show_them_as_they_are(
    planter: Planter, site: Site, browser: Browser, tmp_path: Path
) -> None:
    planted = await plant(planter)
    url = (await links(planter.client, planted))["invoice"]["publicPayUrl"]
    [mail] = await mailed(site, tmp_path, planted)

    async with opened(browser, url) as page:
        seen = await page.inner_text("body")
        for text in (MARKUP, TYPST, LINK, FORMULA):
            assert squeezed(text) in squeezed(seen), text
        assert "For us alone" not in seen
        assert {urlsplit(one)[:2] for one in await page.evaluate(ADDRESSES)} == {
            urlsplit(site.address)[:2]
        }
        await page.get_by_label("Test card number").fill(f'"><b>{SCRIPT}'[:40])
        await page.get_by_role("button", name="Pay").click()
        await page.get_by_text("This is not a test card").wait_for()
    async with opened(browser, str(mail["List-Unsubscribe"]).strip("<>")) as page:
        assert squeezed(MARKUP) in squeezed(await page.inner_text("h1"))


async def test_mails_show_them_as_they_are(
    planter: Planter, site: Site, browser: Browser, tmp_path: Path
) -> None:
    [mail] = await mailed(site, tmp_path, await plant(planter))
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert plain is not None

    assert squeezed(MARKUP) in squeezed(plain.get_content())
    async with opened(browser, html=html.get_content()) as page:
        assert squeezed(MARKUP) in squeezed(await page.inner_text("body"))
        assert {urlsplit(one)[:2] for one in await page.evaluate(ADDRESSES)} == {
            urlsplit(site.address)[:2]
        }


async def test_documents_show_them_as_they_are(planter: Planter) -> None:
    found = await links(planter.client, await plant(planter))
    for noun, shown in (("invoice", (MARKUP, TYPST, LINK, FORMULA)), ("creditNote", (MARKUP,))):
        answer = await planter.client.http.get(found[noun]["pdfUrl"])
        assert answer.status_code == 200
        text = squeezed(" ".join(pages(answer.content)))
        for one in shown:
            assert squeezed(one) in text, one
        assert "root:" not in text

        [disposition] = answer.headers.get_list("content-disposition")
        name = disposition.partition('filename="')[2].partition('"')[0]
        assert name.endswith(".pdf")
        assert not set(name) & set("<>\"'/\\\r\n;%=")
        assert b"/JavaScript" not in answer.content
        assert b"javascript:" not in answer.content


async def test_spreadsheets_calculate_none_of_them(planter: Planter) -> None:
    found = await links(planter.client, await plant(planter))
    for kind in ("invoices", "lines", "payments", "ledger"):
        answer = await planter.client.http.get(found[kind])
        rows = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
        assert rows
        for row in rows:
            for column, cell in row.items():
                assert column in NUMBERS or not cell.lstrip().startswith(FORMULA_SIGNS), column
                assert not column or column in NUMBERS or cell == cell.strip("\r")
        if kind == "lines":
            assert {row["description"] for row in rows} >= {MARKUP, f"'{FORMULA}"}


async def links(client: Client, planted: Planted) -> Json:
    """Where a customer finds what was made."""
    return await client.ask(LINKS, invoice=planted.invoice, note=planted.note)


async def mailed(site: Site, folder: Path, planted: Planted) -> list[EmailMessage]:
    """The mails of the invoice."""
    settings = site.settings.model_copy(update={"smtp_url": None, "data_dir": folder})
    await carry(InvoiceMailer.of(settings), planted.invoice)
    return mails(settings)
