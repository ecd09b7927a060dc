"""A recipient stops mails by the link in one: looking asks, posting does, and nobody else's link works."""

import re
from pathlib import Path

import httpx2
import pytest

from server.invoice_mail import InvoiceMailer
from tests.journeys.making import customer, wanted
from tests.server.test_invoice_mail import carry, mails, send
from tests.site import Client, Site


@pytest.fixture
async def link(client: Client, site: Site, tmp_path: Path) -> str:
    """The link in a mail to Ann, whose language is German."""
    invoice_id = await send(client, name="Ann", locale="de-DE")
    return await mailed_link(site, tmp_path, invoice_id)


async def mailed_link(site: Site, folder: Path, invoice_id: str) -> str:
    settings = site.settings.model_copy(update={"smtp_url": None, "data_dir": folder})
    await carry(InvoiceMailer.of(settings), invoice_id)
    [mail] = mails(settings)
    found = re.fullmatch(r"<(http.*)>", mail["List-Unsubscribe"])
    assert found
    return found[1]


async def consent(client: Client) -> str:
    """The consent of the only customer there is."""
    found = await client.ask("{ customers { nodes { emailConsent } } }")
    [only] = found["customers"]["nodes"]
    return str(only["emailConsent"])


async def test_looking_asks_and_changes_nothing(client: Client, link: str) -> None:
    page = await client.http.get(link)
    assert page.status_code == 200
    assert "Keine E-Mails von Acme mehr?" in page.text
    assert '<form method="post">' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert await consent(client) == "GRANTED"


async def test_a_mail_programs_one_click_withdraws_consent(client: Client, link: str) -> None:
    answer = await client.http.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Keine E-Mails von Acme mehr" in answer.text
    assert "<form" not in answer.text
    assert await consent(client) == "WITHDRAWN"
    events = await client.ask("{ events { nodes { type actor } } }")
    assert {"type": "CUSTOMER_UPDATED", "actor": "recipient"} in events["events"]["nodes"]


async def test_a_second_click_changes_nothing_more(client: Client, link: str) -> None:
    await client.http.post(link)
    count = "{ events { totalCount } }"
    before = await client.ask(count)
    assert (await client.http.post(link)).status_code == 200
    assert "<form" not in (await client.http.get(link)).text
    assert await client.ask(count) == before


async def test_nothing_is_sent_after_it(client: Client, link: str) -> None:
    await client.http.post(link)
    found = await client.ask("{ customers { nodes { id } } }")
    [only] = found["customers"]["nodes"]
    invoice = await wanted(client, customerId=only["id"])
    assert ("EMAIL_CONSENT_MISSING", ("invoice", "customerId")) in await client.refusals(
        "invoiceSend", invoice=invoice
    )


async def test_a_link_that_was_changed_stops_nothing(client: Client, link: str) -> None:
    other = await customer(client, name="Eve")
    own = link.split("/")[-2]
    tried = [link[:-1] + ("A" if link[-1] != "A" else "B"), link.replace(own, other)]
    tried += [link.replace(own, "cus_x"), link.rpartition("/")[0] + "/é"]
    for url in tried:
        answer: httpx2.Response = await client.http.post(url)
        assert answer.status_code == 404
    found = await client.ask("{ customers { nodes { emailConsent } } }")
    assert {node["emailConsent"] for node in found["customers"]["nodes"]} == {"GRANTED"}
