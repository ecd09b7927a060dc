"""What a request must look like: all else gets a clean 4xx, whatever it holds."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from server.graphql import requests
from server.graphql.requests import BODY_BYTES_AT_MOST, URL_BYTES_AT_MOST
from tests.site import Client, Site

VIEWER = "{ viewer { mode } }"
MUTATION = 'mutation { customerCreate(input: {name: "Bob"}) { customer { id } } }'
GRAPHQL = "application/graphql-response+json"

MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \n",
    "no JSON": b"{",
    "null": b"null",
    "a text": b'"{ viewer { mode } }"',
    "a number": b"42",
    "true": b"true",
    "a list": b"[]",
    "a batch": b'[{"query": "{ viewer { mode } }"}]',
    "no query": b"{}",
    "a query that is null": b'{"query": null}',
    "a query that is empty": b'{"query": ""}',
    "a query that is a number": b'{"query": 1}',
    "a query that is a list": b'{"query": ["{ viewer { mode } }"]}',
    "a name that is a number": b'{"query": "{ viewer { mode } }", "operationName": 1}',
    "a name that is an object": b'{"query": "{ viewer { mode } }", "operationName": {}}',
    "variables that are a text": b'{"query": "{ viewer { mode } }", "variables": "{}"}',
    "variables that are a list": b'{"query": "{ viewer { mode } }", "variables": []}',
    "variables that are false": b'{"query": "{ viewer { mode } }", "variables": false}',
    "variables that are 0": b'{"query": "{ viewer { mode } }", "variables": 0}',
    "extensions that are a text": b'{"query": "{ viewer { mode } }", "extensions": "x"}',
    "invalid UTF-8": b'{"query": "{ viewer { mode } }\xff"}',
    "an overlong character": b'{"query": "\xc0\xaf"}',
    "a lone surrogate": b'{"query": "\\ud800"}',
    "a byte order mark": b'\xef\xbb\xbf{"query": "{ viewer { mode } }"}',
    "UTF-16": '{"query": "{ viewer { mode } }"}'.encode("utf-16"),
    "a null byte": b'{"query": "{ viewer { mode } }\x00"}',
    "deep nesting": b'{"query": "{ viewer { mode } }", "variables": {"a": '
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}}",
    "deep nesting of fractions": b'{"query": "{ viewer { mode } }", "variables": {"a": '
    + b"[" * 990
    + b"0.5"
    + b"]" * 990
    + b"}}",
    "an integer of 5,000 digits": b'{"query": "{ viewer { mode } }", "variables": {"a": '
    + b"9" * 5000
    + b"}}",
    "a fraction of 5,000 digits": b'{"query": "{ viewer { mode } }", "variables": {"a": 0.'
    + b"9" * 5000
    + b"}}",
    "a number out of range": b'{"query": "{ viewer { mode } }", "variables": {"a": 1e999999}}',
    "NaN": b'{"query": "{ viewer { mode } }", "variables": {"a": NaN}}',
    "Infinity": b'{"query": "{ viewer { mode } }", "variables": {"a": -Infinity}}',
    "NaN beside a fraction": b'{"query": "{ viewer { mode } }", "variables": {"a": [1.5, NaN]}}',
    "a comment": b'{"query": "{ viewer { mode } }" /* why */}',
    "a trailing comma": b'{"query": "{ viewer { mode } }",}',
    "single quotes": b"{'query': '{ viewer { mode } }'}",
    "two documents": b'{"query": "{ viewer { mode } }"}{"query": "{ viewer { mode } }"}',
}
NO_JSON = (
    *("", "text/plain", "application/json-evil", "text/plain, application/json", "applicationjson"),
    *("application/graphql", "application/x-www-form-urlencoded", "multipart/form-data"),
    *("application/json; charset=utf-16", "application/json; charset=latin-1"),
)


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
async def test_what_is_no_request_is_a_clean_400(client: Client, body: bytes, accept: str) -> None:
    answer = await client.post(body, accept=accept)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == accept
    assert list(answer.json()) == ["errors"]
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(error["message"]) < 100


@pytest.mark.parametrize(
    "members",
    [
        {"operationName": None, "variables": None, "extensions": None},
        {"operationName": "", "variables": {}, "extensions": {}},
        {"id": 7, "unknown": [1.5]},
    ],
)
async def test_what_is_null_or_unknown_in_a_request_counts_as_left_out(
    client: Client, members: dict[str, Any]
) -> None:
    answer = await client.post({"query": VIEWER, **members})

    assert answer.json()["data"] == {"viewer": {"mode": "LIVE"}}


@pytest.mark.parametrize("extra", ["", ', "variables": {"a": 0.5}'])
async def test_of_a_name_given_twice_the_last_counts(client: Client, extra: str) -> None:
    """Whether or not the request is read a second time for its fractions."""
    body = '{"query": "{ nothing }", "query": "{ viewer { mode } }"' + extra + "}"

    answer = await client.post(body)

    assert answer.json()["data"] == {"viewer": {"mode": "LIVE"}}


@pytest.mark.parametrize("content_type", NO_JSON)
async def test_only_json_is_taken(client: Client, content_type: str) -> None:
    """A form of another site can send the others without asking."""
    body = json.dumps({"query": VIEWER})

    answer = await client.post(body, content_type=content_type)

    assert answer.status_code == 415
    assert list(answer.json()) == ["errors"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="UTF-8"',
    ],
)
async def test_json_is_taken_however_it_is_spelt(client: Client, content_type: str) -> None:
    answer = await client.post(json.dumps({"query": VIEWER}), content_type=content_type)

    assert answer.status_code == 200


async def test_a_compressed_request_is_refused(client: Client) -> None:
    answer = await client.post(b"\x1f\x8b", content_encoding="gzip")

    assert answer.status_code == 415


async def test_a_request_that_is_too_large_is_refused_and_the_next_is_served(
    client: Client,
) -> None:
    answer = await client.post(b'{"query": "' + b" " * BODY_BYTES_AT_MOST + b'"}')

    assert answer.status_code == 413
    assert (await client.ask(VIEWER))["viewer"]


async def test_a_request_that_drips_in_is_refused_in_the_end(
    site: Site, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "BODY_TIME_LIMIT_S", 0.1)
    host, _, port = site.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: 100\r\n\r\n{"
    )

    status = await reader.readline()
    writer.close()

    assert b" 408 " in status


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused_and_told_which_are_not(
    site: Site, client: Client, method: str
) -> None:
    answer = await site.http.request(method, client.url, headers=client.authorization)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


async def get(client: Client, given: dict[str, str], **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.http.get(
        f"{client.url}?{urlencode(given)}", headers={**client.authorization, **sent}
    )


async def test_a_query_can_be_asked_by_get(client: Client) -> None:
    query = "query Q($id: ID!) { node(id: $id) { id } } query R { viewer { mode } }"

    answer = await get(client, {"query": query, "operationName": "Q", "variables": '{"id": "x"}'})

    assert answer.status_code == 200
    assert answer.json()["data"] == {"node": None}


async def test_what_is_empty_in_a_url_counts_as_left_out(client: Client) -> None:
    answer = await get(
        client, {"query": VIEWER, "operationName": "", "variables": "", "extensions": ""}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL, "*/*"])
async def test_a_mutation_by_get_is_refused_and_not_done(client: Client, accept: str) -> None:
    answer = await get(client, {"query": MUTATION}, accept=accept)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert list(answer.json()) == ["errors"]
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 0


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"query": ""},
        {"query": VIEWER, "variables": "{"},
        {"query": VIEWER, "variables": "[]"},
        {"query": VIEWER, "variables": "1"},
        {"query": VIEWER, "extensions": "x"},
    ],
)
async def test_a_url_that_is_no_request_is_a_clean_400(
    client: Client, given: dict[str, str]
) -> None:
    answer = await get(client, given)

    assert answer.status_code == 400
    assert list(answer.json()) == ["errors"]


async def test_a_parameter_given_twice_is_refused(client: Client) -> None:
    answer = await client.http.get(
        f"{client.url}?query=%7Bviewer%7Bmode%7D%7D&query=x", headers=client.authorization
    )

    assert answer.status_code == 400


async def test_a_url_that_is_too_long_is_refused(client: Client) -> None:
    answer = await get(client, {"query": VIEWER + " " * URL_BYTES_AT_MOST})

    assert answer.status_code == 414


@pytest.mark.parametrize("came_from", ["cross-site", "same-site"])
async def test_a_page_of_another_site_cannot_ask_by_get(client: Client, came_from: str) -> None:
    answer = await get(client, {"query": VIEWER}, sec_fetch_site=came_from)

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "graphql-require-preflight": "1"},
        {"sec-fetch-site": "cross-site", "apollo-require-preflight": "1"},
        {"sec-fetch-site": "cross-site", "x-apollo-operation-name": "Q"},
    ],
)
async def test_whoever_no_plain_page_can_be_may_ask_by_get(
    client: Client, headers: dict[str, str]
) -> None:
    answer = await get(client, {"query": VIEWER}, **headers)

    assert answer.status_code == 200
