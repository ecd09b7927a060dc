"""A real browser at the real server: GraphiQL and the pay page work under their own content policy."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, Request, expect

from tests.journeys.making import issued, line
from tests.site import Client, Site

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"^```(graphql|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CUSTOMER_ID = re.compile(r"cus_[0-9a-f]{32}")
TAB = "[id^=graphiql-session-tab-]"
# A browser with a window; one without is taken for a program that previews links.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
# What GraphiQL itself knows of the open tab: it reads an editor some time after its last change.
OPEN_TAB = """({name, seen}) => {
  const kept = JSON.parse(localStorage.getItem("graphiql:tabState"));
  const squeezed = text => (text ?? "").replace(/\\s/g, "");
  return squeezed(kept?.tabs[kept.activeTabIndex][name]) === squeezed(seen);
}"""
STEPS = ["CreateCustomer", "Draft", "Finalize", "Send", "Pay", "Credit", "List"]


@asynccontextmanager
async def opened(
    browser: Browser, url: str, width: int = 1280, *, dark: bool = False
) -> AsyncIterator[Page]:
    """A page that may complain of nothing and ask no other host for anything."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        user_agent=AGENT,
        permissions=["clipboard-read", "clipboard-write"],
    )
    complaints: list[str] = []
    context.set_default_timeout(60_000)
    page = await context.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.extend(failure_of(request)))
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    await page.goto(url)
    yield page
    assert complaints == []
    assert hosts - {"", urlsplit(url).netloc} == set()
    await context.close()


def failure_of(request: Request) -> list[str]:
    """Why a request failed; one that was given up because the page was left did not."""
    is_given_up = request.failure == "net::ERR_ABORTED"
    return [] if is_given_up else [f"{request.url}: {request.failure}"]


async def execute(page: Page) -> Any:
    """What the server answers to the operation in GraphiQL's present tab."""
    async with page.expect_response(lambda answer: answer.url.endswith("/graphql")) as answered:
        await page.get_by_role("button", name="Execute").click()
    answer = await (await answered.value).json()
    assert "errors" not in answer
    return answer["data"]


async def choose(page: Page, step: str) -> None:
    """Opens a tab of the story, and waits until GraphiQL has seen which operation it holds."""
    await page.locator(TAB, has_text=step).click()
    await expect(page.locator(".graphiql-query-editor")).to_contain_text(step)
    await until_seen(page, "operationName", step)


async def write(page: Page, editor: Locator, text: str, name: str = "query") -> None:
    """Pastes a text over an editor's own, and waits until GraphiQL has seen it."""
    await page.evaluate("text => navigator.clipboard.writeText(text)", text)
    await editor.click()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.press("ControlOrMeta+V")
    await until_seen(page, name, text)


async def until_seen(page: Page, name: str, seen: str) -> None:
    """Waits until GraphiQL knows this of the open tab: its query, its variables or its operationName."""
    await page.wait_for_function(OPEN_TAB, arg={"name": name, "seen": seen})


async def test_the_readme_s_query_makes_the_invoice_that_its_pay_page_shows(
    demo: Site, browser: Browser
) -> None:
    blocks = BLOCK.findall(README.read_text())
    documents = [text for kind, text in blocks if kind == "graphql"]
    variables, promised = [json.loads(text) for kind, text in blocks if kind == "json"][:2]

    async with opened(browser, f"{demo.address}/graphql") as page:
        query = page.locator(".graphiql-query-editor .monaco-editor").first
        await write(page, query, documents[0])
        made = await execute(page)
        customer_id = made["customerCreate"]["customer"]["id"]

        await choose(page, "Draft")
        await write(page, query, documents[1])
        given = CUSTOMER_ID.sub(customer_id, json.dumps(variables))
        variables_editor = page.locator(".graphiql-editor-tool .monaco-editor").first
        await write(page, variables_editor, given, "variables")
        data = await execute(page)
        await expect(page.locator(".graphiql-response")).to_contain_text("INV-0001")

    invoice = data["invoiceIssue"]["invoice"]
    assert same(data) == same(promised["data"])
    async with opened(browser, invoice["publicPayUrl"]) as page:
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_have_text(f"Invoice {invoice['number']}")
        await expect(page.locator("main")).to_contain_text("Drafting a will")
        await expect(page.locator("main")).to_contain_text("$2,694.85")


