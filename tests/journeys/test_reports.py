"""Reports over HTTP: what was owed on a day, what tax is due, and that no number is missing."""

from typing import Any

import pytest

from tests.journeys.making import customer, issued, line
from tests.site import Client, Site

RECEIVABLES = """
query($asOf: Date, $currency: CurrencyCode) {
  receivables(asOf: $asOf, currency: $currency) {
    asOf currency total { amount } buckets { fromDays toDays amount { amount } invoiceCount }
  }
}
"""
TAXES = """
query($from: Date!, $to: Date!) {
  taxReport(from: $from, to: $to) {
    from to rows { currency name percent category taxable { amount } tax { amount } }
  }
}
"""
NUMBERS = """
query($of: NumberedDocument!, $period: String) {
  numberingReport(document: $of, period: $period) {
    series { template } period first last count missing
  }
}
"""


@pytest.fixture
async def trial(site: Site) -> Client:
    """Someone in a sandbox of New York, at noon in Greenwich on 1 March 2097."""
    made = await site.someone(mode="TEST", timeZone="America/New_York")
    await at(made, "2097-03-01T12:00:00Z")
    return made


async def test_receivables_are_aged_by_days_past_due(trial: Client) -> None:
    """On 1 June: due that day or later is not late; the rest by 30 days."""
    for due in ("2097-06-01", "2097-05-31", "2097-05-02", "2097-05-01", "2097-04-02"):
        await issued(trial, dueDate=due)
    for due in ("2097-03-03", "2097-03-02", "2097-03-01"):
        await issued(trial, dueDate=due, lines=[line(price="10")])
    await at(trial, "2097-06-01T12:00:00Z")

    found = await receivables(trial)

    assert found["asOf"] == "2097-06-01"
    assert found["currency"] == "USD"
    assert found["total"] == {"amount": "530.00"}
    assert aged(found) == [
        (0, 0, "100.00", 1),
        (1, 30, "200.00", 2),
        (31, 60, "200.00", 2),
        (61, 90, "10.00", 1),
        (91, None, "20.00", 2),
    ]


async def test_a_past_day_is_reported_as_it_was_at_its_end(trial: Client) -> None:
    """Issued on the 1st, paid in parts on the 3rd and the 5th, another voided on the 4th."""
    someone = await customer(trial)
    first = await issued(trial, customerId=someone, dueDate="2097-03-02")
    second = await issued(trial, customerId=someone, dueDate="2097-03-09")
    await at(trial, "2097-03-03T12:00:00Z")
    await pay(trial, someone, first["id"], 4_000)
    await at(trial, "2097-03-04T12:00:00Z")
    await trial.do("invoiceVoid", id=second["id"])
    await at(trial, "2097-03-05T12:00:00Z")
    await pay(trial, someone, first["id"], 6_000)

    days = ["2097-02-28", "2097-03-01", "2097-03-03", "2097-03-04", "2097-03-05"]
    found = [await receivables(trial, asOf=day) for day in days]

    assert [one["total"]["amount"] for one in found] == [
        *("0.00", "200.00", "160.00", "60.00", "0.00")
    ]
    assert aged(found[2])[:2] == [(0, 0, "100.00", 1), (1, 30, "60.00", 1)]
    assert found[-1] == await receivables(trial)


async def test_a_day_ends_where_the_workspace_is(trial: Client) -> None:
    """Eleven in the evening in New York is the next day in Greenwich."""
    await at(trial, "2097-03-02T04:00:00Z")
    await issued(trial, dueDate="2097-03-09")

    assert (await receivables(trial, asOf="2097-03-01"))["total"]["amount"] == "100.00"
    assert (await receivables(trial, asOf="2097-02-28"))["total"]["amount"] == "0.00"


async def test_receivables_are_of_one_currency(trial: Client) -> None:
    await trial.do("fxRateSet", base="EUR", quote="USD", rate="1.0842")
    await issued(trial, currency="EUR", dueDate="2097-03-09")

    assert (await receivables(trial))["total"]["amount"] == "0.00"
    euros = await receivables(trial, currency="EUR")
    assert (euros["currency"], euros["total"]) == ("EUR", {"amount": "100.00"})


async def test_taxes_count_on_the_day_of_issue_and_less_when_it_is_voided(trial: Client) -> None:
    mixed = [
        line(taxes=[{"name": "VAT", "percent": "20"}]),
        line(price="50", taxes=[{"name": "VAT", "percent": "10"}]),
        line(price="7", taxes=[{"name": "VAT", "percent": "0", "category": "EXEMPT"}]),
    ]
    await issued(trial, dueDate="2097-03-09", lines=mixed)
    wrong = await issued(trial, dueDate="2097-03-09", lines=mixed[:1])
    await at(trial, "2097-04-02T12:00:00Z")
    await trial.do("invoiceVoid", id=wrong["id"])

    assert await taxes(trial, "2097-03-01", "2097-03-31") == [
        ("USD", "VAT", "20", "STANDARD", "200.00", "40.00"),
        ("USD", "VAT", "10", "STANDARD", "50.00", "5.00"),
        ("USD", "VAT", "0", "EXEMPT", "7.00", "0.00"),
    ]
    assert await taxes(trial, "2097-04-01", "2097-04-30") == [
        ("USD", "VAT", "20", "STANDARD", "-100.00", "-20.00"),
    ]
    assert await taxes(trial, "2097-05-01", "2097-05-31") == []


