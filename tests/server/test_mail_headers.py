"""Headers of mail carry any text to its reader as it is, and never become more headers than they are."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.contacts import _EMAIL
from server.mail import invoice_sent, one_line
from server.mail_headers import address
from server.outside.smtp import mailer
from tests.fuzz.sizes import examples
from tests.postbox import Postbox
from tests.server.test_mail import WILL

NAMES = {
    *("message-id", "date", "from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post"),
    *("auto-submitted", "mime-version", "content-type", "content-language"),
}
# What has been taken for a header's end, for an encoding, or for another address.
HOSTILE = (
    "a\r\nBcc: thief@example.net",
    "a\nBcc: thief@example.net",
    "a\rBcc: thief@example.net",
    "a\r\n\r\n<h1>Pay me instead</h1>",
    "a\u2028Bcc: thief@example.net",
    "a\u0085Bcc: thief@example.net",
    "a\vBcc: thief@example.net",
    "=?utf-8?q?=0D=0ABcc:_thief=40example.net?=",
    "=?utf-8?b?DQpCY2M6IHRoaWVmQGV4YW1wbGUubmV0?=",
    "=?utf-8?q?=0D=0A=0D=0A<h1>Pay_me_instead</h1>?=",
    "=?us-ascii?q?Another_name?=",
    "=?utf-7?q?+AA0-+AAo-?=",
    "=?nonsense?x?y?=",
    "=?",
    "a =?utf-8?q?b?= c",
    "<thief@example.net>",
    "thief@example.net,",
    'Ada" <thief@example.net>, "',
    "undisclosed-recipients:;",
    "(a comment",
    "\\",
    '"',
    "\u202emoc.elpmaxe",
    "a b" * 60,
    "é" * 200,
    "🧾" * 200,
    "=" * 200,
    " ",
)
texts = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80
)


def mail(name: str = "Ada", email: str = "ada@example.com") -> EmailMessage:
    """A mail to and from people of this name, about an invoice with this number."""
    shown = replace(WILL, to_email=email, customer_name=name, seller_name=name, number=name)
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return invoice_sent(shown, delivery_id=uuid4(), mail_from="billing@example.org", at=at)


def spelled(sent: bytes, header: str) -> str:
    """A header as mail programs read it; Python's newer reader puts spaces between words."""
    return str(make_header(decode_header(message_from_bytes(sent)[header])))


@examples(100)
@given(texts)
def test_any_text_arrives_as_it_is_in_the_headers_that_are_meant(text: str) -> None:
    sent = mail(text).as_bytes()
    read = message_from_bytes(sent, policy=policy.default)
    name = one_line(text)

    assert {header.lower() for header in read.keys()} == NAMES  # noqa: SIM118 - a message has each name as often as it has the header
    assert len(read.keys()) == len(NAMES)
    assert spelled(sent, "Subject") == f"Invoice {name} from {name}"
    for header, email in (("From", "billing@example.org"), ("To", "ada@example.com")):
        [found] = read[header].addresses
        assert found.addr_spec == email
        assert unquoted(spelled(sent, header)) == f"{name} <{email}>".lstrip()


def unquoted(header: str) -> str:
    """A name without the quotes that set it apart from its address."""
    name, space, spec = header.rpartition(" ")
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        name = name[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return f"{name}{space}{spec}"


@examples(100)
@given(texts)
def test_a_mail_is_ascii_in_lines_that_any_server_takes(text: str) -> None:
    sent = mail(text).as_bytes()

    assert sent.isascii()
    assert b"\0" not in sent
    assert all(len(line) <= 998 for line in sent.split(b"\r\n"))
    assert set(b"\r\n") & set(sent.replace(b"\r\n", b"")) == set()


@examples(100)
@given(st.from_regex(_EMAIL, fullmatch=True))
def test_a_mail_can_be_written_to_whatever_address_a_customer_may_have(email: str) -> None:
    """Some that exist have dots where the standard asks for quotes."""
    read = message_from_bytes(mail(email=email).as_bytes(), policy=policy.default)

    [found] = read["To"].addresses
    assert (found.username, found.domain) == tuple(email.rsplit("@", 1))


@pytest.mark.parametrize(
    ("given_one", "written"),
    [
        ("ada@example.com", "ada@example.com"),
        ("a..b@example.com", '"a..b"@example.com'),
        (".a@example.com", '".a"@example.com'),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_written_as_programs_read_it(given_one: str, written: str) -> None:
    assert address(given_one) == written


@pytest.mark.parametrize("given_one", ["ä@example.com", "a@b@c", "a", "@", "a\n@b.c", "<a@b.c>"])
def test_what_is_no_address_is_refused(given_one: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        address(given_one)


async def test_it_reaches_its_recipient_alone_and_once(postbox: Postbox, tmp_path: Path) -> None:
    sending = mailer(postbox.url, tmp_path)
    for place, text in enumerate(HOSTILE):
        email = f"only{place}@example.com"
        await sending.send(mail(text, email))

        [envelope] = [one for one in postbox.envelopes if email in one.rcpt_tos]
        assert envelope.rcpt_tos == [email]
        assert envelope.mail_from == "billing@example.org"
        assert isinstance(envelope.content, bytes)
        name = one_line(text)
        assert spelled(envelope.content, "Subject") == f"Invoice {name} from {name}"
        assert message_from_bytes(envelope.content)["Bcc"] is None
