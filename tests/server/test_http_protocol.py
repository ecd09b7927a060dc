"""What the HTTP server itself refuses: too much, too slowly, in too many pieces, and what has two meanings."""

import asyncio
import json
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from server import http_protocol
from server.http_protocol import BODY_BYTES_AT_MOST, HEAD_BYTES_AT_MOST, PIECES_AT_MOST
from server.static_files import FOLDER
from tests.journeys.making import issued
from tests.site import Client, Site

PATIENCE_S = 60
LARGEST = max((FOLDER / "graphiql").iterdir(), key=lambda path: path.stat().st_size)
VIEWER = json.dumps({"query": "{ __typename }"}).encode()


async def said(site: Site, *pieces: bytes) -> bytes:
    """All that the server says to these pieces, until it closes the connection."""
    host, _, port = site.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer


def head(*lines: str) -> bytes:
    first = ("POST /graphql HTTP/1.1", "host: x", "connection: close")
    return "\r\n".join([*first, "content-type: application/json", *lines, "", ""]).encode()


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("times", [1, 5])
async def test_a_head_that_is_too_large_is_refused_however_it_arrives(
    site: Site, times: int
) -> None:
    begun = head()[:-4]
    rest = b"\r\nx-much: " + b"x" * (HEAD_BYTES_AT_MOST // times)

    answer = await said(site, begun, *[rest] * times)

    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_a_head_may_be_long(site: Site) -> None:
    long = "x-much: " + "x" * (HEAD_BYTES_AT_MOST - 1_000)

    answer = await said(site, head(long, f"content-length: {len(VIEWER)}") + VIEWER)

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_long_body_does_not_count_as_its_head(site: Site) -> None:
    body = VIEWER + b" " * (2 * HEAD_BYTES_AT_MOST)

    answer = await said(site, head(f"content-length: {len(body)}") + body)

    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_a_body_may_come_in_chunks(site: Site, size: int) -> None:
    answer = await said(site, head("transfer-encoding: chunked") + chunked(VIEWER, size))

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"data"' in answer


async def test_a_body_in_too_many_chunks_is_refused(site: Site, client: Client) -> None:
    body = VIEWER + b" " * PIECES_AT_MOST

    answer = await said(site, head("transfer-encoding: chunked") + chunked(body, 1))

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert await client.ask("{ __typename }") == {"__typename": "Query"}


async def test_one_connection_serves_request_after_request(site: Site) -> None:
    request = head(f"content-length: {len(VIEWER)}").replace(b"connection: close\r\n", b"") + VIEWER
    last = head(f"content-length: {len(VIEWER)}") + VIEWER

    answer = await said(site, *[request] * 50, last)

    assert answer.count(b"HTTP/1.1 200 ") == 51


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


# What servers in front of one another have read differently: where a request ends, and whose it is.
TWO_WAYS: dict[str, tuple[tuple[str, ...], bytes]] = {
    "a length and chunks": (
        (f"content-length: {len(VIEWER)}", "transfer-encoding: chunked"),
        chunk(VIEWER),
    ),
    "chunks and a length": (("transfer-encoding: chunked", "content-length: 4"), chunk(VIEWER)),
    "two lengths": ((f"content-length: {len(VIEWER)}", "content-length: 5"), VIEWER),
    "one length twice": ((f"content-length: {len(VIEWER)}",) * 2, VIEWER),
    "a list of lengths": ((f"content-length: {len(VIEWER)}, {len(VIEWER)}",), VIEWER),
    "a length with a sign": ((f"content-length: +{len(VIEWER)}",), VIEWER),
    "a length below zero": (("content-length: -1",), VIEWER),
    "a length beyond counting": ((f"content-length: {'9' * 30}",), VIEWER),
    "an unknown coding": (("transfer-encoding: xchunked",), chunk(VIEWER)),
    "chunks in another coding": (("transfer-encoding: gzip, chunked",), chunk(VIEWER)),
    "another coding after chunks": (("transfer-encoding: chunked, identity",), chunk(VIEWER)),
    "chunks twice": (("transfer-encoding: chunked", "transfer-encoding: chunked"), chunk(VIEWER)),
    "a space before a colon": (("transfer-encoding : chunked",), chunk(VIEWER)),
    "a header over two lines": (("x-a: b\r\n c", f"content-length: {len(VIEWER)}"), VIEWER),
    "a null in a header": (("x-a: \0", f"content-length: {len(VIEWER)}"), VIEWER),
    "a line break in a header": (("x-a: b\nx-c: d", f"content-length: {len(VIEWER)}"), VIEWER),
    "a chunk below zero": (("transfer-encoding: chunked",), b"-1\r\n" + VIEWER),
    "a chunk beyond counting": (("transfer-encoding: chunked",), b"f" * 17 + b"\r\n" + VIEWER),
    "two hosts": (("host: y", f"content-length: {len(VIEWER)}"), VIEWER),
}


@pytest.mark.parametrize(("lines", "body"), TWO_WAYS.values(), ids=TWO_WAYS.keys())
async def test_what_can_be_read_in_two_ways_is_refused_and_the_connection_closed(
    site: Site, lines: tuple[str, ...], body: bytes
) -> None:
    following = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    kept = head(*lines).replace(b"connection: close\r\n", b"")

    answer = await said(site, kept + body + following)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("place", [0, 3])
async def test_an_offer_of_http_2_is_passed_over(site: Site, place: int) -> None:
    """Java's own client makes it with every request."""
    length = f"content-length: {len(VIEWER)}"
    lines = ["connection: Upgrade, HTTP2-Settings", "http2-settings: AAEAAEAA", length]
    lines.insert(place, "Upgrade: h2c")
    kept = head(*lines).replace(b"connection: close\r\n", b"")
    last = head(f"content-length: {len(VIEWER)}")

    answer = await said(site, kept + VIEWER, last + VIEWER)

    assert answer.count(b"HTTP/1.1 200 ") == answer.count(b'"data"') == 2


@pytest.mark.parametrize(("version", "status"), [("1.1", b"400"), ("1.0", b"200")])
async def test_whom_it_is_for_is_said_since_http_1_1(
    site: Site, version: str, status: bytes
) -> None:
    given = f"GET /graphql?query=%7B__typename%7D HTTP/{version}\r\nconnection: close\r\n\r\n"

    answer = await said(site, given.encode())

    assert answer.startswith(b"HTTP/1.1 %b " % status)


@pytest.mark.parametrize(
    "given",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0" * 100,
        b"GET /\r\n\r\n",
        b"GET /graphql HTTP/9.9\r\nhost: x\r\n\r\n",
        b"GET /pay/\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
    ids=["TLS", "HTTP/2", "nulls", "HTTP/0.9", "HTTP/9.9", "bytes in the path"],
)
async def test_what_is_no_http_1_is_refused(site: Site, given: bytes) -> None:
    assert (await said(site, given)).startswith(b"HTTP/1.1 400 ")


async def test_a_length_that_is_too_large_is_refused_before_anything_came(site: Site) -> None:
    answer = await said(site, head(f"content-length: {10 * 1024 * 1024}"))

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_without_end_is_not_heard_for_ever(site: Site, client: Client) -> None:
    """It was refused long ago, with what came of it."""
    piece = b"%x\r\n%b\r\n" % (64 * 1024, b" " * 64 * 1024)
    host, _, port = site.address.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(head("transfer-encoding: chunked"))
    sent = 0
    with suppress(ConnectionError):
        while sent < 16 * BODY_BYTES_AT_MOST:
            writer.write(piece)
            sent += len(piece)
            await writer.drain()
    writer.close()

    assert sent < 4 * BODY_BYTES_AT_MOST
    assert await client.ask("{ __typename }") == {"__typename": "Query"}


FORM = b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-type: %b\r\ncontent-length: 100\r\n\r\na"
URLENCODED = b"application/x-www-form-urlencoded"
# What arrives, and whether somebody still waits to hear what became of it.
DRIPPING: dict[str, tuple[bytes, bool]] = {
    "nothing at all": (b"", False),
    "half a line": (b"GET /gra", True),
    "half a head": (b"GET /graphql HTTP/1.1\r\nhost: x\r\n", True),
    "half a request after another": (
        b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /gra",
        True,
    ),
    "half a body": (FORM % (b"/graphql", b"application/json"), True),
    "half a notice of a gateway": (FORM % (b"/callbacks/sandbox", b"application/json"), True),
    "half a form that was refused": (FORM % (b"/nothing", URLENCODED), False),
}


async def test_what_does_not_arrive_is_not_waited_for(
    site: Site, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = urlsplit((await issued(client))["publicPayUrl"]).path.encode()
    dripping = {**DRIPPING, "half a form to pay": (FORM % (page, URLENCODED), True)}
    monkeypatch.setattr(http_protocol, "ARRIVAL_TIME_LIMIT_S", 3.0)

    async with asyncio.timeout(PATIENCE_S):
        answers = await asyncio.gather(*(said(site, given) for given, _ in dripping.values()))

    told = [b"took too long to arrive" in answer for answer in answers]
    assert dict(zip(dripping, told, strict=True)) == {
        name: is_told for name, (_, is_told) in dripping.items()
    }


async def test_a_request_that_drips_in_byte_by_byte_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte begins no new time."""
    monkeypatch.setattr(http_protocol, "ARRIVAL_TIME_LIMIT_S", 0.5)
    host, _, port = site.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /graphql HTTP/1.1\r\nx-much: ")

    async def drip() -> None:
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(PATIENCE_S):
        # A byte that comes after the end may have the system forget what was answered before it.
        with suppress(ConnectionError):
            await reader.read()
    dripping.cancel()
    writer.close()


async def test_others_are_served_while_hundreds_drip(site: Site, client: Client) -> None:
    host, _, port = site.address.removeprefix("http://").partition(":")
    begun = [given for given, _ in DRIPPING.values()]
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(300)]
    for place, (_, writer) in enumerate(slow):
        writer.write(begun[place % len(begun)])
        await writer.drain()

    found = [await client.ask("{ viewer { mode } }") for _ in range(20)]

    assert found == [{"viewer": {"mode": "LIVE"}}] * 20
    for _, writer in slow:
        writer.close()


async def test_who_takes_nothing_of_an_answer_is_let_go(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would stay in memory, or hold the place of an export, for as long as its client likes."""
    monkeypatch.setattr(http_protocol, "STALLED_AFTER_S", 0.5)
    host, _, port = site.address.removeprefix("http://").partition(":")
    loop = asyncio.get_running_loop()
    with socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.setblocking(False)
        await loop.sock_connect(idle, (host, int(port)))
        asked = f"GET /static/graphiql/{LARGEST.name} HTTP/1.1\r\nhost: x\r\n\r\n"
        # More than the system takes off the server's hands.
        await loop.sock_sendall(idle, asked.encode() * 20)

        async with asyncio.timeout(PATIENCE_S):
            await until_it_is_closed(idle)


async def until_it_is_closed(idle: socket.socket) -> None:
    """Returns once the other side takes nothing more."""
    with suppress(ConnectionError):
        while True:
            await asyncio.get_running_loop().sock_sendall(idle, b"G")
            await asyncio.sleep(0.1)
