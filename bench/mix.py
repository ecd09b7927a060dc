"""A mix as applications ask it: each client drafts, issues, sends and takes payment, and reads in between."""

import asyncio
import itertools
import random
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from bench.asking import graphql
from bench.contenders.billgraph import BY_ID, CUSTOMER, LIST
from bench.issuing import LINES

LATE = "2099-12-31"
PAGE = 25
READ = "read"
STORY = (
    *("invoiceDraft", READ, READ, "invoiceFinalize", READ, READ),
    *("invoiceSend", READ, "invoicePay", READ, READ),
)
KINDS = {
    READ: "read: a list of 25, one by id, a customer with 5",
    "invoiceDraft": "draft, two lines",
    "invoiceFinalize": "issue",
    "invoiceSend": "send",
    "invoicePay": "pay, by the sandbox's card",
}


class Refused(Exception):
    """An answer other than what was asked for."""


@dataclass
class Taken:
    """What came of the requests of one kind: how long each took, and what went wrong."""

    latencies_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Buyer:
    """A customer with a card, and the key of the workspace that sells."""

    api_key: str
    customer_id: str


class Client:
    """One connection, and a buyer to sell to: a request after the other until time is up."""

    def __init__(self, port: int, buyer: Buyer, taken: dict[str, Taken]) -> None:
        self._port, self._buyer, self._taken = port, buyer, taken
        self._reads = itertools.cycle((self._list, self._by_id, self._customer))
        self._invoice: str | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def work(self, end_s: float) -> None:
        """Story after story, each client from another place of it on."""
        self._invoice = await self._drafted()
        for step in itertools.cycle(STORY):
            if time.perf_counter() >= end_s:
                break
            await self._take(step)
        if self._streams:
            self._streams[1].close()

    async def _take(self, step: str) -> None:
        taken, began_s = self._taken[step], time.perf_counter()
        try:
            await self._do(step)
        except (OSError, EOFError, Refused) as fault:
            taken.errors.append(f"{type(fault).__name__}: {fault}"[:300])
            self._streams = None
            return
        taken.latencies_s.append(time.perf_counter() - began_s)

    async def _do(self, step: str) -> None:
        if step == READ:
            await next(self._reads)()
        elif step == "invoiceDraft":
            self._invoice = await self._drafted()
        else:
            await self._act(step, id=self._invoice)

    async def _drafted(self) -> str:
        wanted = {"customerId": self._buyer.customer_id, "dueDate": LATE, "lines": LINES}
        made = await self._act("invoiceDraft", invoice=wanted)
        return str(made["invoice"]["id"])

    async def _list(self) -> None:
        await self.ask(LIST, first=PAGE)

    async def _by_id(self) -> None:
        await self.ask(BY_ID, id=self._invoice)

    async def _customer(self) -> None:
        await self.ask(CUSTOMER, id=self._buyer.customer_id)

    async def _act(self, mutation: str, **given: Any) -> Any:
        key = f"{random.getrandbits(128):032x}"
        document = (
            f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $input) "
            "{ invoice { id number status } userErrors { code message } } }"
        )
        payload = (await self.ask(document, input={**given, "idempotencyKey": key}))[mutation]
        if payload["userErrors"]:
            raise Refused(str(payload["userErrors"]))
        return payload

    async def ask(self, document: str, **variables: Any) -> Any:
        """What an operation answers. Raises Refused, OSError and EOFError."""
        asked = graphql(document, variables, authorization=f"Bearer {self._buyer.api_key}")
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(asked.wire(self._port))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        answer = orjson.loads(await reader.readexactly(int(length)))
        if not head.startswith(b"http/1.1 200") or "errors" in answer:
            raise Refused(str(answer))
        return answer["data"]
