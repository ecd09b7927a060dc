"""A server that is killed while the gateway charges: the payment is settled once all the same."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from domain.identifiers import decode_id
from models.connections import rows
from server.settings import CHECKOUT
from tests.journeys.making import card, customer, issued
from tests.server.running import Running, serving_meanwhile
from tests.site import Client
from tests.verifying import wrong_with

pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 90
# So that it is killed before the gateway has answered, however long that takes here.
SLOWER = """
from server.outside.sandbox import SandboxGateway
_, *others = SandboxGateway.__init__.__defaults__
SandboxGateway.__init__.__defaults__ = (600.0, *others)
"""


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

    def serving(self, before: str = "") -> AbstractAsyncContextManager[Running]:
        """A server that answers, with its worker."""
        return serving_meanwhile(self.folder, before=before, **self.environment)


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
    async with httpx2.AsyncClient(timeout=600) as http:
        async with machine.serving(SLOWER) as server:
            client = Client(http, f"{server.url}/graphql", key)
            buyer = await customer(client)
            await card(client, buyer, "pm_sandbox_slow")
            invoice = await issued(client, customerId=buyer)
            paying = asyncio.create_task(client.answer(PAY, id=invoice["id"]))
            [charge] = await until("SELECT key FROM sandbox_charges WHERE workspace_id = $1", place)
            server.process.kill()
            server.process.wait()
            with pytest.raises(httpx2.TransportError):
                await paying
        assert await rows(STATUSES, place) == [{"status": "PENDING"}]

        async with machine.serving() as server:
            await until(f"{STATUSES} AND status <> 'PENDING'", place)
            client = Client(http, f"{server.url}/graphql", key)
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
