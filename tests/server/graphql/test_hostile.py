"""Hostile requests, as `python -m bench hostile` measures them: each gets a clean answer, and the next is served."""

import asyncio
import gzip

import orjson
import pytest

from bench.hostile import exchange
from bench.hostile_requests import Hostile, requests
from tests.site import Client, Site

CODES = {
    *("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "UNAUTHENTICATED"),
    *("OPERATION_RESOLUTION_FAILURE", "PERSISTED_QUERY_NOT_SUPPORTED"),
}
ANSWER_BYTES_AT_MOST = 4 * 1024 * 1024
HOSTILE = {hostile.name: hostile for hostile in requests()}


def test_there_are_many_of_them() -> None:
    assert len(HOSTILE) == len(list(requests())) >= 30


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_request_gets_a_clean_answer(
    site: Site, client: Client, hostile: Hostile
) -> None:
    port = int(site.address.rpartition(":")[2])

    answer = await asyncio.to_thread(exchange, port, hostile.wire(str(client.key)))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split()[1]) in (200, 400, 401, 406, 413, 414), answer[:500]
    if b"application/" in head:
        said = orjson.loads(gzip.decompress(body) if b"content-encoding: gzip" in head else body)
        codes = {error["extensions"]["code"] for error in said.get("errors", ())}
        assert codes <= CODES
        assert "data" in said or codes
    assert len(body) < ANSWER_BYTES_AT_MOST
    assert await client.ask("{ viewer { mode } }") == {"viewer": {"mode": "LIVE"}}
