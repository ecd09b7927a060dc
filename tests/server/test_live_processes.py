"""Live updates over several processes: resumed on another, and let go when one stops."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from tests.journeys.making import customer
from tests.server.graphql.following import last_event, streaming, subscribed
from tests.server.graphql.test_sockets import closed
from tests.server.test_serving import CHECKOUT, free_port, wait_until_ready
from tests.site import Client, Site


@asynccontextmanager
async def another(
    site: Site, folder: Path, **settings: str
) -> AsyncIterator[tuple[str, subprocess.Popen[str]]]:
    """Another process that serves the same database, and its address."""
    port = free_port()
    process = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-m", "server", "serve", "--no-worker", "--port", str(port)],
        cwd=CHECKOUT,
        env={
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME")},
            "DATABASE_URL": site.settings.dsn,
            "SECRET_KEY": site.settings.secret,
            "DATA_DIR": str(folder),
            **settings,
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await asyncio.to_thread(wait_until_ready, process, url)
        yield f"{url}/graphql", process
    finally:
        if process.poll() is None:
            process.terminate()
        await asyncio.to_thread(process.communicate)


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
            assert await asyncio.to_thread(process.wait, 15) == 0
