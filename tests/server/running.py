"""Running: `python -m server …` as a process of its own, until it answers and until it is over."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from server.settings import CHECKOUT
from tests.ports import free_port

START_TIMEOUT_S = 100
STOP_TIMEOUT_S = 100


@dataclass
class Running:
    """A process of ours; what it says is in a file, for it would stop at a pipe that nobody reads."""

    process: "subprocess.Popen[bytes]"
    url: str
    output: Path

    def said(self) -> str:
        """All that it wrote until now."""
        return self.output.read_text(errors="replace")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Its status and what it said, once it is over."""
        self.process.send_signal(by)
        return self.process.wait(STOP_TIMEOUT_S), self.said()

    def wait_until_ready(self) -> None:
        """Waits until it may be sent requests."""
        end_s = time.monotonic() + START_TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < end_s:
            try:
                if httpx2.get(f"{self.url}/readyz", timeout=30).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.1)
        pytest.fail(f"it did not start: {self.said()}")


@contextmanager
def started(folder: Path, *words: str, before: str = "", **settings: str) -> Iterator[Running]:
    """A process of ours, ended at the latest afterwards; `before` is what Python is to do first."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    output = folder / f"{port}.txt"
    program = (
        ["-c", f"{before}\nfrom server.cli import main\nmain()"] if before else ["-m", "server"]
    )
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    with output.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, *program, *words, "--port", str(port)],
            cwd=CHECKOUT,
            env={**kept, "DATA_DIR": str(folder), "LOG_FORMAT": "json", **settings},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Running(process, f"http://127.0.0.1:{port}", output)
    finally:
        end(process)


@contextmanager
def serving(folder: Path, *words: str, before: str = "", **settings: str) -> Iterator[Running]:
    """A server that answers."""
    with started(folder, "serve", *words, before=before, **settings) as server:
        server.wait_until_ready()
        yield server


def end(process: "subprocess.Popen[bytes]") -> None:
    """Has it end, and ends it where it does not."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ask(url: str, key: str, query: str) -> dict[str, object]:
    """What a server answers to one request."""
    headers = {"authorization": f"Bearer {key}"}
    answer = httpx2.post(f"{url}/graphql", json={"query": query}, headers=headers, timeout=60)
    found: dict[str, object] = answer.json()
    return found


@asynccontextmanager
async def serving_meanwhile(
    folder: Path, *words: str, before: str = "", **settings: str
) -> AsyncIterator[Running]:
    """The same beside a test that goes on while the server starts and ends."""
    stack = ExitStack()
    opening = serving(folder, *words, before=before, **settings)
    try:
        yield await asyncio.to_thread(stack.enter_context, opening)
    finally:
        await asyncio.to_thread(stack.close)
