"""The mail with the pay link reads well, in the customer's language, whatever their name is."""

from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from uuid import UUID

import pytest

from server.documents.files import File
from server.mail import InvoiceMail, invoice_sent

DELIVERY = UUID("01930000-0000-7000-8000-000000000001")
SENT_AT = datetime(2026, 11, 21, 17, 4, 21, tzinfo=UTC)
WILL = InvoiceMail(
    to_email="ada@example.com",
    customer_name="Ada Lovelace",
    seller_name="Hartley & Rowe LLP",
    number="INV-0001",
    currency="USD",
    locale="en-US",
    total_minor=269485,
    amount_due_minor=269485,
    issued_on=date(2026, 11, 21),
    due_on=date(2026, 12, 21),
    pay_url="https://pay.example/pay/4nZ0k1XvQ9r2B7mWc5Yt3A",
    unsubscribe_url="https://pay.example/unsubscribe/wsp_1/cus_1/rG5n",
)


def sent(mail: InvoiceMail = WILL) -> EmailMessage:
    return invoice_sent(mail, delivery_id=DELIVERY, mail_from="billing@example.org", at=SENT_AT)


def arrived(mail: InvoiceMail = WILL) -> EmailMessage:
    """The message as its reader's program sees it, after it was bytes."""
    return message_from_bytes(sent(mail).as_bytes(), _class=EmailMessage, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


def test_both_bodies_carry_amount_day_and_link() -> None:
    for kind in ("plain", "html"):
        text = body(arrived(), kind)
        assert "$2,694.85" in text
        assert "December 21, 2026" in text
        assert WILL.pay_url in text


def test_it_comes_in_the_sellers_name_from_the_servers_address() -> None:
    message = arrived()
    assert message["From"].addresses[0].display_name == "Hartley & Rowe LLP"
    assert message["From"].addresses[0].addr_spec == "billing@example.org"
    assert message["To"].addresses[0].addr_spec == "ada@example.com"
    assert message["Subject"] == "Invoice INV-0001 from Hartley & Rowe LLP"


def test_a_delivery_has_one_message_id_however_often_it_is_tried() -> None:
    expected = "<01930000000070008000000000000001@example.org>"
    assert sent()["Message-ID"] == sent()["Message-ID"] == expected


def test_its_date_is_when_it_was_sent() -> None:
    assert arrived()["Date"].datetime == SENT_AT


def test_a_mail_program_can_offer_to_unsubscribe_by_one_click() -> None:
    message = arrived()
    assert message["List-Unsubscribe"] == f"<{WILL.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        assert WILL.unsubscribe_url in body(message, kind)


def test_a_pdf_comes_along_under_its_name_where_there_is_one() -> None:
    file = File("Straße-1.pdf", b"%PDF-1.7 \x00\xff")
    mail = invoice_sent(
        WILL, delivery_id=DELIVERY, mail_from="billing@example.org", at=SENT_AT, attached=file
    )
    message = message_from_bytes(mail.as_bytes(), _class=EmailMessage, policy=policy.default)
    [attached] = message.iter_attachments()
    assert attached.get_filename() == "Straße-1.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content() == file.content
    assert WILL.pay_url in body(message, "plain")
    assert message["Content-Language"] == "en"
    assert list(arrived().iter_attachments()) == []


def test_it_asks_for_no_automatic_answer() -> None:
    assert arrived()["Auto-Submitted"] == "auto-generated"


def test_it_speaks_the_customers_language() -> None:
    message = arrived(replace(WILL, locale="de-DE", currency="EUR"))
    assert message["Subject"] == "Rechnung INV-0001 von Hartley & Rowe LLP"
    assert "2.694,85\u00a0€" in body(message, "plain")
    assert '<html lang="de"' in body(message, "html")


@pytest.mark.parametrize(
    "name",
    [
        'شركة الأفق 株式会社 Łódź, "Größe" <x@y> (z)',
        "株式会社山田商事" * 12,
        "Größe und Öl, Straße & Äpfel Gesellschaft mit beschränkter Haftung, Köln am Rhein",
        'Plain "quoted" \\ name, Inc.',
        "a" * 190,
    ],
)
def test_names_in_any_script_arrive(name: str) -> None:
    mail = sent(replace(WILL, customer_name=name, seller_name=name)).as_bytes()
    # The older reader: Python 3.11's newer one puts spaces into names of several encoded words.
    headers = message_from_bytes(mail, policy=policy.compat32)
    for header, address in (("To", "ada@example.com"), ("From", "billing@example.org")):
        spelled = str(make_header(decode_header(headers[header])))
        assert parseaddr(spelled) == (name, address) or spelled == f"{name} <{address}>"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00"])
def test_a_name_cannot_add_a_header(end: str) -> None:
    name = f"Ada{end}Bcc: thief@example.net"
    message = arrived(replace(WILL, customer_name=name, seller_name=name, number=name))
    assert message["Bcc"] is None
    assert len(message["To"].addresses) == 1
    assert message["To"].addresses[0].display_name == "Ada Bcc: thief@example.net"


def test_a_long_way_out_stays_an_address() -> None:
    """Written as a word, as the library would have it, no mail program finds it."""
    url = f"https://billing.example/unsubscribe/{'w' * 80}/{'c' * 80}/{'s' * 64}"
    lines = sent(replace(WILL, unsubscribe_url=url)).as_bytes().split(b"\r\n")
    assert f"List-Unsubscribe: <{url}>".encode() in lines


@pytest.mark.parametrize("address", ["ada@example.com\r\nBcc: t@example.net", "ada", "", "a b@c.d"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        sent(replace(WILL, to_email=address))


def test_markup_in_names_stays_text() -> None:
    page = body(arrived(replace(WILL, seller_name="<b>x</b>", customer_name="<img src=x>")), "html")
    assert "<b>" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


def test_it_fetches_nothing_when_it_is_opened() -> None:
    page = body(arrived(), "html")
    assert "src=" not in page
    assert "url(" not in page
    assert "<link" not in page
    assert page.count("https://") == 4  # the button, the link and its text, the way out


def test_a_part_that_is_paid_already_leaves_the_rest() -> None:
    text = body(arrived(replace(WILL, amount_due_minor=100)), "plain")
    assert "Amount due: $1.00" in text
    assert "Total: $2,694.85" in text


def test_a_test_invoice_says_that_it_is_none() -> None:
    for kind in ("plain", "html"):
        assert "This is a test invoice." in body(arrived(replace(WILL, is_test=True)), kind)


def test_no_line_is_longer_than_mail_allows() -> None:
    long = replace(WILL, customer_name="x" * 3000, seller_name="ش" * 900)
    assert all(len(line) <= 998 for line in sent(long).as_bytes().split(b"\r\n"))
