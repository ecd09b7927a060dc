"""A preview is, field by field, what saving the same input stores; it stores nothing itself."""

from typing import Any

import pytest

from tests.journeys.making import LATE, customer, line
from tests.site import Client

MONEY = "{ minor amount currency }"
SHARED = f"""
  currency
  lines {{
    amount {MONEY} discount {MONEY} allocatedDiscount {MONEY} tax {MONEY}
    taxes {{ name percent category source amount {MONEY} }}
  }}
  discounts {{ name code percent fixed {MONEY} amount {MONEY} }}
  subtotal {MONEY} discount {MONEY} tax {MONEY} total {MONEY}
  taxBreakdown {{ name percent category taxable {MONEY} tax {MONEY} }}
"""
PREVIEW = f"""
query($invoice: InvoiceInput!) {{
  invoicePreview(invoice: $invoice) {{
    preview {{ {SHARED} }}
    userErrors {{ code field message meta }}
  }}
}}
"""
VAT = {"name": "VAT", "percent": "19"}
CITY = {"name": "City", "percent": "0.375"}
INPUTS: dict[str, dict[str, Any]] = {
    "untaxed": {"lines": [line()]},
    "no lines yet": {"lines": []},
    "discounts of lines and of the whole": {
        "lines": [
            line("A", "3.5", "19.99", discount={"percent": "12.5"}, taxRate="0.0825"),
            line("B", 2, "7.005", discount={"minor": 101}, taxPercent="19"),
        ],
        "discounts": [{"percent": "10", "name": "Loyal"}, {"minor": 333, "code": "SPRING"}],
    },
    "several taxes, after tax, per line": {
        "lines": [
            line("A", 1, "0.05", taxes=[VAT, CITY]),
            line("B", 7, "3.33", taxes=[CITY]),
            line("C", 1, "9", taxes=[{"name": "Out", "percent": "0", "category": "EXPORT"}]),
        ],
        "discounts": [{"percent": "33.333333"}],
        "taxRounding": "PER_LINE",
        "discountTaxTreatment": "AFTER_TAX",
    },
    "rounded per invoice": {
        "lines": [line("A", 1, "0.03", taxes=[VAT]), line("B", 1, "0.03", taxes=[CITY])],
        "taxRounding": "PER_INVOICE",
    },
    "prices with their taxes inside": {
        "lines": [line("A", 3, "9.99", taxes=[VAT, CITY]), line("B", 1, "5", taxPercent="7")],
        "pricesIncludeTax": True,
        "discounts": [{"minor": 500}],
    },
    "yen have no decimals": {
        "lines": [line("A", "1.5", "333", taxPercent="10")],
        "currency": "JPY",
        "settlementCurrency": "JPY",
    },
    "dinars have three": {
        "lines": [line("A", 3, "1.2345", taxPercent="5"), line("B", 1, "0.0005")],
        "currency": "KWD",
        "settlementCurrency": "KWD",
    },
    "tiny prices of many pieces": {"lines": [line("Calls", "123456789.5", "0.000000125")]},
    "exempt by how the customer is taxed": {
        "lines": [{**line(), "automaticTax": True}],
    },
}


@pytest.mark.parametrize("given", INPUTS.values(), ids=INPUTS.keys())
async def test_a_preview_is_what_a_draft_stores(client: Client, given: dict[str, Any]) -> None:
    invoice = await to_someone(client, **given)

    previewed = (await client.ask(PREVIEW, invoice=invoice))["invoicePreview"]
    assert previewed["userErrors"] == []
    assert await count(client) == 0
    drafted = await client.do("invoiceDraft", f"invoice {{ {SHARED} }}", invoice=invoice)

    assert previewed["preview"] == drafted["invoice"]


REFUSED: dict[str, dict[str, Any]] = {
    "several lines at once": {
        "lines": [line("", 1), line("A", 0), line("B", 1, "-1"), line("C", 1, taxRate="8.25")]
    },
    "a discount above its line": {"lines": [line(discount={"minor": 10001})]},
    "a discount above what is left": {"lines": [line()], "discounts": [{"minor": 10001}]},
    "too much": {"lines": [line("A", "1000000000", "1000000")]},
    "a period that ends before it starts": {
        "lines": [line(periodStart="2026-02-01", periodEnd="2026-01-01")]
    },
    "neither shown nor settled in it": {
        "lines": [line()],
        "currency": "EUR",
        "presentmentCurrency": "GBP",
        "settlementCurrency": "USD",
    },
    "an issue date in the future": {"lines": [line()], "issuedAt": "2090-01-01T00:00:00Z"},
    "due before its issue": {"lines": [line()], "dueDate": "2020-01-01"},
    "no such customer": {"lines": [line()], "customerId": "cus_nobody"},
    "no such matter": {"lines": [line()], "matterId": "mat_none"},
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED.keys())
async def test_a_preview_refuses_what_drafting_refuses_at_the_same_fields(
    client: Client, given: dict[str, Any]
) -> None:
    invoice = await to_someone(client, **given)

    previewed = (await client.ask(PREVIEW, invoice=invoice))["invoicePreview"]
    drafted = await client.act("invoiceDraft", "invoice { id }", invoice=invoice)

    assert previewed["preview"] is None
    assert drafted["invoice"] is None
    assert told(previewed) == told(drafted) != []
    assert {error["field"][0] for error in drafted["userErrors"]} == {"invoice"}
    assert await count(client) == 0


def told(payload: dict[str, Any]) -> list[Any]:
    """All of the refusals but what depends on the moment."""
    return [(error["code"], error["field"], error["message"]) for error in payload["userErrors"]]


async def to_someone(client: Client, **given: Any) -> dict[str, Any]:
    customer_id = await customer(client, taxTreatment="EXEMPT")
    return {"customerId": customer_id, "dueDate": LATE, **given}


async def count(client: Client) -> int:
    found: int = (await client.ask("{ invoices { totalCount } }"))["invoices"]["totalCount"]
    return found
