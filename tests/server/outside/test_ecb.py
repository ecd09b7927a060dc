"""The bank's reference rates, from a file or an address."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from domain.ecb_rates import RatesUnreadable
from models.connections import rows
from resolvers.fx_rates import keep
from server.outside import ecb
from tests.resolvers.making import NOON, someone

FOLDER = Path(__file__).parents[2] / "domain" / "ecb"
DAILY, HISTORY = FOLDER / "eurofxref-daily.xml", FOLDER / "eurofxref-hist.csv"


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Where the daily file is published, on this machine."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        found = asked.startswith(b"GET /daily.xml")
        content = DAILY.read_bytes() if found else b""
        status = b"200 OK" if found else b"404 Not Found"
        head = b"HTTP/1.0 %s\r\ncontent-length: %d\r\n\r\n" % (status, len(content))
        writer.write(head + content)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_file_and_an_address_say_the_same(address: str) -> None:
    filed = await ecb.published(str(DAILY))
    fetched = await ecb.published(f"{address}/daily.xml")

    assert filed.all == fetched.all
    assert {rate.quote: rate.rate for rate in filed.all}["USD"] == Decimal("1.0842")


async def test_the_newest_day_counts_unless_the_whole_history_is_wanted() -> None:
    newest = await ecb.published(str(HISTORY))
    every = await ecb.published(str(HISTORY), is_history=True)

    assert {rate.as_of for rate in newest.all} == {max(rate.as_of for rate in every.all)}
    assert len({rate.as_of for rate in every.all}) == 3


async def test_what_is_not_there_or_is_something_else_is_told(address: str) -> None:
    with pytest.raises(OSError, match="404"):
        await ecb.published(f"{address}/weekly.xml")
    with pytest.raises(FileNotFoundError):
        await ecb.published("/nowhere/rates.xml")
    with pytest.raises(RatesUnreadable):
        await ecb.published(__file__)


async def test_published_rates_are_kept_for_a_workspace(database: str) -> None:
    caller = await someone()

    await keep(caller.workspace_id, (await ecb.published(str(DAILY))).all, NOON)

    found = await rows(
        "SELECT base, source, as_of FROM fx_rates WHERE workspace_id = $1 AND quote = 'USD'",
        caller.workspace_id,
    )
    assert [(row["base"], row["source"]) for row in found] == [("EUR", "ECB")]
