"""Traffic: 64 clients that draft, issue, send, pay and void, and repeat each request until it is answered."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from tests.journeys.making import card, customer, line
from tests.site import USER_ERRORS, Client, Json

CLIENTS = 64
PATIENCE_S = 180
REPEATED_AFTER_S = 1.0
REST_S = 0.5
LATE = "2099-12-31"
# What someone is told who repeats a request while its first run still goes on.
STILL_RUNNING = {"IDEMPOTENCY_IN_PROGRESS"}
INVOICE = "invoice { id number status }"
WANTED = {
    "invoiceDraft": INVOICE,
    "invoiceFinalize": INVOICE,
    "invoiceSend": INVOICE,
    "invoicePay": f"{INVOICE} payment {{ id status }}",
    "invoiceVoid": INVOICE,
}
STORIES = (
    ("invoiceFinalize", "invoiceSend", "invoicePay"),
    ("invoiceFinalize", "invoiceVoid"),
    ("invoiceSend",),
    ("invoiceFinalize", "invoicePay"),
)


@dataclass(frozen=True)
class Acknowledged:
    """A mutation that was answered: what was asked, under which key, and the payload."""

    mutation: str
    input: Json
    payload: Json

    @property
    def invoice(self) -> str:
        """The invoice that it was about."""
        return str(self.payload["invoice"]["id"])


class Leaked(AssertionError):
    """An answer that a server in trouble must not give."""


@dataclass
class Traffic:
    """What the clients of one workspace were told, and how often they were told nothing."""

    client: Client
    acknowledged: list[Acknowledged] = field(default_factory=list)
    unanswered: Counter[str] = field(default_factory=Counter)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, mutation: str) -> list[Acknowledged]:
        """What was acknowledged of one kind."""
        return [one for one in self.acknowledged if one.mutation == mutation]

    async def until(self, count: int) -> None:
        """Waits for so many more acknowledgements."""
        wanted = len(self.acknowledged) + count
        async with asyncio.timeout(PATIENCE_S):
            while len(self.acknowledged) < wanted:  # noqa: ASYNC110 - many tasks add to it
                await asyncio.sleep(0.01)

    async def act(self, mutation: str, **given: Any) -> Json:
        """The payload of a mutation, which is repeated under the same key until there is one."""
        asked = {**given, "idempotencyKey": uuid4().hex}
        async with asyncio.timeout(PATIENCE_S):
            while (payload := await self.attempt(mutation, asked)) is None:  # noqa: ASYNC110 - repeats
                await asyncio.sleep(REPEATED_AFTER_S * random.uniform(0.5, 1.5))
        self.acknowledged.append(Acknowledged(mutation, asked, payload))
        return payload

    async def attempt(self, mutation: str, asked: Json) -> Json | None:
        """What a mutation answers to one request; None where nobody knows what became of it."""
        document = (
            f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) "
            f"{{ {mutation}(input: $input) {{ {WANTED[mutation]} {USER_ERRORS} }} }}"
        )
        try:
            answer = await self.client.post({"query": document, "variables": {"input": asked}})
        except httpx2.TransportError as fault:
            self.unanswered[type(fault).__name__] += 1
            return None
        return self._read(mutation, answer)

    def _read(self, mutation: str, answer: httpx2.Response) -> Json | None:
        said: Json = answer.json()
        if "errors" in said:
            [error] = said["errors"]
            if (
                error["extensions"]["code"] != "INTERNAL_SERVER_ERROR"
                or "id" not in error["extensions"]
            ):
                raise Leaked(answer.text)
            self.unanswered[error["extensions"].get("reason", "INTERNAL_SERVER_ERROR")] += 1
            return None
        payload: Json = said["data"][mutation]
        codes = {error["code"] for error in payload["userErrors"]}
        if codes & STILL_RUNNING:
            self.unanswered[codes.pop()] += 1
            return None
        assert codes == set(), f"{mutation} was refused: {answer.text}"
        return payload

    async def buyer(self) -> str:
        """A customer with a card, as each client has one."""
        found = await customer(self.client, email=f"{uuid4().hex}@example.com")
        await card(self.client, found)
        return found

    async def work(self, number: int, buyer: str) -> None:
        """One client: a story after the other, until the traffic stops."""
        # Each begins elsewhere, so all kinds of acts are under way at any moment.
        for turn in range(number, 10**9):
            if self._stopping.is_set():
                return
            invoice = {
                "customerId": buyer,
                "dueDate": LATE,
                "lines": [line(), line("Fees", 2, "7")],
            }
            made = (await self.act("invoiceDraft", invoice=invoice))["invoice"]
            for mutation in STORIES[turn % len(STORIES)]:
                await self.act(mutation, id=made["id"])
                await asyncio.sleep(random.uniform(0, 2 * REST_S))

    def stop(self) -> None:
        """Lets every client end its story."""
        self._stopping.set()


@asynccontextmanager
async def flowing(client: Client, clients: int = CLIENTS) -> AsyncIterator[Traffic]:
    """The traffic of a workspace; at the end each client has ended its story."""
    traffic = Traffic(client)
    buyers = await asyncio.gather(*(traffic.buyer() for _ in range(clients)))
    async with asyncio.TaskGroup() as group:
        for number, buyer in enumerate(buyers):
            group.create_task(traffic.work(number, buyer))
        await traffic.until(clients)
        yield traffic
        traffic.stop()
