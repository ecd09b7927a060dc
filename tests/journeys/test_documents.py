"""The PDF of an invoice, from the link in the API to the file: signed, frozen, and for its customer alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import httpx2
import pytest
from pydantic import SecretStr

from resolvers import document_links
from server.app import create_app
from server.documents.printing import Printer
from server.documents.sheets import Sheet
from tests.journeys.making import customer, drafted, issued, line
from tests.server.documents.sheets import pages
from tests.site import Client, Site, opened

READ = "query($id: ID!, $ttl: Int) { invoice(id: $id) { number pdfUrl(ttlSeconds: $ttl) } }"
# More answers than a drawing gives way to that keeps the interpreter to itself.
ENOUGH = 3
BROWSER = {"accept": "text/html,application/xhtml+xml", "accept-language": "de-DE,de;q=0.9"}


async def link(client: Client, invoice_id: str, ttl: int | None = None) -> str:
    """The link to an invoice's PDF."""
    found = (await client.ask(READ, id=invoice_id, ttl=ttl))["invoice"]["pdfUrl"]
    assert isinstance(found, str)
    return found


async def fetched(client: Client, url: str, **headers: str) -> httpx2.Response:
    return await client.http.get(url, headers=headers)


async def pdf_of(client: Client, invoice_id: str) -> bytes:
    """An invoice's PDF."""
    answer = await fetched(client, await link(client, invoice_id))
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


