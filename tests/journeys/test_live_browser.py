"""GraphiQL in a real browser follows events live, under its own content policy."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, WebSocket, expect
from pydantic import SecretStr

from tests import site as sites
from tests.journeys.making import customer
from tests.journeys.test_browser import opened, write
from tests.site import Client, Site

STARTED_AFTER_MS = 1_000


@pytest.fixture
async def demo(site: Site, client: Client) -> AsyncIterator[Site]:
    """The server as `make run` starts it: GraphiQL has the key of a new workspace."""
    demo_key = SecretStr(client.key or "")
    settings = site.settings.model_copy(update={"demo_api_key": demo_key})
    async with sites.opened(settings) as opened:
        yield opened


async def test_a_subscription_in_graphiql_shows_events_as_they_happen(
    demo: Site, client: Client, browser: Browser
) -> None:
    async with opened(browser, f"{demo.address}/graphql") as page:
        query = page.locator(".graphiql-query-editor .monaco-editor").first
        await write(page, query, "subscription Follow { events { name subjectId } }")
        async with page.expect_websocket() as connecting:
            await page.get_by_role("button", name="Execute").click()
        socket: WebSocket = await connecting.value
        await page.wait_for_timeout(STARTED_AFTER_MS)

        for _ in range(2):
            buyer = await customer(client)
            await expect(page.locator(".graphiql-response")).to_contain_text(buyer)

        assert socket.url == f"{demo.address}/graphql".replace("http", "ws")
        await page.get_by_role("button", name="Stop").click()
