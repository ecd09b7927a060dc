"""An invoice's whole life over HTTP, SMTP and its pay page, as its seller and its customer see it."""

import re
from typing import Any

import pytest

from tests.journeys.making import customer, drafted, issued, line, wanted
from tests.postbox import Postbox
from tests.site import Client, Site, working
from tests.verifying import wrong_for

pytestmark = pytest.mark.usefixtures("quiet")
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
LINES = "invoice { version total { minor } lines { id position description } } line { id }"
READ = """
query($id: ID!) { invoice(id: $id) {
  version status displayStatus number sentAt viewedAt voidedAt availableActions publicPayUrl
  amountDue { minor }
} }
"""


async def test_from_draft_to_void(
    site: Site, client: Client, postbox: Postbox, database: str
) -> None:
    ada = await customer(client, name="Ada", email="ada.story@example.com")
    draft = await drafted(client, customerId=ada)
    assert (draft["status"], draft["number"], draft["version"]) == ("DRAFT", None, 1)

    await change_its_lines(client, draft)
    await client.do("invoiceUpdate", id=draft["id"], notes="Thank you.", expectedVersion=4)

    finalized = await client.do(
        "invoiceFinalize", "invoice { status number }", id=draft["id"], expectedVersion=5
    )
    assert finalized["invoice"] == {"status": "OPEN", "number": "INV-0001"}

    await client.do("invoiceSend", id=draft["id"])
    assert (await read(client, draft["id"]))["sentAt"] is None
    async with working(site.settings):
        mail = await postbox.first("ada.story@example.com")
    body = mail.get_body(("plain",))
    assert body is not None
    sent = await read(client, draft["id"])
    assert sent["sentAt"] is not None
    assert sent["publicPayUrl"] in body.get_content()

    page = await site.http.get(sent["publicPayUrl"], headers=BROWSER)
    assert page.status_code == 200
    assert "INV-0001" in page.text
    assert "Thank you." in page.text
    viewed = await read(client, draft["id"])
    assert viewed["viewedAt"] is not None

    await client.do("invoiceVoid", id=draft["id"], reason="Entered twice")
    gone = await read(client, draft["id"])
    assert (gone["status"], gone["number"]) == ("VOID", "INV-0001")
    assert gone["amountDue"]["minor"] == 0
    assert gone["availableActions"] == []
    page = await site.http.get(sent["publicPayUrl"], headers=BROWSER)
    assert page.status_code == 200
    assert re.search("void|cancel", page.text, re.IGNORECASE)
    assert await wrong_for(client, database) == set()


async def change_its_lines(client: Client, draft: dict[str, Any]) -> None:
    """Adds one before the first, changes it, and removes the old one: version 4, 250.00."""
    added = await client.do(
        "invoiceLineAdd", LINES, invoiceId=draft["id"], line=line("Travel", 2, "30"), position=1
    )
    assert [row["description"] for row in added["invoice"]["lines"]] == ["Travel", "Work"]
    assert added["invoice"]["total"]["minor"] == 16000
    new = added["line"]["id"]

    updated = await client.do(
        "invoiceLineUpdate", LINES, lineId=new, line=line("Flight", 1, "250"), expectedVersion=2
    )
    assert updated["line"]["id"] == new
    assert updated["invoice"]["total"]["minor"] == 35000

    [old] = [row["id"] for row in updated["invoice"]["lines"] if row["id"] != new]
    left = await client.do("invoiceLineRemove", LINES.replace("line { id }", ""), lineId=old)
    assert left["invoice"]["lines"] == [{"id": new, "position": 1, "description": "Flight"}]
    assert (left["invoice"]["version"], left["invoice"]["total"]["minor"]) == (4, 25000)


async def test_sending_anew_drafts_finalizes_and_mails_in_one_call(
    site: Site, client: Client, postbox: Postbox
) -> None:
    bob = await customer(client, email="bob.anew@example.com")

    async with working(site.settings):
        sent = await client.do(
            "invoiceSend",
            "invoice { id number status publicPayUrl }",
            invoice=await wanted(client, customerId=bob),
        )
        mail = await postbox.first("bob.anew@example.com")

    assert sent["invoice"]["number"] == "INV-0001"
    assert "INV-0001" in mail["Subject"]
    assert (await read(client, sent["invoice"]["id"]))["sentAt"] is not None


async def test_sending_without_consent_or_address_is_refused_and_uses_no_number(
    client: Client,
) -> None:
    silent = await wanted(client, customerId=await customer(client, emailConsent="UNKNOWN"))
    nowhere = await wanted(client, customerId=await customer(client, email=None))
    draft = await drafted(client, customerId=silent["customerId"])
    field = ("invoice", "customerId")

    assert await client.refusals("invoiceSend", invoice=silent) == [
        ("EMAIL_CONSENT_MISSING", field)
    ]
    assert await client.refusals("invoiceSend", invoice=nowhere) == [("EMAIL_MISSING", field)]
    assert await client.refusals("invoiceSend", id=draft["id"]) == [
        ("EMAIL_CONSENT_MISSING", ("id",))
    ]

    assert (await read(client, draft["id"]))["status"] == "DRAFT"
    assert (await issued(client))["number"] == "INV-0001"


async def test_consent_that_is_withdrawn_stops_a_queued_mail(
    site: Site, client: Client, postbox: Postbox
) -> None:
    eve, ann = [
        await customer(client, email=email) for email in ("eve.q@example.com", "ann.q@example.com")
    ]
    sent = [
        await client.do(
            "invoiceSend", "invoice { id }", invoice=await wanted(client, customerId=one)
        )
        for one in (eve, ann)
    ]

    await client.do("customerUpdate", id=eve, emailConsent="WITHDRAWN")
    async with working(site.settings):
        await postbox.first("ann.q@example.com")

    assert postbox.to("eve.q@example.com") == []
    assert (await read(client, sent[0]["invoice"]["id"]))["sentAt"] is None


async def test_a_deleted_draft_is_gone_and_a_duplicate_is_a_draft_of_the_same(
    client: Client,
) -> None:
    old = await issued(client)

    twin = await client.do(
        "invoiceDuplicate", "invoice { id status number total { minor } }", id=old["id"]
    )
    invoice = twin["invoice"]
    assert (invoice["status"], invoice["number"]) == ("DRAFT", None)
    assert invoice["total"]["minor"] == 10000

    gone = await client.do("invoiceDelete", "deletedId", id=invoice["id"])
    assert gone["deletedId"] == invoice["id"]
    assert (await client.ask(READ, id=invoice["id"]))["invoice"] is None
    assert await client.refusals("invoiceDelete", id=old["id"]) == [("INVALID_TRANSITION", ())]


async def read(client: Client, invoice_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.ask(READ, id=invoice_id))["invoice"]
    return found
