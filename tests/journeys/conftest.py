"""What journeys need: a real browser, a real pooler, for those that use one; CI installs them."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.equipment import CHROMIUM, has_browser, has_pooler

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
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield launched
        await launched.close()
