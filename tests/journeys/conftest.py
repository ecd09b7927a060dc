"""What journeys need: a real browser for those that open one, which CI installs."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
QUIET = (
    "--no-sandbox",  # CI runs as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)

# A newcomer has no Chromium, and the suite must pass there; CI has it, and would miss it.
collect_ignore = [] if CHROMIUM or "CI" in os.environ else ["test_browser.py"]


def pytest_report_header() -> str:
    return f"browser: {CHROMIUM or 'no chromium found, so its journeys are left out'}"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium without a window."""
    assert CHROMIUM, "install chromium, or name one in CHROMIUM"
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield launched
        await launched.close()
