"""GraphiQL in a real browser follows events live, under its own content policy."""

from playwright.async_api import Browser, WebSocket, expect

from tests.journeys.making import customer
from tests.journeys.test_browser import opened, write
from tests.server.graphql.following import last_event
from tests.site import Client, Site


async def test_a_subscription_in_graphiql_shows_events_as_they_happen(
    demo: Site, client: Client, browser: Browser
) -> None:
    await customer(client)
    # So it misses nothing, however late it begins.
    after = await last_event(client)
    follow = f'subscription Follow {{ events(after: "{after}") {{ name subjectId }} }}'
    async with opened(browser, f"{demo.address}/graphql") as page:
        query = page.locator(".graphiql-query-editor .monaco-editor").first
        await write(page, query, follow)
        async with page.expect_websocket() as connecting:
            await page.get_by_role("button", name="Execute").click()
        socket: WebSocket = await connecting.value

        for _ in range(2):
            buyer = await customer(client)
            await expect(page.locator(".graphiql-response")).to_contain_text(buyer)

        assert socket.url == f"{demo.address}/graphql".replace("http", "ws")
        await page.get_by_role("button", name="Stop").click()
