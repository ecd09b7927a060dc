"""Takes the pictures of docs/pictures from the running system: `python -m docs.screenshots`, with a Chromium."""

import asyncio
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pypdfium2  # type: ignore[import-untyped]  # has no types
from playwright.async_api import Browser, Page, async_playwright

from docs.screenshot_stories import ARABIC, ENGLISH, Story

CHECKOUT = Path(__file__).resolve().parent.parent
PICTURES = CHECKOUT / "docs" / "pictures"
CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
PATIENCE_S = 120
PDF_SCALE = 1.5
PUBLIC_URL = "https://billing.harbour-finch.example"


@dataclass(frozen=True)
class Server:
    """A server with demo data, as `make run` starts it."""

    address: str
    folder: Path
    key: str
    http: httpx2.AsyncClient

    def here(self, url: str) -> str:
        """Where a public address leads on this machine."""
        return url.replace(PUBLIC_URL, self.address)

    async def ask(self, document: str, **variables: Any) -> Any:
        """What an operation answers."""
        answer = await self.http.post(
            f"{self.address}/graphql",
            json={"query": document, "variables": variables},
            headers={"authorization": f"Bearer {self.key}"},
        )
        found = answer.json()
        assert "errors" not in found, found
        return found["data"]

    async def do(self, mutation: str, given: Any, selection: str) -> Any:
        """What a mutation makes."""
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        document = (
            f"mutation($input: {kind}!) {{ {mutation}(input: $input) "
            f"{{ {selection} userErrors {{ code field message }} }} }}"
        )
        made = (await self.ask(document, input=given))[mutation]
        assert made["userErrors"] == [], made["userErrors"]
        return made


async def main() -> None:
    """Takes them all anew."""
    assert CHROMIUM, "install chromium, or name one in CHROMIUM"
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder)) as server, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"]
            )
            await take(server, browser)
            await browser.close()


async def take(server: Server, browser: Browser) -> None:
    """Every picture."""
    english = await sent(server, ENGLISH)
    arabic = await sent(server, ARABIC)
    await paper(server, english["pdfUrl"], "invoice")
    await paper(server, arabic["pdfUrl"], "invoice-arabic")
    mail = await delivered(server, ENGLISH.customer["email"])
    html = mail.get_body(("html",))
    assert html is not None
    async with opened(browser, 720, 640) as page:
        await page.set_content(html.get_content())
        await kept(page, "mail")
    for name, width, height in (("pay-page", 900, 1180), ("pay-page-phone", 375, 812)):
        async with opened(browser, width, height) as page:
            await page.goto(server.here(english["publicPayUrl"]))
            await kept(page, name)
    async with opened(browser, 1360, 820) as page:
        await page.goto(f"{server.address}/graphql")
        await page.wait_for_selector(".graphiql-query-editor")
        await page.get_by_role("button", name="Execute query").click()
        await page.locator(".graphiql-response").filter(has_text="userErrors").wait_for()
        await kept(page, "graphiql")


async def sent(server: Server, story: Story) -> Any:
    """An invoice that was mailed: its id and links."""
    await server.do("workspaceUpdate", story.seller, "workspace { id }")
    made = await server.do("customerCreate", story.customer, "customer { id }")
    invoice = {"customerId": made["customer"]["id"], **story.invoice}
    made = await server.do("invoiceSend", {"invoice": invoice}, "invoice { publicPayUrl pdfUrl }")
    return made["invoice"]


async def delivered(server: Server, recipient: str) -> EmailMessage:
    """The mail to somebody, once it lies in the folder."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for path in (server.folder / "mail").glob("*.eml"):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            if recipient in str(mail["To"]):
                return mail
        await asyncio.sleep(0.2)
    raise TimeoutError(f"no mail came to {recipient}")


async def paper(server: Server, url: str, name: str) -> None:
    """The first page of a PDF."""
    answer = await server.http.get(server.here(url))
    assert answer.status_code == 200, answer.text
    bitmap = pypdfium2.PdfDocument(answer.content)[0].render(scale=PDF_SCALE, rev_byteorder=True)
    (PICTURES / f"{name}.png").write_bytes(png(bitmap))


def png(bitmap: Any) -> bytes:
    """A bitmap of red, green and blue as PNG."""
    rows, length = bytes(bitmap.buffer), bitmap.width * bitmap.n_channels
    assert bitmap.n_channels == 3
    lines = (
        b"\0" + rows[y * bitmap.stride : y * bitmap.stride + length] for y in range(bitmap.height)
    )
    head = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )


@asynccontextmanager
async def opened(browser: Browser, width: int, height: int) -> AsyncIterator[Page]:
    """A page of this size, on a screen as sharp as paper."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        locale="en-GB",
    )
    yield await context.new_page()
    await context.close()


async def kept(page: Page, name: str) -> None:
    """What the page shows, as a file."""
    await page.screenshot(
        path=PICTURES / f"{name}.png", animations="disabled", caret="hide", full_page=True
    )


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Server]:
    """A server of its own, with an embedded database in a folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "server", "serve", "--demo", "--port", str(port)]
    environment = {**os.environ, "DATA_DIR": str(folder), "PUBLIC_URL": PUBLIC_URL}
    address = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with httpx2.AsyncClient(timeout=30) as http:
            await ready(http, address)
            demo = orjson.loads((folder / "demo.json").read_bytes())
            yield Server(address, folder, demo["apiKey"], http)
    finally:
        process.terminate()
        await process.wait()


async def ready(http: httpx2.AsyncClient, address: str) -> None:
    """Returns once the server answers."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if (await http.get(f"{address}/readyz")).status_code == 200:
                return
        except httpx2.TransportError:
            await asyncio.sleep(0.2)
    raise TimeoutError("the server did not start")


if __name__ == "__main__":
    asyncio.run(main())
