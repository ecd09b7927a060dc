"""A real SMTP server for tests, which keeps what it takes and refuses whom it is told to."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port

WAITED_S = 60


@dataclass
class Postbox:
    """What arrived; what recipients are answered, by default that they are known, and once what happens."""

    port: int
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    usual: str = "250 OK"
    to_senders: str = "250 OK"

    @property
    def url(self) -> str:
        """It as SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?starttls=0"

    def to(self, email: str) -> list[EmailMessage]:
        """The mails to one address, in the order in which they came."""
        return [mail for mail in self.taken if email in str(mail["To"])]

    async def first(self, email: str) -> EmailMessage:
        """The first mail to an address, once it is there."""
        async with asyncio.timeout(WAITED_S):
            while not self.to(email):  # noqa: ASYNC110 - it is told in another thread
                await asyncio.sleep(0.02)
        return self.to(email)[0]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.to_senders

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.held:
            await asyncio.to_thread(self.held[address].wait, WAITED_S)
        answer = self.answers.get(address, self.usual)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.envelopes.append(envelope)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def opened() -> Iterator[Postbox]:
    """A postbox on a free port."""
    postbox = Postbox(free_port())
    controller = Controller(
        postbox, hostname="127.0.0.1", port=postbox.port, ready_timeout=WAITED_S
    )
    controller.start()
    try:
        yield postbox
    finally:
        controller.stop()
