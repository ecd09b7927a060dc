"""The two invoices that every totals calculator here must get right, over HTTP, to the cent."""

from typing import Any

import pytest

from tests.journeys.making import MONEY, customer, line
from tests.site import Client

TOTALS = """
  invoice {
    number status
    subtotal { minor amount } discount { minor amount } tax { minor amount }
    total { minor amount currency } amountDue { minor }
    lines { amount { minor } allocatedDiscount { minor } tax { minor } taxRate }
    taxBreakdown { percent taxable { minor } tax { minor } }
  }
"""


async def test_a_will_and_twelve_copies(client: Client) -> None:
    lines = [line("Drafting a will", 1, "2500.00"), line("Copies", 12, "15.00", taxRate="0.0825")]

    issued = await client.do("invoiceIssue", TOTALS, invoice=await to_ann(client, lines))

    invoice = issued["invoice"]
    assert invoice["number"] == "INV-0001"
    assert invoice["status"] == "OPEN"
    assert invoice["subtotal"]["minor"] == 268000
    assert invoice["tax"]["minor"] == 1485
    assert invoice["total"] == {"minor": 269485, "amount": "2694.85", "currency": "USD"}
    assert invoice["amountDue"]["minor"] == 269485
    assert [row["tax"]["minor"] for row in invoice["lines"]] == [0, 1485]
    assert [row["taxRate"] for row in invoice["lines"]] == ["0", "0.0825"]


@pytest.mark.parametrize(
    ("percent", "treatment"), [("8", "BEFORE_TAX"), ("7.20", "AFTER_TAX"), ("8.00", None)]
)
async def test_seven_tens_and_a_forty_nine_less_ten_percent(
    client: Client, percent: str, treatment: str | None
) -> None:
    """8% of what is left after the discount, or 7.20% of what stood before it: the same cents."""
    lines = [
        line("Seats", 7, "10.00", taxPercent=percent),
        line("Base", 1, "49", taxPercent=percent),
    ]
    invoice = await to_ann(client, lines, discounts=[{"percent": "10"}])

    issued = await client.do(
        "invoiceIssue", TOTALS, invoice={**invoice, "discountTaxTreatment": treatment}
    )

    found = issued["invoice"]
    sums = [found[name]["amount"] for name in MONEY]
    assert sums == ["119.00", "11.90", "8.57", "115.67"]
    assert sum(row["tax"]["minor"] for row in found["lines"]) == 857
    assert [row["allocatedDiscount"]["minor"] for row in found["lines"]] == [700, 490]
    taxable = 11900 if treatment == "AFTER_TAX" else 10710
    assert [row["taxable"]["minor"] for row in found["taxBreakdown"]] == [taxable]


async def to_ann(client: Client, lines: list[Any], **given: Any) -> dict[str, Any]:
    customer_id = await customer(client)
    return {"customerId": customer_id, "dueDate": "2099-12-31", "lines": lines, **given}
