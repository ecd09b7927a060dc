"""What the pay page shows of a stored invoice: its snapshot, in the days of its time zone."""

import re
from html import unescape
from typing import Any

import pytest

from models.connections import rows
from tests.journeys.making import customer, issued, line
from tests.site import Client, Site

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
READ = "query($id: ID!) { invoice(id: $id) { viewedAt version publicPayUrl status } }"


async def test_it_shows_what_was_frozen_and_no_internal_note(site: Site, client: Client) -> None:
    ada = await customer(client, name="Ada Lovelace", taxId="GB-1")
    lines = [
        line("Drafting a will", 1, "2500.00"),
        line("Copies", 12, "15.00", taxes=[{"name": "Sales tax", "percent": "8.25"}]),
        line("Retainer", 1, "100", periodStart="2026-01-01", periodEnd="2026-02-01"),
    ]
    invoice = await issued(
        client,
        customerId=ada,
        lines=lines,
        discounts=[{"name": "Loyal", "percent": "10"}],
        notes="Thank you.",
        internalNotes="Pays late",
        metadata={"secret": "key-17"},
    )
    await client.do("customerUpdate", id=ada, name="Someone else")
    await client.do("workspaceUpdate", name="Another firm")

    text = await page(site, invoice["publicPayUrl"])

    for shown in (
        *("Invoice INV-0001", "Ada Lovelace", "GB-1", "Acme", "Drafting a will", "$2,500.00"),
        *("Copies", "12", "$15.00", "8.25%", "Sales tax", "Loyal", "10%", "Thank you.", "Retainer"),
        *("Subtotal $2,780.00", "$278.00", "$13.37", "Total $2,515.37", "Amount due $2,515.37"),
    ):
        assert shown in text
    for hidden in ("Pays late", "key-17", "Someone else", "Another firm", "inv_", "cus_"):
        assert hidden not in text


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Pacific/Kiritimati", "March 2, 2026"), ("Pacific/Pago_Pago", "February 28, 2026")],
)
async def test_days_are_those_of_the_invoices_time_zone(
    site: Site, client: Client, zone: str, shown: str
) -> None:
    await client.do("workspaceUpdate", timeZone=zone)
    instant = "2026-03-01T10:30:00Z"
    invoice = await issued(client, issuedAt=instant, dueDate="2026-04-30")

    await client.do("workspaceUpdate", timeZone="UTC")
    text = await page(site, invoice["publicPayUrl"])

    assert shown in text
    assert "April 30, 2026" in text


async def test_the_first_look_is_noted_and_no_later_one(site: Site, client: Client) -> None:
    invoice = await issued(client)
    await page(site, invoice["publicPayUrl"])
    first = (await client.ask(READ, id=invoice["id"]))["invoice"]

    await page(site, invoice["publicPayUrl"])

    assert first["viewedAt"]
    assert (await client.ask(READ, id=invoice["id"]))["invoice"] == first


@pytest.mark.parametrize("agent", ["Slackbot-LinkExpanding 1.0", "curl/8.0", "WhatsApp/2.2"])
async def test_a_program_that_previews_a_link_is_no_look(
    site: Site, client: Client, agent: str
) -> None:
    invoice = await issued(client)

    await page(site, invoice["publicPayUrl"], agent)

    assert (await client.ask(READ, id=invoice["id"]))["invoice"]["viewedAt"] is None


async def test_an_overdue_and_a_void_invoice_say_so(site: Site, client: Client) -> None:
    late = await issued(client, issuedAt="2026-01-01T00:00:00Z", dueDate="2026-01-15")
    void = await issued(client)
    await client.do("invoiceVoid", id=void["id"])

    assert "overdue" in (await page(site, late["publicPayUrl"])).lower()
    assert "void" in (await page(site, void["publicPayUrl"])).lower()


async def test_an_invoice_of_nothing_is_paid(site: Site, client: Client) -> None:
    free = await issued(client, lines=[line("Pro bono", 1, "0")])

    assert free["status"] == "PAID"
    assert "paid" in (await page(site, free["publicPayUrl"])).lower()


@pytest.mark.parametrize("change", [str.swapcase, lambda token: token[:-1], lambda t: t[::-1]])
async def test_a_token_that_is_nearly_right_is_unknown(
    site: Site, client: Client, change: Any
) -> None:
    url = (await issued(client))["publicPayUrl"]
    base, _, token = url.rpartition("/")

    answer = await site.http.get(f"{base}/{change(token)}")

    assert answer.status_code == 404
    assert "INV-0001" not in answer.text


async def test_a_token_is_kept_out_of_logs_and_found_by_its_hash(client: Client) -> None:
    url = (await issued(client))["publicPayUrl"]
    token = url.rpartition("/")[2]

    found = await rows("SELECT to_jsonb(l)::text AS row FROM pay_links l")

    assert len(token) == 32
    assert not [row for row in found if token in row["row"]]


async def page(site: Site, url: str, agent: str = BROWSER) -> str:
    """The words of a pay page."""
    answer = await site.http.get(url, headers={"user-agent": agent})
    assert answer.status_code == 200
    words = re.sub(r"</?(bdi|span|del|small)[^>]*>", "", answer.text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).replace("\xa0", " ").split())
