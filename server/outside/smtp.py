"""Hands mail to the server that SMTP_URL names or, where it is unset, to a folder of .eml files."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused

from server.logs import reason

CONNECT_TIMEOUT_S = 10
SEND_TIMEOUT_S = 60
QUIT_TIMEOUT_S = 5
PORT_PLAIN, PORT_TLS = 25, 465


class MailNotTaken(Exception):
    """The mail is not on its way. `is_final`: trying the same mail again won't help."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Mailer(Protocol):
    """Where mail goes."""

    async def send(self, message: EmailMessage) -> None:
        """Returns once the mail is taken; raises MailNotTaken."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """An SMTP server. `starttls`: True demands it, None takes it where the server offers it."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False
    starttls: bool | None = None

    async def send(self, message: EmailMessage) -> None:
        client = SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.tls,
            start_tls=self.starttls,
            timeout=CONNECT_TIMEOUT_S,
        )
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await client.connect()
                await client.sendmail(*_envelope(message), _as_sent(message))
            # The mail is taken by now: a farewell that fails must not have it sent again.
            with suppress(SMTPException, OSError):
                await client.quit(timeout=QUIT_TIMEOUT_S)
        except (SMTPException, OSError) as error:
            raise MailNotTaken(reason(error), is_final=_is_final(error)) from error
        finally:
            client.close()

    def __repr__(self) -> str:
        return f"SmtpMailer({self.host}:{self.port})"


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """A folder: one file a Message-ID, so a delivery that is tried again replaces its own file."""

    folder: Path

    async def send(self, message: EmailMessage) -> None:
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise MailNotTaken(reason(error), is_final=False) from error

    def _write(self, message: EmailMessage) -> None:
        name = re.sub(r"[^\w-]", "", str(message["Message-ID"]).partition("@")[0])
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".{name}.part"
        unfinished.write_bytes(message.as_bytes())
        unfinished.replace(self.folder / f"{name}.eml")


def mailer(smtp_url: str | None, mail_folder: Path) -> Mailer:
    """The mailer of SMTP_URL: smtp://user:pass@host:587?starttls=1, smtps://… or None: the folder.

    Raises ValueError, without the password, where the address can't be understood.
    """
    if smtp_url is None:
        return FolderMailer(mail_folder)
    url = urlsplit(smtp_url)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ValueError("SMTP_URL must look like smtp://host:587?starttls=1 or smtps://host")
    is_tls = url.scheme == "smtps"
    return SmtpMailer(
        host=url.hostname,
        port=url.port or (PORT_TLS if is_tls else PORT_PLAIN),
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        tls=is_tls,
        starttls=False if is_tls else _starttls(url.query),
    )


def _starttls(query: str) -> bool | None:
    options = parse_qs(query, keep_blank_values=True)
    choice = options.pop("starttls", [""])[-1]
    if options or choice not in ("", "0", "1"):
        raise ValueError("SMTP_URL takes one option, starttls=1 or starttls=0")
    return {"": None, "0": False, "1": True}[choice]


def _envelope(message: EmailMessage) -> tuple[str, list[str]]:
    """Who sends it and who gets it: the only two addresses that are in it."""
    [sender], recipients = message["From"].addresses, message["To"].addresses
    return sender.addr_spec, [recipient.addr_spec for recipient in recipients]


def _as_sent(message: EmailMessage) -> bytes:
    """The message in ASCII, by its own policy: what is in its headers is not read again."""
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type="7bit"))


def _is_final(error: Exception) -> bool:
    """A 5xx about the recipient or the mail is final; all else may pass, credentials included."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(refusal.code >= 500 for refusal in error.recipients)
    return isinstance(error, SMTPDataError) and error.code >= 500
