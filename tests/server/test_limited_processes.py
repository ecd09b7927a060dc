"""Rate limits over several processes: two real servers on one database count one key together."""

import asyncio
import time
from pathlib import Path

import pytest

from domain.allowances import MINUTE
from tests.server.test_live_processes import another, at
from tests.site import Client, Site

pytestmark = pytest.mark.timeout(400)
POINTS, SECRETS = 600, 20
READ = {"query": "{ a: viewer { mode } b: viewer { mode } c: viewer { mode } }"}
READ_POINTS = 3
TOKEN = {"query": "mutation { accessTokenCreate(input: {scopes: [INVOICES_READ]}) { expiresAt } }"}
AT_ONCE = 4
# Who waits for the database no longer than a client would lets in what others may have had.
PATIENT = """
from server.graphql import allowances
allowances.PATIENCE_S = allowances.TIME_LIMIT_S = 60
"""


async def admitted(client: Client, body: object) -> int:
    """How many requests are answered until one is refused."""
    count = 0
    while (answer := await client.post(body)).status_code == 200:
        count += 1
    assert answer.status_code == 429, answer.text
    return count


async def admitted_by_both(here: Client, there: Client, body: object) -> tuple[int, float]:
    """How many both let in for clients that ask them all at once, and how many seconds it took."""
    began_s = time.monotonic()
    found = await asyncio.gather(
        *(admitted(client, body) for client in (here, there) for _ in range(AT_ONCE))
    )
    return sum(found), time.monotonic() - began_s


def back_after(seconds: float, limit: int) -> int:
    """How many come back meanwhile, at most."""
    return int(seconds * limit / MINUTE.seconds) + 1


async def test_two_servers_let_in_as_much_as_one(
    site: Site, client: Client, tmp_path: Path
) -> None:
    """At most a hundredth more; of what sends mail or makes secrets, not one more."""
    limits = {"RATE_LIMIT": str(POINTS), "RATE_LIMIT_SECRETS": str(SECRETS)}
    async with (
        another(site, tmp_path / "one", PATIENT, **limits) as (one, _),
        another(site, tmp_path / "two", PATIENT, **limits) as (two, _),
    ):
        here, there = at(client, one), at(client, two)

        tokens, took_s = await admitted_by_both(here, there, TOKEN)
        assert SECRETS <= tokens <= SECRETS + back_after(took_s, SECRETS)

        spent = 10 * tokens
        reads, more_s = await admitted_by_both(here, there, READ)
        spent += READ_POINTS * reads
        beyond = POINTS // 100 + back_after(took_s + more_s, POINTS)
        assert POINTS - 2 * READ_POINTS <= spent <= POINTS + beyond
