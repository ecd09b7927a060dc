"""A subscription's life over HTTP, with a worker beside: months that go by on a sandbox's clock."""

import asyncio
from typing import Any

import pytest

from tests.journeys.making import customer, line, subscription
from tests.site import Client, Site, working

pytestmark = pytest.mark.usefixtures("quiet")
PATIENCE_S = 60
READ = """query($id: ID!) { billingSubscription(id: $id) {
  status nextPeriodStart lastError lines paymentTermsDays currency action interval startOn
  customer { id } canceledAt
  invoices(last: 9) { totalCount nodes {
    number status dueOn total { amount } subscription { id }
    lines { description periodStart periodEnd } } } } }"""


async def read(client: Client, subscription_id: str) -> dict[str, Any]:
    """The subscription with its invoices, the oldest last."""
    found: dict[str, Any] = (await client.ask(READ, id=subscription_id))["billingSubscription"]
    return found


async def until(client: Client, subscription_id: str, count: int) -> dict[str, Any]:
    """The subscription once it has billed so often."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await read(client, subscription_id)
            if found["invoices"]["totalCount"] == count:
                return found
            await asyncio.sleep(0.05)


async def moved(client: Client, now: str) -> None:
    """Moves the sandbox's clock."""
    await client.do("testClockSet", now=now)


async def test_months_are_billed_as_they_begin(site: Site) -> None:
    client = await site.someone(mode="TEST")
    buyer = await customer(client)
    await moved(client, "2099-01-31T09:00:00Z")
    given = subscription(buyer, startOn="2099-01-31", lines=[line("Rent", price="1200")])
    made = await client.do("billingSubscriptionCreate", "billingSubscription { id }", **given)
    own = made["billingSubscription"]["id"]

    async with working(site.settings):
        first = await until(client, own, 1)
        await moved(client, "2099-04-01T00:00:00Z")
        third = await until(client, own, 3)
        await client.do("billingSubscriptionPause", id=own)
        await moved(client, "2099-06-15T00:00:00Z")
        paused = await read(client, own)
        await client.do("billingSubscriptionResume", id=own)
        await moved(client, "2099-06-30T00:00:00Z")
        back = await until(client, own, 4)

    periods = [one["lines"][0] for one in back["invoices"]["nodes"]]
    assert [(one["periodStart"], one["periodEnd"]) for one in reversed(periods)] == [
        ("2099-01-31", "2099-02-28"),
        ("2099-02-28", "2099-03-31"),
        ("2099-03-31", "2099-04-30"),
        ("2099-06-30", "2099-07-31"),
    ]
    assert first["nextPeriodStart"] == "2099-02-28"
    assert third["invoices"]["nodes"][-1]["number"] == "TEST-INV-0001"
    assert third["invoices"]["nodes"][-1]["dueOn"] == "2099-02-14"
    assert third["invoices"]["nodes"][0]["subscription"] == {"id": own}
    assert (paused["status"], paused["nextPeriodStart"]) == ("PAUSED", None)
    assert paused["invoices"]["totalCount"] == 3


async def test_what_was_refused_is_told_and_billed_once_it_is_put_right(site: Site) -> None:
    client = await site.someone(mode="TEST")
    buyer = await customer(client, email=None)
    await moved(client, "2099-01-31T09:00:00Z")
    given = subscription(buyer, startOn="2099-01-31")
    made = await client.do("billingSubscriptionCreate", "billingSubscription { id }", **given)
    own = made["billingSubscription"]["id"]

    async with working(site.settings):
        async with asyncio.timeout(PATIENCE_S):
            while (await read(client, own))["lastError"] is None:  # noqa: ASYNC110 - the worker is awaited
                await asyncio.sleep(0.05)
        refused = await read(client, own)
        await client.do("customerUpdate", id=buyer, email="ann@example.com")
        await client.do("billingSubscriptionResume", id=own)
        well = await until(client, own, 1)

    assert refused["lastError"].startswith("EMAIL_MISSING: ")
    assert refused["invoices"]["totalCount"] == 0
    assert well["lastError"] is None


async def test_a_subscription_reads_as_it_was_given(client: Client) -> None:
    buyer = await customer(client, currency="EUR", paymentTermsDays=30)
    lines = [
        {**line("Seat", "2.5", "0.000125"), "code": "S", "taxPercent": "8.25"},
        {"description": "Plan", "quantity": "1", "unitAmount": {"minor": 1999}},
    ]
    given = {"customerId": buyer, "interval": "QUARTER", "startOn": "2099-01-31", "lines": lines}

    made = await client.do("billingSubscriptionCreate", "billingSubscription { id }", **given)
    found = await read(client, made["billingSubscription"]["id"])

    assert found == {
        "status": "ACTIVE",
        "nextPeriodStart": "2099-01-31",
        "lastError": None,
        "lines": found["lines"],
        "paymentTermsDays": 30,
        "currency": "EUR",
        "action": "SEND",
        "interval": "QUARTER",
        "startOn": "2099-01-31",
        "customer": {"id": buyer},
        "canceledAt": None,
        "invoices": {"totalCount": 0, "nodes": []},
    }
    assert found["lines"] == [
        {
            "code": "S",
            "description": "Seat",
            "quantity": "2.5",
            "unitAmount": {"decimal": "0.000125"},
            "taxPercent": "8.25",
        },
        {"description": "Plan", "quantity": "1", "unitAmount": {"minor": 1999}},
    ]
