"""Relay: its compiler takes the schema, and the server answers the documents that it writes."""

import json
import re
from collections.abc import Callable

from tests.clients.rooms import Room
from tests.journeys.making import customer, issued, wanted
from tests.site import Client, Json


async def test_the_compiler_takes_paging_both_ways_refetching_and_growing_lists(
    room: Callable[[str], Room], client: Client
) -> None:
    documents = await compiled(room("relay"))
    assert len(documents) == 6
    ann = await customer(client)
    old, new = [await issued(client, customerId=ann) for _ in range(2)]

    page = await client.ask(documents["InvoiceListQuery"])
    assert numbers(page["invoices"]) == ["INV-0002", "INV-0001"]

    turn = documents["InvoiceListPaginationQuery"]
    first, last = (edge["cursor"] for edge in page["invoices"]["edges"])
    assert numbers((await client.ask(turn, first=1, after=first))["invoices"]) == ["INV-0001"]
    backward = await client.ask(turn, first=None, last=1, before=last)
    assert numbers(backward["invoices"]) == ["INV-0002"]

    again = await client.ask(documents["InvoiceCardRefetchQuery"], id=old["id"])
    assert again["node"]["__typename"] == "Invoice"
    assert again["node"]["number"] == "INV-0001"

    theirs = await client.ask(documents["InvoiceCardCustomerPaginationQuery"], id=ann, last=1)
    assert numbers(theirs["node"]["invoices"]) == ["INV-0001"]
    assert new["number"] == "INV-0002"


async def test_what_a_mutation_answers_can_be_appended_to_a_list(
    room: Callable[[str], Room], client: Client
) -> None:
    documents = await compiled(room("relay"))

    made = await client.ask(
        documents["InvoiceActsIssueMutation"], input={"invoice": await wanted(client)}
    )
    assert made["invoiceIssue"]["invoice"]["number"] == "INV-0001"

    refused = await client.ask(
        documents["InvoiceActsDeleteMutation"],
        input={"id": made["invoiceIssue"]["invoice"]["id"]},
    )
    assert refused["invoiceDelete"]["deletedId"] is None
    assert refused["invoiceDelete"]["userErrors"] == [{"code": "INVALID_TRANSITION"}]


async def compiled(relay: Room) -> dict[str, str]:
    """The documents that the compiler made, by the names of their operations; tsc takes its types."""
    (relay.folder / "persisted.json").write_text("{}")
    await relay.do("relay-compiler", "relay.config.json", "--noWatchman")
    await relay.do("tsc", "--project", ".")
    texts = json.loads((relay.folder / "persisted.json").read_text()).values()
    return {re.findall(r"(?:query|mutation) (\w+)", text)[0]: text for text in texts}


def numbers(connection: Json) -> list[str]:
    return [edge["node"]["number"] for edge in connection["edges"]]
