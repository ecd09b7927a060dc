"""A payer in a real browser: by keyboard, on a phone, without JavaScript, in the dark, and clicking twice."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.equipment import CLIENTS, has_clients
from tests.journeys.making import customer, issued, line
from tests.site import Client

# A browser with a window; one without is taken for a program that previews links.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
AXE = CLIENTS / "node_modules" / "axe-core" / "axe.min.js"
GOOD, DECLINED, ASKS = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0025 0000 3155"
PHONE, DESK = 375, 1280
# Both at once: WCAG 2.2 AA, and the few best practices that people who use keyboards ask for.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@asynccontextmanager
async def opened(
    browser: Browser, url: str, width: int = DESK, *, dark: bool = False, scripts: bool = True
) -> AsyncIterator[Page]:
    """The page in a browser that may complain of nothing."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        user_agent=AGENT,
        java_script_enabled=scripts,
        has_touch=width == PHONE,
        reduced_motion="reduce" if width == PHONE else "no-preference",
    )
    complaints: list[str] = []
    context.set_default_timeout(60_000)
    page = await context.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    yield page
    # A form that is sent back with a fault has a status of its own, which browsers remark on.
    assert [said for said in complaints if "status of 422" not in said] == []
    await context.close()


async def link(client: Client, **given: Any) -> str:
    """The pay link of a new invoice over 2,694.85."""
    lines = [line("Drafting a will", 1, "2500"), line("Certified copies", 12, "15")]
    ada = await customer(client, name="Ada Lovelace", **given)
    made = await issued(client, customerId=ada, lines=lines)
    return str(made["publicPayUrl"])


async def tab_to(page: Page, name: str) -> None:
    """Goes on by Tab alone until what has this name has the focus."""
    for _ in range(20):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        label = await focused.evaluate("e => (e.labels?.[0] ?? e).textContent.trim()")
        if label.startswith(name):
            return
    raise AssertionError(f"{name} is out of reach of a keyboard")


async def test_an_invoice_is_paid_by_keyboard_alone(client: Client, browser: Browser) -> None:
    async with opened(browser, await link(client)) as page:
        await tab_to(page, "Test card number")
        await page.keyboard.type(GOOD)
        await tab_to(page, "Pay $2,680.00")
        outline = "e => getComputedStyle(e).outlineStyle"
        assert await page.locator(":focus").evaluate(outline) == "solid"
        await page.keyboard.press("Enter")

        await expect(page.get_by_role("status")).to_contain_text("Thank you")
        await expect(page.get_by_role("status")).to_be_focused()
        await expect(page).to_have_title("Paid: Invoice INV-0001 · Acme")
        await expect(page.locator("form")).to_have_count(0)


async def test_a_fault_is_said_at_the_field_which_has_the_focus(
    client: Client, browser: Browser
) -> None:
    async with opened(browser, await link(client)) as page:
        await tab_to(page, "Test card number")
        await page.keyboard.type("4111 1111 1111 1111")
        await page.keyboard.press("Enter")

        field = page.get_by_label("Test card number")
        await expect(field).to_be_focused()
        await expect(field).to_have_value("4111 1111 1111 1111")
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_accessible_description(re.compile("^This is not a test card."))


async def test_a_declined_card_is_said_first_and_another_one_pays(
    client: Client, browser: Browser
) -> None:
    async with opened(browser, await link(client)) as page:
        await page.get_by_label("Test card number").fill(DECLINED)
        await page.get_by_role("button", name="Pay").click()
        await expect(page.get_by_role("alert")).to_contain_text("The card was declined")
        await expect(page.get_by_role("alert")).to_be_focused()

        await page.get_by_label("Test card number").fill(GOOD)
        await page.get_by_role("button", name="Pay").click()
        await expect(page.get_by_role("status")).to_contain_text("Thank you")


