"""Mail reaches a real SMTP server or a folder; a failure says whether to try again."""

import asyncio
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from server.outside import smtp
from server.outside.smtp import FolderMailer, MailNotTaken, SmtpMailer, mailer
from tests.ports import free_port


class Postbox:
    """What an SMTP server took; addresses that begin with gone@ or busy@ are refused."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.data_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone@"):
            return "550 no such mailbox"
        if address.startswith("busy@"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data_answer.startswith("250"):
            self.taken.append(envelope)
        return self.data_answer


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object
) -> AuthResult:
    known = LoginPassword(b"bill@example", b"p@ss:w/ord")
    return AuthResult(success=login == known, handled=False)  # it is to answer itself


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def port(postbox: Postbox) -> Iterator[int]:
    controller = Controller(
        postbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate,
        auth_require_tls=False,
        ready_timeout=60,
    )
    controller.start()
    yield controller.port
    controller.stop()


def mail(to: str = "ada@example.com") -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = "<0193aa@example.org>"
    message["From"] = "Hartley & Rowe <billing@example.org>"
    message["To"] = f"Ada Lovelace <{to}>"
    message["Subject"] = "Rechnung über 5 €"
    message.set_content("Grüße")
    return message


async def test_a_mail_arrives_as_it_was_written(postbox: Postbox, port: int) -> None:
    await mailer(f"smtp://127.0.0.1:{port}", Path("unused")).send(mail())
    [envelope] = postbox.taken
    assert envelope.mail_from == "billing@example.org"
    assert envelope.rcpt_tos == ["ada@example.com"]
    assert isinstance(envelope.content, bytes)
    assert message_from_bytes(envelope.content)["Message-ID"] == "<0193aa@example.org>"


async def test_user_and_password_may_hold_any_character(postbox: Postbox, port: int) -> None:
    address = f"smtp://bill%40example:p%40ss%3Aw%2Ford@127.0.0.1:{port}"
    await mailer(address, Path("unused")).send(mail())
    assert len(postbox.taken) == 1


async def test_a_wrong_password_may_be_mended_and_tried_again(postbox: Postbox, port: int) -> None:
    with pytest.raises(MailNotTaken, match="535") as refused:
        await mailer(f"smtp://bill:wrong@127.0.0.1:{port}", Path("unused")).send(mail())
    assert not refused.value.is_final
    assert postbox.taken == []


async def test_an_unknown_recipient_is_final(port: int) -> None:
    with pytest.raises(MailNotTaken, match="no such mailbox") as refused:
        await SmtpMailer("127.0.0.1", port).send(mail("gone@example.com"))
    assert refused.value.is_final


async def test_a_busy_mailbox_is_tried_again(port: int) -> None:
    with pytest.raises(MailNotTaken) as refused:
        await SmtpMailer("127.0.0.1", port).send(mail("busy@example.com"))
    assert not refused.value.is_final


@pytest.mark.parametrize(("answer", "is_final"), [("554 spam", True), ("452 disk full", False)])
async def test_the_servers_last_word_on_a_mail_counts(
    postbox: Postbox, port: int, answer: str, is_final: bool
) -> None:
    postbox.data_answer = answer
    with pytest.raises(MailNotTaken) as refused:
        await SmtpMailer("127.0.0.1", port).send(mail())
    assert refused.value.is_final is is_final


async def test_where_tls_is_demanded_nothing_is_sent_without_it(
    postbox: Postbox, port: int
) -> None:
    with pytest.raises(MailNotTaken) as refused:
        await mailer(f"smtp://127.0.0.1:{port}?starttls=1", Path("unused")).send(mail())
    assert not refused.value.is_final
    assert postbox.taken == []


async def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(MailNotTaken) as refused:
        await SmtpMailer("127.0.0.1", free_port()).send(mail())
    assert not refused.value.is_final


async def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr(smtp, "CONNECT_TIMEOUT_S", 0.2)
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with silent:
        with pytest.raises(MailNotTaken) as refused:
            await SmtpMailer("127.0.0.1", silent.sockets[0].getsockname()[1]).send(mail())
    assert not refused.value.is_final


async def test_without_smtp_a_mail_is_a_file(tmp_path: Path) -> None:
    await mailer(None, tmp_path / "mail").send(mail())
    [file] = (tmp_path / "mail").iterdir()
    assert file.name == "0193aa.eml"
    assert message_from_bytes(file.read_bytes())["To"] == "Ada Lovelace <ada@example.com>"


def test_a_delivery_that_is_tried_again_replaces_its_file(tmp_path: Path) -> None:
    for _ in range(2):
        asyncio.run(FolderMailer(tmp_path).send(mail()))
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_message_id_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    message = mail()
    message.replace_header("Message-ID", "<../../etc/x@example.org>")
    await FolderMailer(tmp_path / "mail").send(message)
    assert [file.name for file in (tmp_path / "mail").iterdir()] == ["etcx.eml"]


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file is in the way")
    with pytest.raises(MailNotTaken) as refused:
        await FolderMailer(tmp_path / "mail").send(mail())
    assert not refused.value.is_final


@pytest.mark.parametrize(
    "address",
    ["http://x", "smtp://", "smtp://h?tls=1", "smtp://h?starttls=maybe", "smtp://u:secret@h:99999"],
)
def test_an_address_that_cannot_be_understood_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"\S") as refused:
        mailer(address, Path("unused"))
    assert "secret" not in str(refused.value)


def test_smtps_speaks_tls_from_the_first_byte() -> None:
    assert mailer("smtps://mail.example", Path("unused")) == SmtpMailer(
        "mail.example", 465, tls=True, starttls=False
    )


def test_a_mailer_does_not_show_its_password() -> None:
    assert "secret" not in repr(mailer("smtp://u:secret@h", Path("unused")))