async def test_a_credit_note_lowers_the_tax_of_its_own_day_until_it_is_voided(
    trial: Client,
) -> None:
    twenty = [line(taxes=[{"name": "VAT", "percent": "20"}])]
    invoice = await issued(trial, dueDate="2097-03-09", lines=twenty)
    await at(trial, "2097-04-02T12:00:00Z")
    note = await trial.do(
        "creditNoteCreate", "creditNote { id }", invoiceId=invoice["id"], amount=6_000
    )
    await at(trial, "2097-05-02T12:00:00Z")
    await trial.do("creditNoteVoid", id=note["creditNote"]["id"])

    march, april, may = [
        await taxes(trial, f"2097-0{month}-01", f"2097-0{month}-30") for month in (3, 4, 5)
    ]

    assert march == [("USD", "VAT", "20", "STANDARD", "100.00", "20.00")]
    assert april == [("USD", "VAT", "20", "STANDARD", "-50.00", "-10.00")]
    assert may == [("USD", "VAT", "20", "STANDARD", "50.00", "10.00")]
    assert await taxes(trial, "2097-03-01", "2097-05-31") == march
    assert (await numbers(trial, of="CREDIT_NOTE"))["count"] == 1


async def test_the_first_and_the_last_day_count_in_the_workspaces_zone(trial: Client) -> None:
    await at(trial, "2097-04-01T03:59:59Z")
    await issued(trial, dueDate="2097-04-09", lines=[line(taxPercent="8.25")])

    march = await taxes(trial, "2097-03-31", "2097-03-31")

    assert march == [("USD", "Tax", "8.25", "STANDARD", "100.00", "8.25")]
    assert await taxes(trial, "2097-04-01", "2097-04-01") == []


async def test_drafts_and_what_was_never_issued_bear_no_tax(trial: Client) -> None:
    draft = {"customerId": await customer(trial), "dueDate": "2097-03-09"}
    dated = {**draft, "issuedAt": "2097-03-01T12:00:00Z", "lines": [line(taxPercent="8.25")]}
    await trial.do("invoiceDraft", invoice=dated)

    assert await taxes(trial, "2097-03-01", "2097-03-31") == []
    assert (await receivables(trial))["total"]["amount"] == "0.00"


async def test_numbers_of_a_period_are_all_there(trial: Client) -> None:
    """Three from 120 on, one of them voided; then a new year."""
    numbering = {"document": "INVOICE", "template": "R{YYYY}-{seq:5}", "reset": "YEAR"}
    await trial.do("numberSeriesSet", **numbering, startAt=120)
    made = [await issued(trial, dueDate="2098-03-09") for _ in range(3)]
    await trial.do("invoiceVoid", id=made[1]["id"])
    await at(trial, "2098-01-02T12:00:00Z")
    await issued(trial, dueDate="2098-03-09")

    old = await numbers(trial, of="INVOICE", period="2097")
    new = await numbers(trial, of="INVOICE")

    series = {"series": {"template": "R{YYYY}-{seq:5}"}, "missing": []}
    assert old == {**series, "period": "2097", "first": 120, "last": 122, "count": 3}
    assert new == {**series, "period": "2098", "first": 1, "last": 1, "count": 1}


async def test_a_period_without_numbers_has_none(trial: Client) -> None:
    found = await numbers(trial, of="CREDIT_NOTE")

    assert found["series"] == {"template": "CN-{YYYY}-{seq:6}"}
    assert (found["period"], found["first"], found["last"]) == ("2097", 1, 0)
    assert (found["count"], found["missing"]) == (0, [])


async def test_a_report_is_of_ones_own_workspace_alone(trial: Client, stranger: Client) -> None:
    await issued(trial, dueDate="2097-03-09", lines=[line(taxPercent="8.25")])

    assert (await receivables(stranger, asOf="2097-03-01"))["total"]["amount"] == "0.00"
    assert await taxes(stranger, "2097-03-01", "2097-03-31") == []
    assert (await numbers(stranger, of="INVOICE"))["count"] == 0


async def at(trial: Client, now: str) -> None:
    await trial.do("testClockSet", now=now)


async def pay(trial: Client, customer_id: str, invoice_id: str, cents: int) -> None:
    await trial.do(
        "paymentRecord",
        customerId=customer_id,
        amount=cents,
        currency="USD",
        method="BANK_TRANSFER",
        allocations=[{"invoiceId": invoice_id, "amount": cents}],
    )


async def receivables(client: Client, **given: Any) -> Any:
    return (await client.ask(RECEIVABLES, **given))["receivables"]


def aged(found: Any) -> list[tuple[int, int | None, str, int]]:
    return [
        (one["fromDays"], one["toDays"], one["amount"]["amount"], one["invoiceCount"])
        for one in found["buckets"]
    ]


async def taxes(client: Client, first: str, last: str) -> list[tuple[str, ...]]:
    found = (await client.ask(TAXES, **{"from": first, "to": last}))["taxReport"]
    assert (found["from"], found["to"]) == (first, last)
    return [
        (
            *(row[name] for name in ("currency", "name", "percent", "category")),
            *(row[name]["amount"] for name in ("taxable", "tax")),
        )
        for row in found["rows"]
    ]


async def numbers(client: Client, **given: Any) -> Any:
    return (await client.ask(NUMBERS, **given))["numberingReport"]
