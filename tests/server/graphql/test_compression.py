"""Answers go out compressed where the client takes that and where it is worth it."""

import gzip
import json
from typing import Any

import pytest
from graphql import get_introspection_query

from server.graphql.responses import COMPRESSED_AT_ONCE, WORTH_COMPRESSING
from tests.site import Client

SHORT = "{ viewer { mode } }"
MIDDLING = '{ __type(name: "Invoice") { fields { name description } } }'
LONG = get_introspection_query()


async def raw(client: Client, document: str, encoding: str | None) -> tuple[Any, bytes]:
    """The head of an answer, and its body as it came."""
    given = {**client.authorization, "accept-encoding": encoding or "identity"}
    async with client.http.stream(
        "POST", client.url, json={"query": document}, headers=given
    ) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize("document", [MIDDLING, LONG])
@pytest.mark.parametrize("encoding", ["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8"])
async def test_a_long_answer_is_compressed_for_whoever_takes_it(
    client: Client, document: str, encoding: str
) -> None:
    answer, body = await raw(client, document, encoding)
    _, plain = await raw(client, document, None)

    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(body) < len(plain) / 2
    assert "accept-encoding" in answer.headers["vary"].split(", ")
    assert gzip.decompress(body) == plain


async def test_both_ways_of_compressing_are_tried_here(client: Client) -> None:
    _, middling = await raw(client, MIDDLING, None)
    _, long = await raw(client, LONG, None)

    assert WORTH_COMPRESSING < len(middling) < COMPRESSED_AT_ONCE < len(long)


@pytest.mark.parametrize("encoding", [None, "identity", "br", "deflate", "gzip;q=0", "*;q=0"])
async def test_whoever_does_not_take_it_gets_it_plain(client: Client, encoding: str | None) -> None:
    answer, body = await raw(client, LONG, encoding)

    assert "content-encoding" not in answer.headers
    assert json.loads(body)["data"]["__schema"]


async def test_a_short_answer_stays_as_it_is(client: Client) -> None:
    answer, body = await raw(client, SHORT, "gzip")

    assert "content-encoding" not in answer.headers
    assert json.loads(body) == {"data": {"viewer": {"mode": "LIVE"}}}


async def test_refusals_are_compressed_too(client: Client) -> None:
    fields = " ".join(f"{'nothing' * 10}{place}" for place in range(20))

    answer, body = await raw(client, f"{{ viewer {{ {fields} }} }}", "gzip")

    assert answer.headers["content-encoding"] == "gzip"
    assert list(json.loads(gzip.decompress(body))) == ["errors"]
