"""The server as an operator runs it: `serve --workers 2` with its worker, processes that can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from bench.processes import family
from server.settings import CHECKOUT
from tests.ports import free_port

PATIENCE_S = 90
WEB_PROCESSES = 2


@dataclass
class Servers:
    """All processes of one `serve`, by the settings of their environment."""

    settings: Mapping[str, str]
    folder: Path
    port: int
    http: httpx2.AsyncClient
    first: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where they listen."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What they are started with, of ours no more than they need."""
        known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"SECRET_KEY": "k" * 32, "DATA_DIR": str(self.folder), "LOG_FORMAT": "json"}
        return {**known, **own, **self.settings}

    def start(self) -> None:
        """Starts them, in a group of their own."""
        with (self.folder / "servers.log").open("ab") as log:
            self.first = subprocess.Popen(
                [sys.executable, "-m", "server", "serve", *self._options()],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def until_ready(self) -> None:
        """Waits until they answer that they may be sent requests."""
        await self.until(200)

    async def until(self, readiness: int) -> None:
        """Waits until /readyz has this status."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.readiness() != readiness:
                assert self.is_running, f"the server ended: {self.said()}"
                await asyncio.sleep(0.1)

    async def until_gone(self) -> None:
        """Waits until nothing is left of them and nobody listens."""
        assert self.first
        async with asyncio.timeout(PATIENCE_S):
            while _group_exists(self.first.pid):  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.1)

    async def readiness(self) -> int:
        """The status of /readyz; 0 where nobody answers."""
        try:
            return (await self.http.get(f"{self.url}/readyz", timeout=10)).status_code
        except httpx2.TransportError:
            return 0

    @property
    def is_running(self) -> bool:
        """Whether its first process is alive."""
        return self.first is not None and self.first.poll() is None

    def said(self) -> str:
        """The end of what they logged."""
        return (self.folder / "servers.log").read_text(errors="replace")[-3000:]

    def kill(self) -> None:
        """Kills all of them at once."""
        assert self.first
        os.killpg(self.first.pid, signal.SIGKILL)
        self.first.wait()

    def kill_first(self) -> None:
        """Kills the process that started the others."""
        assert self.first
        self.first.kill()
        self.first.wait()

    def kill_web(self) -> None:
        """Kills one of those that answer requests."""
        os.kill(self._named("spawn_main")[0], signal.SIGKILL)

    def kill_worker(self) -> None:
        """Kills the one that carries out jobs."""
        os.kill(self._named("server\0worker")[0], signal.SIGKILL)

    async def stop(self) -> None:
        """Has them end, or ends what is left of them."""
        if self.first is None:
            return
        with suppress(ProcessLookupError):
            self.first.terminate()
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self.first.wait, PATIENCE_S)
        with suppress(ProcessLookupError):
            os.killpg(self.first.pid, signal.SIGKILL)

    def _options(self) -> list[str]:
        return ["--port", str(self.port), "--workers", str(WEB_PROCESSES)]

    def _named(self, part: str) -> list[int]:
        """Those of the processes whose command line holds this."""
        assert self.first
        found = [pid for pid in family(self.first.pid) if part in _command_of(pid)]
        assert found, f"no process of {part!r}"
        return found


@asynccontextmanager
async def serving(folder: Path, **settings: str) -> AsyncIterator[Servers]:
    """Servers that answer, stopped afterwards."""
    async with httpx2.AsyncClient(timeout=30) as http:
        servers = Servers(settings, folder, free_port(), http)
        servers.start()
        try:
            await servers.until_ready()
            yield servers
        finally:
            await servers.stop()


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""
