"""A real browser opens GraphiQL and the pay page: they work under their own content policy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import pytest
import uvicorn
from graphql import ExecutionResult, build_schema, graphql_sync
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server import graphiql, pay_page, static_files
from server.pay_page import PayPageView
from tests.server.test_pay_page import TOKEN, WILL

TAB = "[id^=graphiql-session-tab-]"
CUSTOMER_ID = "cus_019300000000700080000000000000aa"
SDL = """
type Query { customers(first: Int): Customers  invoices(first: Int, filter: Filter): Invoices }
type Mutation { customerCreate(input: CustomerCreateInput!): Created }
type Created { customer: Customer  userErrors: [UserError!]! }
type Customers { nodes: [Customer!]! }
type Invoices { nodes: [Customer!]! }
type Customer { id: ID!  name: String!  emailConsent: String! }
type UserError { code: String!  field: [String!]!  message: String! }
input CustomerCreateInput {
  name: String!  email: String  emailConsent: String  locale: String  currency: String
}
input Filter { status: [Status!] }
enum Status { OPEN }
"""


@dataclass
class Site:
    """Our pages around a schema of one mutation, with the operations that reached it."""

    view: PayPageView = WILL
    address: str = ""
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)

    async def graphql(self, request: Request) -> Response:
        if graphiql.wants_graphiql(request):
            return await graphiql.graphiql_page(request)
        asked = await request.json()
        self.asked.append((asked.get("operationName"), request.headers.get("authorization")))
        answer: ExecutionResult = graphql_sync(
            build_schema(SDL), asked["query"], ROOT, variable_values=asked.get("variables")
        )
        return JSONResponse(answer.formatted)

    async def find(self, token: str, *, counts_as_view: bool) -> PayPageView | None:
        return self.view if token == TOKEN else None

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/graphql", self.graphql, methods=["GET", "POST"]),
                *graphiql.routes("ak_test_demo"),
                *pay_page.routes(self.find),
                static_files.mount(),
            ]
        )


def create_customer(info: object, input: dict[str, str]) -> dict[str, object]:  # noqa: A002 - GraphQL's
    customer = {"id": CUSTOMER_ID, "name": input["name"], "emailConsent": "GRANTED"}
    return {"customer": customer, "userErrors": []}


ROOT = {
    "customerCreate": create_customer,
    "customers": {"nodes": []},
    "invoices": {"nodes": []},
}


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    server = uvicorn.Server(uvicorn.Config(site.app(), port=0, log_level="critical", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    site.address = f"http://127.0.0.1:{port}"
    yield site
    server.should_exit = True
    await serving


@asynccontextmanager
async def opened(
    browser: Browser, url: str, width: int = 1280, *, dark: bool = False
) -> AsyncIterator[Page]:
    """A page that may complain of nothing and ask no other host for anything."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
    )
    complaints: list[str] = []
    page = await context.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    await page.goto(url)
    yield page
    assert complaints == []
    assert hosts - {"", urlsplit(url).netloc} == set()
    await context.close()


async def test_graphiql_opens_with_the_story_and_runs_its_first_step(
    site: Site, browser: Browser
) -> None:
    async with opened(browser, f"{site.address}/graphql") as page:
        tabs = page.locator(TAB)
        await expect(tabs).to_have_text(
            ["CreateCustomer", "Preview", "Issue", "Send", "List", "Void"]
        )
        await expect(page.locator(".graphiql-editor-tool")).to_contain_text("Ada Lovelace")
        await page.get_by_role("button", name="Execute").click()
        await expect(page.locator(".graphiql-response")).to_contain_text(CUSTOMER_ID)
    assert ("CreateCustomer", "Bearer ak_test_demo") in site.asked
    assert ("IntrospectionQuery", "Bearer ak_test_demo") in site.asked


async def test_what_a_step_answers_is_filled_into_the_next(site: Site, browser: Browser) -> None:
    async with opened(browser, f"{site.address}/graphql") as page:
        await page.get_by_role("button", name="Execute").click()
        await expect(page.locator(".graphiql-response")).to_contain_text(CUSTOMER_ID)
        await page.locator(TAB, has_text="Issue").click()
        await expect(page.locator(".graphiql-editor-tool").first).to_contain_text(CUSTOMER_ID)


async def test_graphiql_keeps_its_tabs_and_the_key_over_a_reload(
    site: Site, browser: Browser
) -> None:
    async with opened(browser, f"{site.address}/graphql") as page:
        await page.locator(TAB, has_text="Send").click()
        await page.reload()
        await expect(page.locator(TAB)).to_have_count(6)
        await page.locator(".graphiql-editor-tools").get_by_text("Headers").click()
        await expect(page.locator(".graphiql-editor-tool").last).to_contain_text("ak_test_demo")


async def test_graphiql_follows_a_dark_system(site: Site, browser: Browser) -> None:
    async with opened(browser, f"{site.address}/graphql", dark=True) as page:
        container = page.locator(".graphiql-container")
        await expect(container).to_have_css("background-color", "rgb(33, 42, 59)")


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_the_pay_page_fits_any_screen(site: Site, browser: Browser, width: int) -> None:
    line = replace(WILL.lines[0], description="x" * 400, amount_minor=10**14)
    site.view = replace(WILL, lines=(line,), notes="https://example.com/" + "y" * 300)
    async with opened(browser, f"{site.address}/pay/{TOKEN}", width) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Invoice INV-0001")
        too_wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0


async def test_the_pay_page_wears_its_stylesheet(site: Site, browser: Browser) -> None:
    async with opened(browser, f"{site.address}/pay/{TOKEN}") as page:
        await expect(page.locator("main")).to_have_css("border-radius", "14px")
