"""Late invoices over HTTP: a test clock moves on, and the worker charges interest by the day."""

import asyncio
from typing import Any

import pytest

from tests.journeys.making import customer, line
from tests.site import Client, Site, working
from tests.verifying import wrong_for

pytestmark = pytest.mark.usefixtures("quiet")
LATE = """
query($id: ID!) { invoice(id: $id) {
  displayStatus interest { amount } amountDue { amount } total { amount }
  ledger { type amount { minor } balance { minor } }
  events { nodes { name } }
} }
"""


async def test_a_month_late_at_twelve_percent(site: Site, database: str) -> None:
    client = await site.someone("TEST", interestPercent="12")
    await client.do("testClockSet", now="2097-06-10T12:00:00Z")
    wanted = {
        "customerId": await customer(client),
        "dueDate": "2097-07-01",
        "lines": [line(price="2694.85")],
    }
    made = await client.do("invoiceIssue", "invoice { id }", invoice=wanted)
    invoice_id = made["invoice"]["id"]

    async with working(site.settings):
        await client.do("testClockSet", now="2097-07-15T06:00:00Z")
        await interest_of(client, invoice_id, "11.52")
        await client.do("testClockSet", now="2097-08-01T06:00:00Z")
        late = await interest_of(client, invoice_id, "26.58")

    assert late["displayStatus"] == "OVERDUE"
    assert (late["total"]["amount"], late["amountDue"]["amount"]) == ("2694.85", "2721.43")
    assert [(one["type"], one["amount"]["minor"]) for one in late["ledger"]] == [
        ("ISSUED", 269_485),
        ("INTEREST", 1_152),
        ("INTEREST", 1_506),
    ]
    names = [one["name"] for one in late["events"]["nodes"]]
    assert names == [
        *["invoice.interest_posted"] * 2,
        *("invoice.past_due", "invoice.finalized"),
    ]
    waived = await client.do(
        "invoiceWaiveInterest", "invoice { amountDue { amount } }", id=invoice_id
    )
    assert waived["invoice"]["amountDue"]["amount"] == "2694.85"
    assert await wrong_for(client, database) == set()


async def interest_of(client: Client, invoice_id: str, amount: str) -> dict[str, Any]:
    """The invoice, once it bears this interest."""
    while True:
        found: dict[str, Any] = (await client.ask(LATE, id=invoice_id))["invoice"]
        if found["interest"]["amount"] == amount:
            return found
        await asyncio.sleep(0.1)
