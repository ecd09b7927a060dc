"""Rates over HTTP: taxes that are looked up, and an invoice in another currency than the books."""

from typing import Any

from tests.journeys.making import customer, line, wanted
from tests.site import Client

ADDRESS = {"line1": "Ring 1", "city": "Montréal", "region": "qc", "country": "CA"}
AUTOMATIC: dict[str, Any] = {"automaticTax": True}
DRAFT = """
invoice { id version tax { amount } taxBreakdown { name percent category tax { amount } }
  lines { taxes { name percent category source } } }
"""
SETTLED = """
query($id: ID!) {
  invoice(id: $id) {
    fxRate fxRateSource fxRateLockedAt issuedAt total { amount currency }
    settlementCurrency settlementTotal { amount currency }
    ledger { type amount { amount } settlementAmount { amount currency } }
    events(first: 10) { nodes { name } }
  }
}
"""


async def test_what_is_set_for_a_region_is_what_a_customer_there_bears(client: Client) -> None:
    for name, percent, region in (("GST", "5", None), ("GST", "5", "QC"), ("QST", "9.975", "QC")):
        await tax(client, name, percent, region=region)
    someone = await customer(client, address=ADDRESS)
    lines = [line(**AUTOMATIC), line(price="50", taxPercent="8.25")]

    asked = await wanted(client, customerId=someone, lines=lines)
    draft = (await client.do("invoiceDraft", DRAFT, invoice=asked))["invoice"]

    assert [sorted(one["name"] for one in each["taxes"]) for each in draft["lines"]] == [
        ["GST", "QST"],
        ["Tax"],
    ]
    assert [one["source"] for one in draft["lines"][0]["taxes"]] == ["AUTO", "AUTO"]
    assert draft["tax"] == {"amount": "19.11"}


async def test_a_draft_follows_the_rates_when_it_is_asked_to(client: Client) -> None:
    await tax(client, "VAT", "20", country="AT")
    someone = await customer(client, address={**ADDRESS, "country": "AT"})
    lines = [line(**AUTOMATIC), line(price="50", taxPercent="8.25")]
    asked = await wanted(client, customerId=someone, lines=lines)
    draft = (await client.do("invoiceDraft", DRAFT, invoice=asked))["invoice"]
    await tax(client, "VAT", "22", country="AT")

    once = (await client.do("invoiceRecomputeTax", DRAFT, id=draft["id"]))["invoice"]
    twice = (await client.do("invoiceRecomputeTax", DRAFT, id=draft["id"]))["invoice"]

    assert (draft["tax"], once["tax"]) == ({"amount": "24.13"}, {"amount": "26.13"})
    assert (draft["version"], once["version"]) == (1, 2)
    assert twice == once


async def test_all_rates_can_be_read(client: Client) -> None:
    await tax(client, "VAT", "20", country="AT", validTo="2099-12-31")
    await tax(client, "VAT", "7", country="DE", code="BOOK")
    await client.do("fxRateSet", base="EUR", quote="USD", rate="1.0842")
    await client.do("fxRateSet", base="GBP", quote="USD", rate="1.27", source="desk")

    found = await client.ask(
        """{ taxRates { name country region code percent category validFrom validTo }
        fxRates(base: "eur") { base quote rate source } all: fxRates { base } }"""
    )

    kept = {"name": "VAT", "region": None, "category": "STANDARD", "validFrom": "2016-01-01"}
    assert found["taxRates"] == [
        {**kept, "country": "AT", "code": None, "percent": "20", "validTo": "2099-12-31"},
        {**kept, "country": "DE", "code": "BOOK", "percent": "7", "validTo": None},
    ]
    euro = {"base": "EUR", "quote": "USD", "rate": "1.0842", "source": "MANUAL"}
    assert found["fxRates"] == [euro]
    assert [one["base"] for one in found["all"]] == ["GBP", "EUR"]


async def test_an_invoice_in_euro_settles_in_dollars_to_the_cent(client: Client) -> None:
    """EUR 100.00 at 1.0842, paid 33.33 + 33.33 + 33.34, settles 36.14 + 36.13 + 36.15."""
    someone = await customer(client, currency="EUR")
    asked = await wanted(client, customerId=someone)
    assert await client.refusals("invoiceIssue", invoice=asked) == [
        ("FX_RATE_UNAVAILABLE", ("invoice", "presentmentCurrency"))
    ]
    await client.do("fxRateSet", base="EUR", quote="USD", rate="1.0842", source="desk")
    made = (await client.do("invoiceIssue", "invoice { id }", invoice=asked))["invoice"]
    for cents in (3_333, 3_333, 3_334):
        money: dict[str, Any] = {"amount": cents, "currency": "EUR", "method": "CASH"}
        await client.do("paymentRecord", customerId=someone, **money)

    found = (await client.ask(SETTLED, **made))["invoice"]

    assert (found["fxRate"], found["fxRateSource"]) == ("1.0842", "desk")
    assert found["fxRateLockedAt"] == found["issuedAt"]
    assert found["settlementTotal"] == {"amount": "108.42", "currency": "USD"}
    assert settlements(found) == ["108.42", "-36.14", "-36.13", "-36.15"]
    names = [one["name"] for one in reversed(found["events"]["nodes"])]
    assert names[:2] == ["invoice.fx_rate_locked", "invoice.finalized"]


async def tax(client: Client, name: str, percent: str, **given: Any) -> None:
    rate = {"name": name, "country": "CA", "percent": percent, "validFrom": "2016-01-01"}
    await client.do("taxRateSet", **{**rate, **given})


def settlements(found: Any) -> list[str]:
    return [entry["settlementAmount"]["amount"] for entry in found["ledger"]]
