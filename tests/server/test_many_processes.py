"""Several web processes and a worker on one database: whichever is killed, nothing is lost or doubled."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.journeys.making import customer, wanted
from tests.postbox import Postbox
from tests.process_tree import Found, children, runs
from tests.server.graphql.following import Stream, last_event, streaming
from tests.server.running import serving
from tests.site import Client, Site
from tests.verifying import wrong_for

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(360)]
PROCESSES = 2
PATIENCE_S = 90
AT_ONCE = 24
NUMBERS = "{ invoices(first: 100) { totalCount nodes { number } } }"


@dataclass(frozen=True)
class Fleet:
    """`serve --workers`: who watches, the web processes and the worker below it."""

    process: "subprocess.Popen[bytes]"
    url: str

    def web(self) -> set[int]:
        """The web processes."""
        return self._children("spawn_main")

    def worker(self) -> int:
        """The worker."""
        [found] = self._children("server worker")
        return found

    def _children(self, word: str) -> set[int]:
        return {child.pid for child in children(self.process.pid) if word in child.command}


@contextmanager
def fleet(site: Site, folder: Path, *words: str) -> Iterator[Fleet]:
    """Several processes on the database of the tests, once one of them answers."""
    mail = site.settings.smtp_url
    assert mail
    with serving(
        folder,
        *("--workers", str(PROCESSES), *words),
        DATABASE_URL=site.settings.dsn,
        SECRET_KEY=site.settings.secret,
        SMTP_URL=mail.get_secret_value(),
    ) as server:
        yield Fleet(server.process, server.url)


@pytest.fixture(scope="module")
def many(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One fleet for all tests; what they end comes back."""
    with fleet(site, tmp_path_factory.mktemp("fleet")) as opened:
        until(lambda: len(opened.web()) == PROCESSES)
        yield opened


@pytest.fixture
async def client(many: Fleet, client: Client) -> AsyncIterator[Client]:
    """A client with a new connection for each request, so that any process may get it."""
    limits = httpx2.Limits(max_keepalive_connections=0)
    async with httpx2.AsyncClient(timeout=PATIENCE_S, limits=limits) as http:
        yield replace(client, http=http, url=f"{many.url}/graphql")


def until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.1)


async def issue(client: Client, customer_id: str, key: str) -> str:
    """The number of an invoice, asked for again where a process went away under the request."""
    given = {"invoice": await wanted(client, customerId=customer_id), "idempotencyKey": key}
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                done = await client.act("invoiceIssue", "invoice { number }", **given)
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
                continue
            if done["invoice"]:
                return str(done["invoice"]["number"])
            assert [one["code"] for one in done["userErrors"]] == ["IDEMPOTENCY_IN_PROGRESS"]
            await asyncio.sleep(0.05)


async def issue_many(client: Client, customer_id: str, round_: str) -> list[str]:
    asked = (issue(client, customer_id, f"{round_}-{number}") for number in range(AT_ONCE))
    return list(await asyncio.gather(*asked))


def series(count: int) -> list[str]:
    return [f"INV-{number:04}" for number in range(1, count + 1)]


async def told(client: Client, after: str | None, count: int) -> list[str]:
    """The names of so many events after one, followed further wherever a process went away."""
    names: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(names) < count:
            try:
                async with streaming(client, after=after) as stream:
                    while len(names) < count and (event := await _next(stream)):
                        names.append(event["name"])
                        after = event["id"]
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
    return names


async def _next(stream: Stream) -> Any:
    kind, said = await stream.next()
    return said["data"]["events"] if kind == "next" else None


async def test_numbers_have_no_gap_and_repeated_requests_no_effect_on_any_process(
    client: Client, database: str
) -> None:
    ann = await customer(client)

    first = await issue_many(client, ann, "same")
    again = await issue_many(client, ann, "same")

    assert sorted(first) == series(AT_ONCE)
    assert again == first
    assert await wrong_for(client, database) == set()


async def test_a_process_that_is_killed_is_replaced_and_nothing_it_promised_is_lost(
    many: Fleet, client: Client, database: str
) -> None:
    ann = await customer(client)
    after = await last_event(client)
    before = many.web()
    following = asyncio.create_task(told(client, after, 3 * AT_ONCE))

    rounds = asyncio.gather(*(issue_many(client, ann, name) for name in "ab"))
    await asyncio.sleep(0.05)
    os.kill(min(before), signal.SIGKILL)
    numbers = [number for numbers in await rounds for number in numbers]
    await asyncio.to_thread(until, lambda: len(many.web()) == PROCESSES)
    numbers += await issue_many(client, ann, "c")

    assert len(before & many.web()) == PROCESSES - 1
    assert sorted(numbers) == series(3 * AT_ONCE)
    assert (await client.ask(NUMBERS))["invoices"]["totalCount"] == 3 * AT_ONCE
    assert await following == ["invoice.finalized"] * 3 * AT_ONCE
    assert await wrong_for(client, database) == set()


async def test_a_process_that_dies_while_it_is_asked_whether_it_lives_is_replaced(
    many: Fleet, client: Client
) -> None:
    before = many.web()
    doomed = min(before)
    os.kill(doomed, signal.SIGSTOP)
    await asyncio.sleep(2)  # by now its answer is waited for
    os.kill(doomed, signal.SIGKILL)

    await asyncio.to_thread(until, lambda: len(many.web() - {doomed}) == PROCESSES)

    assert await customer(client)


async def test_a_worker_that_is_killed_is_replaced_and_mails_what_was_promised(
    many: Fleet, client: Client, postbox: Postbox
) -> None:
    ann = await customer(client, email="ann.fleet@example.com")
    before = many.worker()
    os.kill(before, signal.SIGKILL)
    sent = await client.do(
        "invoiceSend", "invoice { number }", invoice=await wanted(client, customerId=ann)
    )

    await asyncio.to_thread(until, lambda: bool(postbox.to("ann.fleet@example.com")))

    [mail] = postbox.to("ann.fleet@example.com")
    assert sent["invoice"]["number"] in mail["Subject"]
    assert many.worker() != before


async def test_all_are_replaced_one_after_the_other_while_requests_are_answered(
    many: Fleet, client: Client, database: str
) -> None:
    ann = await customer(client)
    before = many.web()
    numbers: list[str] = []
    many.process.send_signal(signal.SIGHUP)

    async with asyncio.timeout(3 * PATIENCE_S):
        while before & many.web():
            numbers += await issue_many(client, ann, f"round-{len(numbers)}")

    await asyncio.to_thread(until, lambda: len(many.web()) == PROCESSES)
    assert sorted(numbers) == sorted(series(len(numbers)))
    assert await wrong_for(client, database) == set()


async def test_when_the_watcher_is_killed_the_others_leave_too(site: Site, tmp_path: Path) -> None:
    def killed() -> list[Found]:
        with fleet(site, tmp_path) as opened:
            left = children(opened.process.pid)
            opened.process.kill()
            return left

    left = await asyncio.to_thread(killed)

    assert len(left) > PROCESSES
    await asyncio.to_thread(until, lambda: not any(runs(process.pid) for process in left))
