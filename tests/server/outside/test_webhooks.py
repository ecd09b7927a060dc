"""Posting to receivers: good ones, bad ones, and addresses that must never be called."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from domain.errors import UrlNotAllowed
from server.outside import webhooks
from server.outside.webhooks import NotDelivered, WebhookSender
from tests.receiver import Receiver, cut, drip, flood, hang, raw, receiving, status

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
HOSTILE = (
    *(
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://0x7f.1/",
        "https://0x7f000001/",
    ),
    *("https://2130706433/", "https://017700000001/", "https://0177.0.0.1/", "https://127.0.0.1./"),
    *("https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"),
    *("https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fe80::1]/"),
    *("https://[fd00::1]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/"),
    *("https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://192.88.99.1/"),
    *(
        "https://198.18.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://localhost/",
    ),
    *("https://localhost.:8443/", "https://[ff02::1]/", "https://[2001::1]/", "https://[3fff::1]/"),
    *("http://93.184.216.34/", "https://93.184.216.34:22/"),
)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.fixture
def sender() -> WebhookSender:
    return WebhookSender(LOOPBACK)


async def sent(sender: WebhookSender, url: str) -> int:
    return await sender.send(url, b"{}", {"webhook-id": "evt_1"})


async def test_a_message_arrives_as_it_was_sent(sender: WebhookSender, receiver: Receiver) -> None:
    url = receiver.url("/hook?a=b")

    assert await sender.send(url, b'{"a":1}', {"webhook-id": "evt_1"}) == 200

    [received] = receiver.received
    assert (received.path, received.body) == ("/hook?a=b", b'{"a":1}')
    assert received.headers["webhook-id"] == "evt_1"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["host"] == receiver.address.removeprefix("http://")


@pytest.mark.parametrize("code", [200, 204, 299, 301, 400, 410, 500])
async def test_the_receivers_status_is_told_whatever_it_is(
    sender: WebhookSender, receiver: Receiver, code: int
) -> None:
    assert await sent(sender, receiver.url("/hook", status(code))) == code


async def test_a_redirect_is_not_followed(sender: WebhookSender, receiver: Receiver) -> None:
    target = receiver.url("/target")
    url = receiver.url("/hook", status(307, f"location: {target}"))

    assert await sent(sender, url) == 307
    assert receiver.at("/target") == []


async def test_a_provisional_answer_is_none_yet(sender: WebhookSender, receiver: Receiver) -> None:
    answer = raw(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 202 Said\r\n\r\n")
    assert await sent(sender, receiver.url("/hook", answer)) == 202


async def test_a_body_of_any_length_is_left_unread(
    sender: WebhookSender, receiver: Receiver
) -> None:
    answer = raw(b"HTTP/1.1 200 Said\r\ncontent-length: 99999999999\r\n\r\n", b"x" * 10**6)
    assert await sent(sender, receiver.url("/hook", answer)) == 200


@pytest.mark.parametrize(
    "answer",
    [
        cut,
        flood,
        raw(),
        raw(b"SSH-2.0-OpenSSH_9\r\n"),
        raw(b"HTTP/1.1 200 Said\r\nx: " + b"y" * 200_000 + b"\r\n\r\n"),
        raw(b"HTTP/1.1 abc\r\n\r\n"),
        raw(b"\x00" * 1000),
        raw(b"HTTP/1.1 200 Said\r\n"),
    ],
)
async def test_an_answer_that_is_none_is_no_delivery(
    sender: WebhookSender, receiver: Receiver, answer: Any
) -> None:
    with pytest.raises(NotDelivered):
        await sent(sender, receiver.url("/hook", answer))


@pytest.mark.parametrize("answer", [hang, drip])
async def test_a_receiver_that_takes_too_long_is_left(
    sender: WebhookSender, receiver: Receiver, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TIME_LIMIT_S", 0.3)
    with pytest.raises(NotDelivered, match="no answer within"):
        await sent(sender, receiver.url("/hook", answer))


async def test_a_port_where_nobody_listens_is_no_delivery(sender: WebhookSender) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(NotDelivered):
            await sent(sender, f"http://127.0.0.1:{closed.getsockname()[1]}/")


async def test_a_name_that_nobody_has_is_no_delivery_but_may_be_kept(
    sender: WebhookSender,
) -> None:
    url = "https://nobody.invalid/hook"
    await sender.check(url)
    with pytest.raises(NotDelivered):
        await sent(sender, url)


@pytest.mark.parametrize("url", HOSTILE)
async def test_an_address_inside_is_refused_and_never_called(url: str) -> None:
    sender = WebhookSender()
    with pytest.raises(UrlNotAllowed) as caught:
        await sender.check(url, ("url",))
    with pytest.raises(NotDelivered):
        await sent(sender, url)
    assert caught.value.field == ("url",)


async def test_a_private_receiver_gets_nothing_unless_it_is_allowed(receiver: Receiver) -> None:
    url = receiver.url("/hook")
    for allowed in ((), (ip_network("10.0.0.0/8"),)):
        with pytest.raises(NotDelivered, match="private"):
            await sent(WebhookSender(allowed), url)
    assert receiver.received == []
    assert await sent(WebhookSender(LOOPBACK), url) == 200


async def test_a_name_that_leads_inside_the_second_time_gets_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server is the attacker's: it answers something public once, and then loopback."""
    port = int(receiver.address.rpartition(":")[2])
    answers = ["93.184.216.34", "127.0.0.1"]

    def looked_up(*_: Any, **__: Any) -> list[Any]:
        address = answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    sender = WebhookSender()
    await sender.check(f"https://rebinding.example:{port}/")
    with pytest.raises(NotDelivered, match="private"):
        await sent(sender, f"https://rebinding.example:{port}/")
    assert (answers, receiver.received) == ([], [])