async def test_a_double_click_pays_once(client: Client, browser: Browser) -> None:
    async with opened(browser, await link(client)) as page:
        await page.get_by_label("Test card number").fill(GOOD)
        await page.get_by_role("button", name="Pay").dblclick(delay=1)
        await expect(page.locator(".status")).to_have_text("Paid")
        await expect(page.locator(".payments dd")).to_have_text(["$2,680.00"])


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_bank_s_question_is_answered_and_leads_back(
    client: Client, browser: Browser, scripts: bool
) -> None:
    async with opened(browser, await link(client), scripts=scripts) as page:
        await page.get_by_label("Test card number").fill(ASKS)
        await page.get_by_role("button", name="Pay").click()
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_role("status")).to_contain_text("Thank you")


async def test_it_is_paid_without_javascript_on_a_phone(client: Client, browser: Browser) -> None:
    async with opened(browser, await link(client), PHONE, scripts=False) as page:
        await page.get_by_label("Test card number").fill(GOOD)
        await page.get_by_role("button", name="Pay").tap()
        await expect(page.get_by_role("status")).to_contain_text("Thank you")


async def test_on_a_phone_the_button_is_seen_without_scrolling(
    client: Client, browser: Browser
) -> None:
    async with opened(browser, await link(client), PHONE) as page:
        button = page.get_by_role("button", name="Pay")
        await expect(button).to_be_in_viewport(ratio=1)
        box = await button.bounding_box()
        assert box
        assert box["height"] >= 44
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_loading_the_receipt_again_sends_no_form(client: Client, browser: Browser) -> None:
    async with opened(browser, await link(client)) as page:
        await page.get_by_label("Test card number").fill(GOOD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Thank you")
        await page.reload()
        await page.go_back()
        await expect(page.locator(".status")).to_have_text("Paid")


async def test_the_words_are_the_customer_s(client: Client, browser: Browser) -> None:
    url = await link(client, locale="de-DE")
    async with opened(browser, url) as page:
        await page.get_by_label("Nummer der Testkarte").fill(GOOD)
        await page.get_by_role("button", name="2.680,00\u00a0$ bezahlen").click()
        await expect(page.get_by_role("status")).to_contain_text("Vielen Dank")


async def nothing(page: Page) -> None:
    """Just the open page."""


async def wrong(page: Page) -> None:
    """A number that is none."""
    await page.get_by_label("Test card number").fill("1")
    await page.keyboard.press("Enter")
    await expect(page.locator("#number-wrong")).to_be_visible()


async def sent(page: Page, number: str) -> None:
    """The form sent with a card, and what came of it."""
    await page.get_by_label("Test card number").fill(number)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/*after")


async def declined(page: Page) -> None:
    """A payment that failed."""
    await sent(page, DECLINED)


async def paid(page: Page) -> None:
    """A receipt."""
    await sent(page, GOOD)


async def at_the_bank(page: Page) -> None:
    """The bank's question."""
    await page.get_by_label("Test card number").fill(ASKS)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sandbox/**")


async def pending(page: Page) -> None:
    """A payment with a step left to take."""
    url = page.url
    await at_the_bank(page)
    await page.goto(url)


@pytest.mark.skipif(not has_clients(), reason="axe-core comes with `make clients`")
@pytest.mark.parametrize(("width", "dark"), [(DESK, False), (PHONE, True)])
@pytest.mark.parametrize("state", [nothing, wrong, declined, paid, at_the_bank, pending])
async def test_axe_finds_nothing_to_complain_of(
    client: Client,
    browser: Browser,
    state: Callable[[Page], Awaitable[None]],
    width: int,
    dark: bool,
) -> None:
    async with opened(browser, await link(client), width, dark=dark) as page:
        await state(page)
        await page.evaluate(AXE.read_text())
        found = await page.evaluate(
            "async tags => (await axe.run({runOnly: tags})).violations"
            ".map(v => [v.id, v.nodes.map(n => n.html)])",
            RULES,
        )
        assert found == []
