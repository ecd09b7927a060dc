"""The feed looks for all of its followers, and in the name of none."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from resolvers.callers import system
from server import database as server_database
from server.clock import utc_now
from server.graphql import feed
from server.graphql.feed import Feed
from server.logs import FACTS, with_facts
from tests.resolvers.making import NOON

PATIENCE_S = 30


@pytest.fixture
async def database_is_away(database: str) -> AsyncIterator[None]:
    """Nothing can be read meanwhile."""
    await server_database.close()
    await server_database.connect("postgresql://nobody@127.0.0.1:1/none", verify=False)
    yield
    await server_database.close()
    await server_database.connect(database)


@pytest.mark.usefixtures("database_is_away")
async def test_a_fault_of_the_feed_names_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "TICK_S", 0.01)
    caller = system(uuid4(), "LIVE", NOON, actor="key_1")
    FACTS.set({"request_id": "of the first who followed"})
    with capture_logs([with_facts]) as lines, Feed(utc_now).following(caller, 0):
        async with asyncio.timeout(PATIENCE_S):
            while not lines:  # noqa: ASYNC110 - the feed looks now and then
                await asyncio.sleep(0.01)

    assert [line["event"] for line in lines] == ["the feed could not reach the database"]
    assert "request_id" not in lines[0]
