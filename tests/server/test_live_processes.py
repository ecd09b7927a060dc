"""Live updates over several processes: resumed on another, and let go when one stops."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journeys.making import customer
from tests.server.graphql.following import last_event, streaming, subscribed
from tests.server.graphql.test_sockets import closed
from tests.server.running import serving_meanwhile
from tests.site import Client, Site

pytestmark = pytest.mark.timeout(300)


@asynccontextmanager
async def another(
    site: Site, folder: Path, before: str = "", **settings: str
) -> AsyncIterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Another process that serves the same database, and its address."""
    own = {"DATABASE_URL": site.settings.dsn, "SECRET_KEY": site.settings.secret}
    async with serving_meanwhile(folder, "--no-worker", before=before, **own, **settings) as server:
        yield f"{server.url}/graphql", server.process


def at(client: Client, url: str) -> Client:
    """The same caller at another server."""
    return replace(client, url=url)


async def test_what_one_process_told_last_another_goes_on_behind(
    site: Site, client: Client, tmp_path: Path
) -> None:
    async with another(site, tmp_path) as (url, _):
        there, seen, made = at(client, url), [], []
        after = None
        async with streaming(client) as stream:
            made += [await customer(client if number % 2 else there) for number in range(10)]
            for _ in range(6):
                event = await stream.event()
                seen.append(event["subjectId"])
                after = event["id"]
        made += [await customer(client if number % 2 else there) for number in range(10)]
        async with streaming(there, after=after) as stream:
            made += [await customer(client)]
            seen += [(await stream.event())["subjectId"] for _ in range(15)]

    assert seen == made


async def test_a_process_that_stops_lets_its_followers_go_at_once(
    site: Site, client: Client, tmp_path: Path
) -> None:
    await customer(client)
    after = await last_event(client)
    async with another(site, tmp_path) as (url, process):
        there = at(client, url)
        async with streaming(there, after=after) as stream, subscribed(there, after=after) as told:
            buyer = await customer(client)
            assert (await stream.event())["subjectId"] == buyer
            assert (await told.event())["subjectId"] == buyer
            process.send_signal(signal.SIGTERM)

            assert (await stream.next())[0] == "end"
            assert await closed(told.socket) == 1012
            assert await asyncio.to_thread(process.wait, 60) == 0
