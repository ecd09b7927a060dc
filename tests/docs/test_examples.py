"""The examples run: the operations in their order on a new workspace, and the client without libraries."""

import asyncio
import json
import os
import sys
from typing import Any

import pytest

from tests.docs.reading import CHECKOUT
from tests.journeys.making import customer, issued
from tests.site import Client, Site

EXAMPLES = CHECKOUT / "examples"
STORY = ("customer", "draft", "finalize", "send", "list", "customer-with-invoices", "void")


async def test_the_operations_tell_one_story(client: Client) -> None:
    known: dict[str, str] = {}
    answers = {}
    for name in STORY:
        answers[name] = await run(client, name, known)
        for payload in answers[name].values():
            for noun in ("customer", "invoice"):
                if found := (payload or {}).get(noun):
                    known.setdefault(f"{noun.upper()}_ID", found.get("id"))

    assert answers["draft"]["invoiceDraft"]["invoice"]["total"]["amount"] == "112.15"
    assert answers["finalize"]["invoiceFinalize"]["invoice"]["number"] == "INV-0001"
    assert answers["list"]["invoices"]["totalCount"] == 1
    assert answers["customer-with-invoices"]["customer"]["newest"]["nodes"][0]["lines"]
    assert answers["void"]["invoiceVoid"]["invoice"]["status"] == "VOID"


def test_every_operation_is_part_of_the_story() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.graphql")} == set(STORY)
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(STORY)


async def test_the_client_lists_what_is_overdue(site: Site, client: Client) -> None:
    late = await customer(client, name="Tardy & Sons")
    await issued(client, customerId=late, issuedAt="2026-01-05T12:00:00Z", dueDate="2026-01-31")
    await issued(client)

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLES / "overdue.py")),
        env={**os.environ, "BILLGRAPH_URL": client.url, "BILLGRAPH_KEY": client.key or ""},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()

    assert process.returncode == 0
    assert said.decode().split() == [
        "INV-0001",
        "2026-01-31",
        "100.00",
        "USD",
        "Tardy",
        "&",
        "Sons",
    ]


async def run(client: Client, name: str, known: dict[str, str]) -> dict[str, Any]:
    """What an example answers, with ids in place of its placeholders; it may refuse nothing."""
    variables = (EXAMPLES / f"{name}.json").read_text()
    for placeholder, found in known.items():
        variables = variables.replace(placeholder, found)
    answer = await client.ask((EXAMPLES / f"{name}.graphql").read_text(), **json.loads(variables))
    for payload in answer.values():
        assert payload.get("userErrors", []) == []
    return answer


@pytest.mark.parametrize(
    ("source", "brought"),
    [
        (
            "stripe",
            {
                "7F2A-0001": ("2694.85", "2694.85", "PAID"),
                "7F2A-0002": ("595.00", "200.00", "PARTIALLY_PAID"),
            },
        ),
        (
            "invoice-ninja",
            {"0041": ("1200.00", "1200.00", "PAID"), "0042": ("330.00", "0.00", "OPEN")},
        ),
    ],
)
async def test_invoices_come_over_from_an_export_once(
    client: Client, source: str, brought: dict[str, tuple[str, str, str]]
) -> None:
    trial = await migrate(client, "--trial", source)
    assert trial.startswith("2 brought over, 0 refused")
    assert (await client.ask("{ invoices { totalCount } }"))["invoices"]["totalCount"] == 0

    for _ in range(2):
        said = await migrate(client, source)
        assert "2 brought over, 0 refused" in said

    found = await client.ask(
        "{ invoices(orderBy: {field: ISSUED_AT, direction: ASC}) { nodes { number status metadata "
        "total { amount } amountPaid { amount } } } }"
    )
    nodes = found["invoices"]["nodes"]
    assert [node["number"] for node in nodes] == ["INV-0001", "INV-0002"]
    assert {
        node["metadata"]["importedNumber"]: (
            node["total"]["amount"],
            node["amountPaid"]["amount"],
            node["status"],
        )
        for node in nodes
    } == brought


async def migrate(client: Client, *given: str) -> str:
    """What the script says that brings an export over."""
    export = EXAMPLES / "migration" / f"{given[-1]}-invoices.csv"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "examples.migration.migrate", *given, str(export)),
        cwd=CHECKOUT,
        env={**os.environ, "BILLGRAPH_URL": client.url, "BILLGRAPH_KEY": client.key or ""},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()
