"""A real browser at what a recipient gets: the mail fits their screen, and its way out works."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from server.invoice_mail import InvoiceMailer
from server.locales import languages
from tests.journeys.making import line
from tests.journeys.test_browser import opened
from tests.journeys.test_unsubscribing import consent, mailed_link
from tests.server.test_invoice_mail import carry, mails, send
from tests.site import Client, Site


async def test_the_button_to_unsubscribe_works_under_its_content_policy(
    client: Client, site: Site, browser: Browser, tmp_path: Path
) -> None:
    url = await mailed_link(site, tmp_path, await send(client, locale="en-GB"))
    async with opened(browser, url, 390) as page:
        await expect(page.get_by_role("heading")).to_have_text("Stop e-mails from Acme?")
        assert await consent(client) == "GRANTED"
        await page.get_by_role("button", name="Stop e-mails").click()
        await expect(page.get_by_role("heading")).to_have_text("No more e-mails from Acme")
    assert await consent(client) == "WITHDRAWN"


@pytest.mark.parametrize("width", [320, 800])
async def test_the_mail_fits_any_screen_in_every_language(
    client: Client, site: Site, browser: Browser, tmp_path: Path, width: int
) -> None:
    settings = site.settings.model_copy(update={"smtp_url": None, "data_dir": tmp_path})
    lines = [line("Work", 1, "1000000000000")]
    for language in languages():
        invoice_id = await send(client, name="x" * 200, locale=language, lines=lines)
        await carry(InvoiceMailer.of(settings), invoice_id)
    context = await browser.new_context(viewport={"width": width, "height": 800})
    context.set_default_timeout(60_000)
    page = await context.new_page()
    found = mails(settings)
    assert len(found) == len(languages())
    for mail in found:
        html = mail.get_body(("html",))
        assert html is not None
        await page.set_content(html.get_content())
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await context.close()
