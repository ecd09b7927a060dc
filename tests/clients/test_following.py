"""The protocols' own clients, graphql-ws and graphql-sse, follow events and find nothing amiss."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.equipment import CLIENTS, NODE
from tests.journeys.making import customer, issued
from tests.server.graphql.following import last_event
from tests.site import Client, Site

PATIENCE_S = 60


class Program:
    """The client's program, line by line."""

    def __init__(self, running: asyncio.subprocess.Process) -> None:
        self._running = running

    async def line(self) -> Any:
        """What it says next."""
        assert self._running.stdout
        async with asyncio.timeout(PATIENCE_S):
            said = await self._running.stdout.readline()
        assert said, "it ended"
        return json.loads(said)


@asynccontextmanager
async def following(
    transport: str, client: Client, count: int, after: str | None
) -> AsyncIterator[Program]:
    """The program while it runs."""
    assert NODE
    running = await asyncio.create_subprocess_exec(
        *(NODE, CLIENTS / "following.js", transport, client.url, str(client.key), str(count)),
        *([after] if after else []),
        stdout=asyncio.subprocess.PIPE,
        cwd=CLIENTS,
    )
    try:
        program = Program(running)
        if transport == "ws":
            assert await program.line() == {"connected": True}
        yield program
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


@pytest.mark.parametrize("transport", ["ws", "sse"])
async def test_events_reach_the_protocols_own_client(client: Client, transport: str) -> None:
    buyer = await customer(client)
    after = await last_event(client)
    invoice = await issued(client, customerId=buyer)
    async with following(transport, client, 3, after) as program:
        first = await program.line()
        other = await customer(client)
        second = await issued(client, customerId=other)
        told = [first, await program.line(), await program.line()]

        assert [event["subjectId"] for event in told] == [invoice["id"], other, second["id"]]
        assert told[0]["invoice"] == {
            "number": invoice["number"],
            "total": {"amount": "100.00", "currency": "USD"},
        }
        ended = await program.line()
        assert ended in ({"ended": "complete"}, {"closed": 1000})


@pytest.mark.parametrize(
    ("transport", "end"), [("ws", {"closed": 4403}), ("sse", "UNAUTHENTICATED")]
)
async def test_a_key_that_is_revoked_ends_it(
    site: Site, client: Client, transport: str, end: Any
) -> None:
    made = await client.do(
        "apiKeyCreate", "apiKey { id } secret", name="Gone", mode="LIVE", scopes=["INVOICES_READ"]
    )
    await issued(client)
    after = await last_event(client)
    await issued(client)
    async with following(transport, site.client(made["secret"]), 9, after) as program:
        assert (await program.line())["name"] == "invoice.finalized"
        await client.do("apiKeyRevoke", id=made["apiKey"]["id"])
        said = await program.line()
        assert said == end or said["errors"][0]["extensions"]["code"] == end
        assert "ended" in await program.line()


@pytest.mark.parametrize("transport", ["ws", "sse"])
async def test_what_is_refused_is_said(client: Client, transport: str) -> None:
    async with following(transport, client, 1, "evt_unknown") as program:
        said = await program.line()
        assert "no event with this id" in json.dumps(said) or "400" in json.dumps(said)
