"""What the HTTP server itself refuses: heads without end, and bodies in too many pieces."""

import asyncio
import json

import pytest

from server.http_protocol import HEAD_BYTES_AT_MOST, PIECES_AT_MOST
from tests.site import Client, Site

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
