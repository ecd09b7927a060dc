"""What journeys need: a real browser, a real pooler, for those that use one; CI installs them."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect
from pydantic import SecretStr

from tests import site as sites
from tests.equipment import CHROMIUM, has_browser, has_pooler
from tests.site import Client, Site

PATIENCE_MS = 60_000

QUIET = (
    "--no-sandbox",  # CI runs as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)

collect_ignore_glob = [] if has_browser() else ["test_browser.py", "test_*_browser.py"]
collect_ignore = [] if has_pooler() else ["test_pooled.py"]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium without a window."""
    assert CHROMIUM, "install chromium, or name one in CHROMIUM"
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(QUIET), timeout=PATIENCE_MS
        )
        yield launched
        await launched.close()


@pytest.fixture
async def demo(site: Site, client: Client) -> AsyncIterator[Site]:
    """The server as `make run` starts it: GraphiQL has the key of a new workspace."""
    demo_key = SecretStr(client.key or "")
    settings = site.settings.model_copy(update={"demo_api_key": demo_key})
    async with sites.opened(settings) as opened:
        yield opened