async def test_the_link_brings_a_pdf_under_the_invoices_number(client: Client, site: Site) -> None:
    invoice = await issued(client)
    url = await link(client, invoice["id"])
    answer = await fetched(client, url)

    assert url.startswith(f"{site.address}/files/")
    assert urlsplit(url).path.endswith("/INV-0001.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert 'inline; filename="INV-0001.pdf"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "private, no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    [text] = pages(answer.content)
    assert "Ann Ltd" in text
    assert "$100.00" in text


async def test_a_draft_has_no_link(client: Client) -> None:
    draft = await drafted(client)
    assert (await client.ask(READ, id=draft["id"]))["invoice"]["pdfUrl"] is None


@pytest.mark.parametrize("ttl", [59, 86_401, 0, -1])
async def test_a_link_lives_for_a_minute_to_a_day(client: Client, ttl: int) -> None:
    invoice = await issued(client)
    for good in (60, 86_400):
        assert (await fetched(client, await link(client, invoice["id"], good))).status_code == 200
    answer = await client.answer(READ, id=invoice["id"], ttl=ttl)
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["reason"] == "TTL_INVALID"
    assert "60 to 86400" in error["message"]


async def test_a_wrong_lifetime_in_a_payload_is_refused_before_anything_happens(
    client: Client,
) -> None:
    draft = await drafted(client)
    act = "mutation($id: ID!) { invoiceFinalize(input: {id: $id}) { invoice { pdfUrl(ttlSeconds: 1) } } }"
    answer = await client.answer(act, id=draft["id"])
    assert answer["errors"][0]["extensions"]["reason"] == "TTL_INVALID"
    assert (await client.ask(READ, id=draft["id"]))["invoice"]["number"] is None


async def test_it_stays_the_same_whatever_happens_since(client: Client) -> None:
    customer_id = await customer(client)
    invoice = await issued(client, customerId=customer_id, internalNotes="For us alone")
    before = await pdf_of(client, invoice["id"])

    await client.do("customerUpdate", id=customer_id, name="Someone else", locale="de-DE")
    await client.do("workspaceUpdate", name="Another seller", taxId="NEW-1")
    await client.do("invoiceUpdate", id=invoice["id"], dueDate="2100-01-31", internalNotes="Later")
    await client.do("invoiceVoid", id=invoice["id"])

    assert await pdf_of(client, invoice["id"]) == before
    text = " ".join(pages(before))
    assert "December 31, 2099" in text
    assert "For us alone" not in text


async def test_a_pay_link_made_anew_is_the_one_on_it(client: Client) -> None:
    invoice = await issued(client)
    before = await pdf_of(client, invoice["id"])
    made = await client.do("invoiceRotatePayLink", "invoice { publicPayUrl }", id=invoice["id"])
    after = await pdf_of(client, invoice["id"])
    assert invoice["publicPayUrl"].encode() in before
    assert made["invoice"]["publicPayUrl"].encode() in after
    assert invoice["publicPayUrl"].encode() not in after


async def test_a_stamped_copy_says_what_became_of_it(client: Client) -> None:
    invoice = await issued(client)
    await client.do("invoiceVoid", id=invoice["id"])
    url = await link(client, invoice["id"])
    assert "Void" not in pages((await fetched(client, url)).content)[0]
    assert "Void" in pages((await fetched(client, f"{url}&stamp=1")).content)[0]


async def test_a_credit_note_has_a_pdf_of_its_own(client: Client) -> None:
    invoice = await issued(client, lines=[line("Drafting a will"), line("Copies")])
    made = await client.do(
        "creditNoteCreate",
        "creditNote { id pdfUrl }",
        invoiceId=invoice["id"],
        amount=4000,
        reason="PRICE_ERROR",
        memo="As agreed on the phone.",
    )
    note = made["creditNote"]
    answer = await fetched(client, note["pdfUrl"])

    assert answer.status_code == 200
    assert 'filename="CN-' in answer.headers["content-disposition"]
    [text] = pages(answer.content)
    for said in ("Credit note", "INV-0001", "$40.00", "Error in price", "As agreed on the phone."):
        assert said in text
    await client.do("creditNoteVoid", id=note["id"])
    assert (await fetched(client, note["pdfUrl"])).content == answer.content
    stamped = await fetched(client, f"{note['pdfUrl']}&stamp=1")
    assert "Void" in pages(stamped.content)[0]


async def test_a_trial_says_that_it_is_one(site: Site) -> None:
    trial = await site.someone(mode="TEST")
    [text] = pages(await pdf_of(trial, (await issued(trial))["id"]))
    assert "TEST-INV-0001" in text
    assert "This is a test invoice" in text


async def test_a_link_lives_by_the_real_clock_where_a_trial_has_another(site: Site) -> None:
    trial = await site.someone(mode="TEST")
    invoice = await issued(trial, dueDate="2200-01-01")
    await trial.do("testClockSet", now="2098-01-01T00:00:00Z")
    url = await link(trial, invoice["id"], 60)
    [expires] = parse_qs(urlsplit(url).query)["expires"]
    assert int(expires) < datetime.now(UTC).timestamp() + 61
    assert (await fetched(trial, url)).status_code == 200


async def test_a_link_that_was_changed_opens_nothing(client: Client) -> None:
    mine, other = await issued(client), await issued(client)
    url = urlsplit(await link(client, mine["id"]))
    [expires], [signature] = (parse_qs(url.query)[name] for name in ("expires", "signature"))
    paths = [url.path, url.path.replace(mine["id"], other["id"]), "/files/", "/files/x/y/z.pdf"]
    queries = [
        "",
        f"expires={expires}",
        f"expires={int(expires) + 1}&signature={signature}",
        f"expires={expires}&signature={signature[:-1]}",
        f"expires={expires}&signature={signature[::-1]}",
        f"expires={expires}x&signature={signature}",
    ]
    tried = [(path, query) for path in paths for query in queries]
    tried += [(path, url.query) for path in paths[1:]]
    for path, query in tried:
        answer = await fetched(client, urlunsplit((url.scheme, url.netloc, path, query, "")))
        assert answer.status_code == 403
        assert answer.json()["code"] == "URL_INVALID"
        assert answer.headers["cache-control"] == "private, no-store"


async def test_an_expired_link_says_so_to_programs_and_to_people(
    client: Client, site: Site
) -> None:
    path = _path(await link(client, (await issued(client))["id"]))
    expired = _signed(site, path, datetime.now(UTC) - timedelta(seconds=1))
    answer = await fetched(client, expired)
    assert (answer.status_code, answer.json()["code"]) == (403, "URL_EXPIRED")

    page = await fetched(client, expired, **BROWSER)
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")
    assert "Der Link ist abgelaufen" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_link_of_another_installation_opens_nothing(client: Client, site: Site) -> None:
    invoice = await issued(client)
    url = urlsplit(await link(client, invoice["id"]))
    settings = site.settings.model_copy(update={"secret_key": SecretStr("another" * 6)})
    async with opened(settings, create_app(settings)) as elsewhere:
        answer = await client.http.get(f"{elsewhere.address}{url.path}?{url.query}")
    assert answer.json()["code"] == "URL_INVALID"


async def test_a_document_that_is_gone_is_not_found(client: Client, site: Site) -> None:
    path = _path(await link(client, (await issued(client))["id"]))
    gone = path.replace(path.split("/")[3], "inv_" + "0" * 32)
    answer = await fetched(client, _signed(site, gone, datetime.now(UTC) + timedelta(minutes=1)))
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_the_server_answers_while_it_draws(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(f"Line {i}") for i in range(500)]
    url = await link(client, (await issued(client, lines=lines))["id"])
    drawn, asked, meanwhile = Printer._draw, 0, [0]

    def draw(printer: Printer, sheet: Sheet) -> bytes:
        before = asked
        pdf = drawn(printer, sheet)
        meanwhile.append(asked - before)
        return pdf

    monkeypatch.setattr(Printer, "_draw", draw)
    # Again where a machine had no time for the questions.
    while max(meanwhile) < ENOUGH:
        drawing = asyncio.create_task(fetched(client, url))
        while not drawing.done():
            await client.ask("{ viewer { now } }")
            asked += 1
        assert (await drawing).status_code == 200


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)


def _signed(site: Site, path: str, expires_at: datetime) -> str:
    """What this server itself would sign."""
    return site.address + document_links.signed(site.settings.secret.encode(), path, expires_at)
