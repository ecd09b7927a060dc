"""The mail that brings an invoice's pay link to its customer: text and HTML, in their language."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from server.documents.files import File
from server.locales import reader_of
from server.mail_headers import POLICY, mailbox, text, verbatim
from server.templating import fill

# Names come from people: line breaks and other control characters would end a header early.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
HEADER_NAME_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class InvoiceMail:
    """An invoice as its mail shows it: amounts in minor units, days of the workspace."""

    to_email: str
    customer_name: str
    seller_name: str
    number: str
    currency: str
    locale: str | None
    total_minor: int
    amount_due_minor: int
    issued_on: date
    due_on: date
    pay_url: str
    unsubscribe_url: str
    is_test: bool = False


def invoice_sent(
    mail: InvoiceMail,
    *,
    delivery_id: UUID,
    mail_from: str,
    at: datetime,
    attached: File | None = None,
) -> EmailMessage:
    """The message for one delivery; its Message-ID stays the same however often it is tried.

    `mail_from` is the bare address of MAIL_FROM, `at` an aware instant for the Date header.
    Raises ValueError where an address is no e-mail address.
    """
    reader = reader_of(mail.locale)
    seller, number = one_line(mail.seller_name), one_line(mail.number)
    message = EmailMessage(policy=POLICY)
    message["From"] = sender = mailbox(seller, mail_from)
    message["Message-ID"] = verbatim(f"<{delivery_id.hex}@{sender.rpartition('@')[2]}")
    message["Date"] = format_datetime(at)
    message["To"] = mailbox(one_line(mail.customer_name), mail.to_email)
    message["Subject"] = text(reader.say("mail_subject", number=number, seller=seller))
    message["List-Unsubscribe"] = verbatim(f"<{mail.unsubscribe_url}>")
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058: no page in between.
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: asks for no out-of-office answers.
    message.set_content(fill("mail.txt", mail=mail, reader=reader))
    message.add_alternative(fill("mail.html", mail=mail, reader=reader), subtype="html")
    if attached is not None:
        message.add_attachment(
            attached.content, maintype="application", subtype="pdf", filename=attached.name
        )
    # Setting a body clears all headers of content.
    message["Content-Language"] = reader.language
    return message


def one_line(name: str) -> str:
    """A name as a header can carry it: one line, of bearable length."""
    return " ".join(CONTROL.sub(" ", name).split())[:HEADER_NAME_LENGTH_MAX]
