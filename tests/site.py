"""The server as it runs, for tests: uvicorn on a free port of this machine, and clients of its API."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import uvicorn
from starlette.types import ASGIApp

from server import provisioning, worker
from server.app import create_app
from server.detached import detached
from server.serving import OPTIONS
from server.settings import Settings

Json = dict[str, Any]
Refusal = tuple[str, tuple[str, ...]]

USER_ERRORS = "userErrors { code field message meta }"


@dataclass(frozen=True)
class Client:
    """Someone with an API key, or with none."""

    http: httpx2.AsyncClient
    url: str
    key: str | None = None

    async def post(self, body: Any, **headers: str) -> httpx2.Response:
        """The answer to one request; bytes are sent as they are."""
        sent = {"content": body} if isinstance(body, bytes | str) else {"json": body}
        given = {"content-type": "application/json", **self.authorization, **_dashed(headers)}
        return await self.http.post(self.url, headers=given, **sent)

    async def answer(self, document: str, **variables: Any) -> Json:
        """The whole answer to an operation, errors and all."""
        found: Json = (await self.post({"query": document, "variables": variables})).json()
        return found

    async def ask(self, document: str, **variables: Any) -> Json:
        """What an operation answers that has no errors."""
        answer = await self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        found: Json = answer["data"]
        return found

    async def act(self, mutation: str, selection: str = "", **given: Any) -> Json:
        """The payload of a mutation with its userErrors."""
        document = (
            f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) "
            f"{{ {mutation}(input: $input) {{ {selection} {USER_ERRORS} }} }}"
        )
        payload: Json = (await self.ask(document, input=given))[mutation]
        return payload

    async def do(self, mutation: str, selection: str = "", **given: Any) -> Json:
        """The payload of a mutation that is not refused."""
        payload = await self.act(mutation, selection, **given)
        assert payload["userErrors"] == []
        return payload

    async def refusals(self, mutation: str, **given: Any) -> list[Refusal]:
        """The codes and fields that a mutation is refused with."""
        payload = await self.act(mutation, **given)
        assert payload["userErrors"]
        return [(error["code"], tuple(error["field"])) for error in payload["userErrors"]]

    @property
    def authorization(self) -> dict[str, str]:
        """The header that says who asks."""
        return {} if self.key is None else {"authorization": f"Bearer {self.key}"}


@dataclass(frozen=True)
class Site:
    """A running server."""

    address: str
    settings: Settings
    http: httpx2.AsyncClient

    @property
    def nobody(self) -> Client:
        """A client without a key."""
        return Client(self.http, f"{self.address}/graphql")

    def client(self, key: str) -> Client:
        """A client with this key."""
        return replace(self.nobody, key=key)

    async def someone(self, mode: str = "LIVE", **settings: Any) -> Client:
        """Who may do everything in a new workspace: USD, UTC, and no payment terms."""
        made = await provisioning.create_workspace(
            self.settings, "Acme", currency="USD", time_zone="UTC", mode=mode
        )
        client = self.client(made.api_key)
        if settings:
            await client.do("workspaceUpdate", **settings)
        return client


@asynccontextmanager
async def opened(settings: Settings, app: ASGIApp | None = None) -> AsyncIterator[Site]:
    """A site on the database that is connected; pay links lead to it."""
    # asyncio spares connections of an explicit TCP socket the 40 ms of Nagle's algorithm.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = settings.model_copy(update={"public_url": address})
        server = _Server(uvicorn.Config(app or create_app(settings), **OPTIONS))
        serving = detached(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
            await asyncio.sleep(0.005)
        try:
            async with httpx2.AsyncClient(timeout=60) as http:
                yield Site(address, settings, http)
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """A worker that carries out jobs meanwhile, and finishes what it has in hand."""
    stop = asyncio.Event()
    work = detached(worker.run(settings, stop))
    try:
        yield
    finally:
        stop.set()
        await work


class _Server(uvicorn.Server):
    """Leaves signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
