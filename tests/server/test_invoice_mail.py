"""The mail of an invoice, as its customer gets it: judged again, in their language, from the snapshot."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from models.connections import rows
from resolvers.callers import Caller, system
from resolvers.jobs import Claimed
from server.invoice_mail import InvoiceMailer
from server.settings import Settings
from tests.journeys.making import customer, line, wanted
from tests.server.documents.sheets import pages
from tests.site import Client

READ = "query($id: ID!) { invoice(id: $id) { sentAt version publicPayUrl customer { id } } }"


@pytest.fixture
def mailer(settings: Settings) -> InvoiceMailer:
    """Mails into a folder."""
    return InvoiceMailer.of(settings)


async def test_it_brings_the_pay_link_and_what_is_due(
    client: Client, mailer: InvoiceMailer, settings: Settings
) -> None:
    invoice_id = await send(client, name="Ada Lovelace", email="ada@example.com")

    await carry(mailer, invoice_id)

    [mail] = mails(settings)
    read = (await client.ask(READ, id=invoice_id))["invoice"]
    assert mail["To"] == "Ada Lovelace <ada@example.com>"
    assert mail["From"] == "Acme <billing@localhost>"
    assert "INV-0001" in mail["Subject"]
    token = read["publicPayUrl"].rpartition("/")[2]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert f"{settings.public_url}/pay/{token}" in body.get_content()
        assert "$100.00" in body.get_content()
        assert "For us alone" not in body.get_content()
    assert read["sentAt"]


async def test_it_speaks_the_customers_language_and_goes_where_they_are_now(
    client: Client, mailer: InvoiceMailer, settings: Settings
) -> None:
    invoice_id = await send(client, email="old@example.com", name="Ada")
    customer_id = (await client.ask(READ, id=invoice_id))["invoice"]["customer"]["id"]
    await client.do(
        "customerUpdate", id=customer_id, email="new@example.com", name="Eve", locale="de-AT"
    )

    await carry(mailer, invoice_id)

    [mail] = mails(settings)
    assert "new@example.com" in mail["To"]
    assert mail["Content-Language"] == "de"
    assert "Rechnung" in mail["Subject"]
    assert "Ada" in mail["To"]
    assert "Eve" not in mail.as_string()


async def test_its_pdf_comes_along_by_setting(client: Client, settings: Settings) -> None:
    attaching = InvoiceMailer.of(settings.model_copy(update={"mail_attach_pdf": True}))
    await carry(attaching, await send(client))
    await carry(InvoiceMailer.of(settings), await send(client))

    with_pdf, without = sorted(mails(settings), key=lambda mail: mail["Subject"])
    [attached] = with_pdf.iter_attachments()
    assert attached.get_filename() == "INV-0001.pdf"
    [text] = pages(attached.get_content())
    assert "INV-0001" in text
    assert "For us alone" not in text
    assert list(without.iter_attachments()) == []


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("customerUpdate", {"emailConsent": "WITHDRAWN"}),
        ("customerUpdate", {"emailConsent": "UNKNOWN"}),
        ("customerUpdate", {"email": None}),
        ("invoiceVoid", {}),
    ],
)
async def test_a_mail_that_may_not_go_out_any_more_is_dropped(
    client: Client,
    mailer: InvoiceMailer,
    settings: Settings,
    mutation: str,
    given: dict[str, Any],
) -> None:
    invoice_id = await send(client)
    customer_id = (await client.ask(READ, id=invoice_id))["invoice"]["customer"]["id"]
    about = invoice_id if mutation == "invoiceVoid" else customer_id
    await client.do(mutation, id=about, **given)

    await carry(mailer, invoice_id)

    assert mails(settings) == []
    assert (await client.ask(READ, id=invoice_id))["invoice"]["sentAt"] is None


async def test_a_name_cannot_smuggle_a_header_in(
    client: Client, mailer: InvoiceMailer, settings: Settings
) -> None:
    invoice_id = await send(client, name="Ada\r\nBcc: eve@example.com")

    await carry(mailer, invoice_id)

    [mail] = mails(settings)
    assert mail["Bcc"] is None
    assert "eve@example.com" in str(mail["To"])


async def test_the_mail_of_a_trial_says_that_it_is_one(
    mailer: InvoiceMailer, settings: Settings, site: Any
) -> None:
    trial = await site.someone(mode="TEST")
    invoice_id = await send(trial)

    await carry(mailer, invoice_id)

    [mail] = mails(settings)
    body = mail.get_body(("plain",))
    assert body is not None
    assert "TEST-INV-0001" in body.get_content()
    assert "test" in body.get_content().replace("TEST-", "").lower()


async def send(client: Client, lines: list[Any] | None = None, **given: Any) -> str:
    """The id of an invoice whose mail to a new customer waits."""
    someone = await customer(client, **given)
    content = {"lines": lines or [line()], "internalNotes": "For us alone"}
    invoice = await wanted(client, customerId=someone, **content)
    sent = await client.do("invoiceSend", "invoice { id }", invoice=invoice)
    return str(sent["invoice"]["id"])


async def carry(mailer: InvoiceMailer, invoice_id: str) -> None:
    """Carries out the invoice's own mail job, as a worker that has claimed it would."""
    [row] = await rows(
        "UPDATE jobs SET lease_token = id WHERE payload ->> 'invoice' = $1 RETURNING *", invoice_id
    )
    job = Claimed(
        row["workspace_id"], row["id"], row["kind"], {"invoice": invoice_id}, 1, row["id"]
    )
    await mailer.carry(await worker_of(job), job)
    await rows("UPDATE jobs SET done_at = now() WHERE id = $1", job.id)


async def worker_of(job: Claimed) -> Caller:
    [workspace] = await rows("SELECT mode FROM workspaces WHERE id = $1", job.workspace_id)
    return system(job.workspace_id, workspace["mode"], datetime.now(UTC), "worker")


def mails(settings: Settings) -> list[EmailMessage]:
    """What is in the folder."""
    found = sorted(Path(settings.data_dir, "mail").glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]
