"""Numbers over HTTP: gapless however many issue at once, and apart in the sandbox."""

import asyncio
from typing import Any

from tests.journeys.making import customer, issued, wanted
from tests.site import Client

CLIENTS = 64
NUMBERS = """
query($after: String) {
  invoices(first: 100, after: $after, orderBy: {field: NUMBER, direction: ASC}) {
    nodes { number }
    pageInfo { hasNextPage endCursor }
  }
}
"""


async def test_64_clients_issuing_at_once_leave_no_gap_though_a_fifth_is_refused(
    client: Client,
) -> None:
    willing = await wanted(client)
    mute = await wanted(client, customerId=await customer(client, emailConsent="UNKNOWN"))

    async def one(place: int) -> dict[str, Any]:
        invoice = mute if place % 5 == 0 else willing
        return await client.act("invoiceSend", "invoice { number }", invoice=invoice)

    payloads = await asyncio.gather(*(one(place) for place in range(CLIENTS)))

    refused = [payload for payload in payloads if payload["userErrors"]]
    assert {payload["userErrors"][0]["code"] for payload in refused} == {"EMAIL_CONSENT_MISSING"}
    taken = sorted(payload["invoice"]["number"] for payload in payloads if payload["invoice"])
    assert len(taken) == CLIENTS - len(refused) == 51
    assert taken == [f"INV-{number:04}" for number in range(1, 52)]
    assert await numbers(client) == taken


async def test_a_void_invoice_keeps_its_number_and_drafts_have_none(client: Client) -> None:
    first, second = await issued(client), await issued(client)
    await client.do("invoiceVoid", id=first["id"])
    await client.do("invoiceDraft", invoice=await wanted(client))

    assert [first["number"], second["number"]] == ["INV-0001", "INV-0002"]
    assert await numbers(client) == ["INV-0001", "INV-0002", None]


async def test_the_series_can_be_set_anew_and_goes_on_without_a_gap(client: Client) -> None:
    await issued(client)

    series = await client.do(
        "numberSeriesSet",
        "numberSeries { template next }",
        document="INVOICE",
        template="R-{seq:3}",
        reset="NEVER",
    )

    assert series["numberSeries"] == {"template": "R-{seq:3}", "next": "R-002"}
    assert (await issued(client))["number"] == "R-002"


async def numbers(client: Client) -> list[str | None]:
    """All numbers of the workspace, through every page."""
    found, after = [], None
    while True:
        page = (await client.ask(NUMBERS, after=after))["invoices"]
        found += [node["number"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
