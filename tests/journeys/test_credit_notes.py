"""Credit notes over HTTP: notes of a line each, in any order, sum to the invoice to the cent."""

from itertools import permutations
from typing import Any

import pytest

from tests.journeys.making import line, wanted
from tests.site import Client
from tests.verifying import wrong_for

PRICES = ("68.33", "68.33", "57.50", "85.00")
INVOICE = "status closedBy amountDue { minor } amountCredited { minor } total { amount }"
NOTE = f"creditNote {{ id number total {{ minor }} tax {{ minor }} }} invoice {{ {INVOICE} }}"
READ = """
query($id: ID!) { creditNote(id: $id) {
  __typename number status reason memo invoice { id creditNotes { totalCount nodes { id } } }
  lines { lineItem { id description } net { amount } tax { amount } total { amount } }
  subtotal { minor } tax { minor } total { minor } prePayment { minor } postPayment { minor }
  refunded { minor } toCreditBalance { minor } outOfBand { minor } voidedAt
} }
"""


async def owed(client: Client) -> dict[str, Any]:
    """Four lines at 20%: 334.99."""
    lines = [line(f"Part {i}", price=price, taxRate="0.2") for i, price in enumerate(PRICES)]
    selection = "invoice { id total { amount } lines { id amount { minor } } }"
    made = await client.do("invoiceIssue", selection, invoice=await wanted(client, lines=lines))
    assert made["invoice"]["total"]["amount"] == "334.99"
    found: dict[str, Any] = made["invoice"]
    return found


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_a_note_a_line_in_any_order_sums_to_the_invoice(
    client: Client, database: str, order: tuple[int, ...]
) -> None:
    invoice = await owed(client)
    notes = []
    for place in order:
        of_line = invoice["lines"][place]
        named = [{"lineItemId": of_line["id"], "net": of_line["amount"]["minor"]}]
        notes.append(
            await client.do("creditNoteCreate", NOTE, invoiceId=invoice["id"], lines=named)
        )

    assert sum(note["creditNote"]["total"]["minor"] for note in notes) == 33_499
    assert notes[-1]["invoice"] == {
        "status": "PAID",
        "closedBy": "CREDIT_NOTE",
        "amountDue": {"minor": 0},
        "amountCredited": {"minor": 33_499},
        "total": {"amount": "334.99"},
    }
    one_more = await client.act("creditNoteCreate", invoiceId=invoice["id"], amount=1)
    [error] = one_more["userErrors"]
    assert (error["code"], error["field"]) == ("CREDIT_EXCEEDS_CREDITABLE", ["amount"])
    assert error["meta"] == {"max": 0}
    assert await wrong_for(client, database) == set()


async def test_a_note_shows_what_it_takes_and_is_taken_back(client: Client) -> None:
    invoice = await owed(client)
    named = [{"lineItemId": invoice["lines"][2]["id"], "net": 5_750}]

    made = await client.do(
        "creditNoteCreate",
        NOTE,
        invoiceId=invoice["id"],
        reason="PRICE_ERROR",
        memo="As agreed",
        lines=named,
    )

    note = (await client.ask(READ, id=made["creditNote"]["id"]))["creditNote"]
    assert (note["number"][:3], note["status"], note["reason"]) == ("CN-", "ISSUED", "PRICE_ERROR")
    assert (note["memo"], note["invoice"]["id"]) == ("As agreed", invoice["id"])
    assert note["invoice"]["creditNotes"] == {
        "totalCount": 1,
        "nodes": [{"id": made["creditNote"]["id"]}],
    }
    [taken] = note["lines"]
    assert taken["lineItem"] == {"id": invoice["lines"][2]["id"], "description": "Part 2"}
    assert [taken[part]["amount"] for part in ("net", "tax", "total")] == [
        "57.50",
        "11.50",
        "69.00",
    ]
    assert [note[part]["minor"] for part in ("prePayment", "postPayment")] == [6_900, 0]

    voided = await client.do("creditNoteVoid", NOTE, id=made["creditNote"]["id"])
    assert voided["invoice"]["amountDue"]["minor"] == 33_499
    again = (await client.ask(READ, id=made["creditNote"]["id"]))["creditNote"]
    assert (again["status"], again["voidedAt"] is None) == ("VOID", False)
