"""A server that is killed while the gateway charges: the payment is settled once all the same."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from domain.identifiers import decode_id
from models.connections import rows
from tests.journeys.making import card, customer, issued
from tests.site import Client
from tests.verifying import wrong_with

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90


@dataclass(frozen=True)
class Machine:
    """Where servers run: they share a database and a data folder."""

    dsn: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"DATABASE_URL": self.dsn, "SECRET_KEY": "k" * 32, "DATA_DIR": str(self.folder)}
        return {**known, **own}

    async def started(self, *words: str) -> Process:
        """A process of ours."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", *words),
            cwd=CHECKOUT,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def workspace(self) -> tuple[UUID, str]:
        """A new workspace and its key, made by the command line."""
        made = await self.started("workspace", "create", "--name", "Acme", "--json")
        said, _ = await made.communicate()
        found = json.loads(said)
        place = decode_id("wsp", found["workspaceId"])
        assert place
        return place, found["apiKey"]

    @asynccontextmanager
    async def serving(self, http: httpx2.AsyncClient) -> AsyncIterator[tuple[str, Process]]:
        """A server that answers, with its worker."""
        port = free_port()
        process = await self.started("serve", "--port", str(port))
        url = f"http://127.0.0.1:{port}"
        try:
            await answering(http, url, process)
            yield url, process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.communicate()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def answering(http: httpx2.AsyncClient, url: str, process: Process) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while process.returncode is None:
            with suppress(httpx2.TransportError):
                if (await http.get(f"{url}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    pytest.fail("it did not start")


async def until(sql: str, *values: Any) -> list[dict[str, Any]]:
    """What a statement finds, as soon as it finds something."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await rows(sql, *values)):  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.05)
    return found


async def test_a_payment_whose_server_was_killed_is_settled_once(
    database: str, tmp_path: Path
) -> None:
    machine = Machine(database, tmp_path)
    place, key = await machine.workspace()
    async with httpx2.AsyncClient(timeout=30) as http:
        async with machine.serving(http) as (url, process):
            client = Client(http, f"{url}/graphql", key)
            buyer = await customer(client)
            await card(client, buyer, "pm_sandbox_slow")
            invoice = await issued(client, customerId=buyer)
            paying = asyncio.create_task(client.answer(PAY, id=invoice["id"]))
            [charge] = await until("SELECT key FROM sandbox_charges WHERE workspace_id = $1", place)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            with pytest.raises(httpx2.TransportError):
                await paying
        assert await rows(STATUSES, place) == [{"status": "PENDING"}]

        async with machine.serving(http) as (url, _):
            await until(f"{STATUSES} AND status <> 'PENDING'", place)
            client = Client(http, f"{url}/graphql", key)
            after = await client.ask(READ, id=invoice["id"])

        assert after["invoice"] == {
            "status": "PAID",
            "closedBy": "PAYMENT",
            "ledger": [{"type": "ISSUED"}, {"type": "PAYMENT"}],
            "payments": {"nodes": [{"id": charge["key"], "status": "SUCCEEDED"}]},
        }
    assert await wrong_with(database, place) == set()


STATUSES = "SELECT status FROM payments WHERE workspace_id = $1"
PAY = "mutation($id: ID!) { invoicePay(input: {id: $id}) { userErrors { code } } }"
READ = """query($id: ID!) { invoice(id: $id) {
    status closedBy ledger { type } payments { nodes { id status } } } }"""