async def test_the_address_that_was_checked_is_the_one_that_is_called(
    receiver: Receiver, sender: WebhookSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nobody looks a name up again between check and connection."""
    port = int(receiver.address.rpartition(":")[2])
    looked_up = []
    really = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **named: Any) -> Any:
        looked_up.append(host)
        return really("127.0.0.1" if host == "once.example" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert await sent(sender, f"http://once.example:{port}/") == 200
    assert looked_up.count("once.example") == 1
    assert receiver.received[0].headers["host"] == f"once.example:{port}"


async def test_a_proxy_of_the_environment_is_not_asked(
    sender: WebhookSender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await sent(sender, receiver.url("/hook")) == 200


async def test_a_receiver_by_ipv6_is_reached(sender: WebhookSender) -> None:
    async with receiving(host="::1") as receiver:
        assert await sent(sender, receiver.url("/hook")) == 200
        assert receiver.received[0].headers["host"].startswith("[::1]:")


async def test_by_https_a_receiver_proves_who_it_is(
    sender: WebhookSender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = await certified(tmp_path)
    tls.load_cert_chain(certificate, tmp_path / "key.pem")
    async with receiving(tls) as receiver:
        by_name = receiver.address.replace("127.0.0.1", "localhost")
        with pytest.raises(NotDelivered, match="certificate"):
            await sent(sender, by_name + "/untrusted")

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        webhooks._tls.cache_clear()
        assert await sent(sender, by_name + "/trusted") == 200
        with pytest.raises(NotDelivered, match="certificate"):
            await sent(sender, receiver.address + "/another-name")
    webhooks._tls.cache_clear()
    assert [one.path for one in receiver.received] == ["/trusted"]


async def certified(folder: Path) -> Path:
    """A certificate of `localhost` that signs itself, with its key beside it."""
    made = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *(
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ),
        *("-keyout", folder / "key.pem", "-out", folder / "certificate.pem"),
        stderr=subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    return folder / "certificate.pem"
