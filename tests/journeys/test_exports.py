"""Exports from the link in the API to the file: signed, for who may read the rows, a few at a time."""

import csv
import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.exports import pages
from tests.access.callers import with_scopes
from tests.journeys.making import customer, issued, line
from tests.site import Client, Site

LINK = """query($kind: ExportKind!, $from: Date, $to: Date, $ttl: Int) {
  exportUrl(kind: $kind, from: $from, to: $to, ttlSeconds: $ttl) }"""


async def link(client: Client, kind: str, **given: Any) -> str:
    """The link to an export."""
    url = (await client.ask(LINK, kind=kind, **given))["exportUrl"]
    assert isinstance(url, str)
    return url


async def test_a_link_brings_a_file_of_all_lines(client: Client, site: Site) -> None:
    someone = await customer(client, name="=cmd()")
    for _ in range(3):
        await issued(client, customerId=someone, lines=[line("Straße", 2), line("=1+1")])

    url = await link(client, "LINES")
    answer = await client.http.get(url)

    assert url.startswith(f"{site.address}/files/wsp_")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="lines.csv"'
    assert answer.headers["cache-control"] == "private, no-store"
    found = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["description"] for row in found] == ["Straße", "'=1+1"] * 3
    assert [row["amount"] for row in found] == ["200.00", "100.00"] * 3


@pytest.mark.parametrize("kind", ["INVOICES", "LINES", "PAYMENTS", "LEDGER"])
async def test_every_kind_can_be_had(client: Client, kind: str) -> None:
    await issued(client)

    answer = await client.http.get(await link(client, kind, **{"from": "2020-01-01"}))

    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert answer.status_code == 200
    assert f'filename="{kind.lower()}-from-2020-01-01.csv"' in answer.headers["content-disposition"]
    assert len({len(row) for row in rows}) == 1
    assert len(rows) == (1 if kind == "PAYMENTS" else 2)


async def test_a_link_that_was_changed_opens_nothing(client: Client, stranger: Client) -> None:
    url = await link(client, "INVOICES", **{"from": "2026-01-01", "to": "2026-01-31"})
    other = urlsplit(await link(stranger, "INVOICES")).path.split("/")[2]
    mine = urlsplit(url).path.split("/")[2]

    for changed in (
        url.replace("2026-01-31", "2027-01-31"),
        url.replace("invoices", "payments"),
        url.replace(mine, other),
        url.replace("expires=", "expires=9"),
        url.partition("?")[0],
    ):
        answer = await client.http.get(changed)
        assert (answer.status_code, answer.json()["code"]) == (403, "URL_INVALID"), changed


async def test_a_link_lives_as_long_as_was_asked(client: Client) -> None:
    url = await link(client, "LEDGER", ttl=60)
    until = int(parse_qs(urlsplit(url).query)["expires"][0])
    longer = int(parse_qs(urlsplit(await link(client, "LEDGER")).query)["expires"][0])
    refused = await client.answer(LINK, kind="LEDGER", ttl=59)

    assert 800 < longer - until < 900
    assert refused["errors"][0]["extensions"]["reason"] == "TTL_INVALID"


async def test_days_the_wrong_way_round_are_refused(client: Client) -> None:
    answer = await client.answer(LINK, kind="LINES", **{"from": "2026-02-01", "to": "2026-01-31"})

    [error] = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "reason": "RANGE_INVALID"}


async def test_an_export_takes_the_scope_of_its_rows(site: Site, client: Client) -> None:
    invoices = await with_scopes(site, client, "INVOICES_READ")
    payments = await with_scopes(site, client, "PAYMENTS_READ")

    assert await link(invoices, "LEDGER")
    assert await link(payments, "PAYMENTS")
    for asker, kind in ((invoices, "PAYMENTS"), (payments, "INVOICES"), (payments, "LINES")):
        answer = await asker.answer(LINK, kind=kind)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_token_for_one_customer_exports_nothing(site: Site, client: Client) -> None:
    buyer = await customer(client)
    made = await client.do("accessTokenCreate", "token", scopes=["INVOICES_READ"], customerId=buyer)

    answer = await site.client(made["token"]).answer(LINK, kind="INVOICES")

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_too_many_at_once_are_asked_to_come_back(
    site: Site, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 0)

    answer = await client.http.get(await link(client, "LINES"))

    assert (answer.status_code, answer.json()["code"]) == (503, "BUSY")
    assert answer.headers["retry-after"] == "10"


async def test_asking_for_the_head_reads_no_rows(client: Client) -> None:
    await issued(client)

    answer = await client.http.head(await link(client, "LINES"))

    assert (answer.status_code, answer.text) == (200, "")