def same(data: Any) -> Any:
    """An answer without what depends on the day and on chance."""
    invoice = {**data["invoiceIssue"]["invoice"]}
    steady = {"id": "", "dueOn": "", "publicPayUrl": ""}
    assert set(steady) <= set(invoice)
    return {**data["invoiceIssue"], "invoice": {**invoice, **steady}}


async def test_graphiql_opens_with_the_story_and_each_step_fills_the_next(
    demo: Site, client: Client, browser: Browser
) -> None:
    answers: dict[str, Any] = {}
    async with opened(browser, f"{demo.address}/graphql") as page:
        await expect(page.locator(TAB)).to_have_text(STEPS)
        for step in STEPS:
            await choose(page, step)
            answers |= {step: await execute(page)}
            await expect(page.locator(".graphiql-response")).to_contain_text('"data"')

    for answer in answers.values():
        for payload in answer.values():
            assert payload.get("userErrors", []) == []
    assert answers["Draft"]["invoiceDraft"]["invoice"]["total"]["amount"] == "2694.85"
    assert answers["Finalize"]["invoiceFinalize"]["invoice"]["number"] == "INV-0001"
    assert answers["Send"]["invoiceSend"]["invoice"]["customer"]["name"] == "Ada Lovelace"
    assert answers["List"]["invoices"]["totalCount"] == 1
    assert answers["Credit"]["creditNoteCreate"]["creditNote"]["total"]["amount"] == "100.00"
    read = await client.ask("{ invoices { nodes { status number } } }")
    assert read["invoices"]["nodes"] == [{"status": "PAID", "number": "INV-0001"}]


async def test_graphiql_keeps_its_tabs_and_the_key_over_a_reload(
    demo: Site, client: Client, browser: Browser
) -> None:
    async with opened(browser, f"{demo.address}/graphql") as page:
        await page.locator(TAB, has_text="Send").click()
        await page.reload()
        await expect(page.locator(TAB)).to_have_count(len(STEPS))
        await page.locator(".graphiql-editor-tools").get_by_text("Headers").click()
        await expect(page.locator(".graphiql-editor-tool").last).to_contain_text(client.key or "")


async def test_graphiql_follows_a_dark_system(demo: Site, browser: Browser) -> None:
    async with opened(browser, f"{demo.address}/graphql", dark=True) as page:
        container = page.locator(".graphiql-container")
        await expect(container).to_have_css("background-color", "rgb(33, 42, 59)")


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_the_pay_page_fits_any_screen(client: Client, browser: Browser, width: int) -> None:
    lines = [line("x" * 400, 1, "1000000000000")]
    invoice = await issued(client, lines=lines, notes="https://example.com/" + "y" * 300)

    async with opened(browser, invoice["publicPayUrl"], width) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Invoice INV-0001")
        too_wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0


async def test_the_pay_page_wears_its_stylesheet(client: Client, browser: Browser) -> None:
    invoice = await issued(client)

    async with opened(browser, invoice["publicPayUrl"]) as page:
        await expect(page.locator("main")).to_have_css("border-radius", "14px")


async def test_looking_at_the_pay_page_is_noted(client: Client, browser: Browser) -> None:
    invoice = await issued(client)

    async with opened(browser, invoice["publicPayUrl"]):
        pass

    read = await client.ask("{ invoices { nodes { viewedAt } } }")
    assert read["invoices"]["nodes"][0]["viewedAt"]
