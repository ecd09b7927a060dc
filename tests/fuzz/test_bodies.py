"""Bodies, addresses, headers and frames of any bytes: refused or answered, never failed, and the next is served."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.fuzz.sizes import TIME_LIMIT_S, examples
from tests.fuzz.spellings import ODD_TEXTS
from tests.server.test_http_protocol import said
from tests.site import Client, Site

VIEWER: dict[str, Any] = {
    "query": "{ viewer { mode } }",
    "variables": {},
    "operationName": None,
    "extensions": {},
}
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(ODD_TEXTS)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
CODES = {
    *("BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "FORBIDDEN"),
    *("OPERATION_RESOLUTION_FAILURE", "PERSISTED_QUERY_NOT_SUPPORTED", "UNAUTHENTICATED"),
}


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Bytes, JSON of any shape, or a request with another value somewhere; cut, doubled or spoilt."""
    kind = draw(st.sampled_from(("bytes", "json", "request")))
    if kind == "bytes":
        return draw(st.binary(max_size=200))
    given_one: Any = draw(values)
    if kind == "request":
        given_one = {**VIEWER, draw(st.sampled_from(sorted(VIEWER))): given_one}
    body = json.dumps(given_one, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    place = draw(st.integers(0, len(body)))
    spoilt = draw(st.sampled_from((b"", b"\xff", b"\0", b"\xed\xa0\x80", b",", b"}", b'"', body)))
    return body[:place] + spoilt + body[place:] if draw(st.booleans()) else body


@pytest.mark.timeout(TIME_LIMIT_S)
@examples(150)
@given(body=bodies())
async def test_a_body_of_any_bytes_is_refused_or_answered(client: Client, body: bytes) -> None:
    answer = await client.post(body)

    assert answer.status_code in (200, 400)
    found = answer.json()
    codes = {error["extensions"]["code"] for error in found.get("errors", ())}
    assert codes <= CODES
    assert codes or "data" in found
    assert await client.ask("{ __typename }") == {"__typename": "Query"}


PATHS = (
    *("/graphql", "/graphiql/settings.json", "/pay/%s", "/pay/%s/%s", "/unsubscribe/%s/%s/%s"),
    *(
        "/files/%s",
        "/files/%s/%s/%s",
        "/files/%s/exports/%s",
        "/callbacks/%s",
        "/sandbox/authenticate/%s",
    ),
    *("/static/%s", "/%s", "/healthz", "/readyz", "/metrics", "/%s/%s"),
)
METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "TRACE")
HEADERS = (
    *("accept", "accept-language", "accept-encoding", "cookie", "origin", "authorization", "range"),
    *("content-type", "sec-fetch-site", "if-none-match", "if-modified-since", "user-agent", "te"),
    *("x-request-id", "x-forwarded-for", "forwarded", "idempotency-key", "expect", "traceparent"),
)
SAID = (
    *("*/*;q=", "text/html", "en;q=x", "de-" * 50, "gzip;q=2", "pay_form=;;=a; b", "bytes=5-1"),
    *("Bearer ", "Bearer ak_live_", "Basic eA==", "null", "100-continue", "application/json"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=", "W/*", "\xff\xfe"),
)
parts = (st.sampled_from(ODD_TEXTS) | st.text(max_size=30)).map(
    lambda text: quote(text[:500].encode(errors="surrogatepass"), safe="/.%")
)


@st.composite
def requests(draw: st.DrawFn, token: str) -> bytes:
    """A whole request that is HTTP, to addresses and with headers of any kind."""
    address = draw(st.sampled_from(PATHS))
    path = address % tuple(draw(parts | st.just(token)) for _ in range(address.count("%s")))
    query = "&".join(f"{draw(parts)}={draw(parts)}" for _ in range(draw(st.integers(0, 3))))
    body = draw(
        st.binary(max_size=50) | st.just(b"number=4242&form=a.1.2.b") | parts.map(str.encode)
    )
    lines = [f"{draw(st.sampled_from(METHODS))} {path}?{query} HTTP/1.1", "host: x"]
    names = draw(st.lists(st.sampled_from(HEADERS), max_size=4))
    lines += [f"{name}: {draw(st.sampled_from(SAID))}" for name in names]
    lines += ["connection: close", f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@pytest.mark.timeout(TIME_LIMIT_S)
@examples(200)
@given(drawn=st.data())
async def test_an_address_with_any_headers_is_refused_or_answered(
    site: Site, client: Client, drawn: st.DataObject
) -> None:
    answer = await said(site, drawn.draw(requests("T" * 32)))

    final = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert 200 <= int(final.split(b" ", 2)[1]) < 500
    assert b"Traceback" not in answer


FRAMES: tuple[dict[str, Any], ...] = (
    *({}, {"type": None}, {"type": "ping"}, {"type": "pong", "payload": 1}, {"type": "complete"}),
    *({"type": "connection_init"}, {"type": "connection_init", "payload": []}, {"type": "next"}),
    {"type": "connection_init", "payload": {"authorization": "Bearer x"}},
    {"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { mode } }"}},
    {"type": "subscribe", "id": 1, "payload": {"query": "{ viewer { mode } }"}},
    {"type": "subscribe", "id": "", "payload": None},
    {"type": "subscribe", "id": "1", "payload": {"query": "subscription { events { id } }"}},
    {"type": "subscribe", "id": "1", "payload": {"query": "{", "variables": []}},
    {"type": "complete", "id": "1"},
)
frames = st.one_of(
    st.sampled_from(FRAMES).map(json.dumps),
    values.map(json.dumps),
    st.text(max_size=100),
    st.binary(max_size=100),
)


@pytest.mark.timeout(TIME_LIMIT_S)
@examples(60)
@given(sent=st.lists(frames, max_size=8))
async def test_frames_of_any_bytes_end_the_socket_at_most(
    client: Client, sent: list[str | bytes]
) -> None:
    url = client.url.replace("http", "ws", 1)
    protocol = Subprotocol("graphql-transport-ws")
    async with connect(
        url,
        subprotocols=[protocol],
        additional_headers=client.authorization,
        open_timeout=60,
        ping_timeout=None,
        close_timeout=60,
    ) as ws:
        try:
            for frame in sent:
                await ws.send(
                    frame if isinstance(frame, bytes) else frame.encode("utf-8", "replace").decode()
                )
            await ws.ping()
            await ws.close()
        except ConnectionClosed:
            pass
        await ws.wait_closed()

    assert ws.close_code is not None
    assert (
        ws.close_code == 1000 or 4400 <= ws.close_code < 4500 or ws.close_code in (1002, 1003, 1007)
    )
