"""The application as a whole: its addresses, its doors to other origins, its ids of requests."""

import asyncio

import httpx2
from websockets.asyncio.client import connect
from websockets.typing import Origin

from server.graphql.freshness import ASKED
from server.graphql.requests import PREFLIGHTED
from tests import site as sites
from tests.server.graphql.test_sockets import PROTOCOL
from tests.site import Client, Site

ORIGIN = "https://shop.example"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}
VIEWER = {"query": "{ viewer { mode } }"}


async def test_each_address_is_served(site: Site) -> None:
    for path, status in {
        "/healthz": 200,
        "/readyz": 200,
        "/graphiql/settings.json": 200,
        "/static/pay.css": 200,
        "/pay/unknown": 404,
        "/graphql": 400,
        "/": 404,
        "/nothing": 404,
        "/graphql/": 404,
        "/static/../settings.py": 404,
    }.items():
        answer = await site.http.get(f"{site.address}{path}")
        assert (path, answer.status_code) == (path, status)


async def test_a_browser_that_opens_the_address_gets_graphiql_and_a_client_does_not(
    site: Site,
) -> None:
    page = await site.http.get(f"{site.address}/graphql", headers={"accept": "text/html,*/*"})
    asked = await site.http.get(f"{site.address}/graphql?query=%7B__typename%7D")

    assert page.headers["content-type"].startswith("text/html")
    assert "graphiql" in page.text
    assert asked.json() == {"data": {"__typename": "Query"}}


async def test_no_key_is_offered_where_there_is_no_demo(site: Site) -> None:
    settings = await site.http.get(f"{site.address}/graphiql/settings.json")

    assert settings.json()["apiKey"] is None


async def test_every_answer_has_the_id_of_its_request(site: Site, client: Client) -> None:
    named = await client.post(VIEWER, x_request_id="order-17")
    unnamed = [await client.post(body) for body in (VIEWER, {"query": "{"}, b"[]")]
    forged = await client.post(VIEWER, x_request_id="a b\tc")

    assert named.headers["x-request-id"] == "order-17"
    ids = {answer.headers["x-request-id"] for answer in (*unnamed, forged)}
    assert len(ids) == 4
    assert all(len(one) >= 16 and " " not in one for one in ids)


async def test_other_origins_are_shut_out_unless_they_are_named(site: Site) -> None:
    answer = await preflight(site, ORIGIN)

    assert "access-control-allow-origin" not in answer.headers


async def test_a_named_origin_may_call_and_no_other(site: Site, client: Client) -> None:
    settings = site.settings.model_copy(update={"cors_origins": (ORIGIN,)})
    async with sites.opened(settings) as opened:
        allowed, refused = await preflight(opened, ORIGIN), await preflight(opened, "https://x.y")
        asked = await opened.client(client.key or "").post(VIEWER, origin=ORIGIN)

    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "origin" in allowed.headers["vary"].lower()
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in allowed.headers
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert asked.headers["access-control-allow-origin"] == ORIGIN
    assert "origin" in asked.headers["vary"].lower()
    assert asked.json()["data"]


async def test_a_page_of_a_named_origin_sees_refusals_and_what_headers_say(
    site: Site, client: Client
) -> None:
    settings = site.settings.model_copy(update={"cors_origins": (ORIGIN,)})
    async with sites.opened(settings) as opened:
        here = opened.client(client.key or "")
        answers = [
            await here.post(VIEWER, origin=ORIGIN),
            await here.post({"query": "{"}, origin=ORIGIN),
            await opened.nobody.post(VIEWER, origin=ORIGIN),
            await here.post(b"[]", origin=ORIGIN),
        ]
        unknown = await here.post(VIEWER, origin="https://x.y")

    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {ORIGIN}
    for answer in answers:
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert {"x-request-id", "retry-after", "ratelimit", "ratelimit-policy"} <= set(exposed)
    assert "access-control-allow-origin" not in unknown.headers


async def test_where_every_origin_may_call_none_may_with_its_cookies(
    site: Site, client: Client
) -> None:
    settings = site.settings.model_copy(update={"cors_origins": ("*",)})
    async with sites.opened(settings) as opened:
        asked = await preflight(opened, "https://x.y")
        async with connect(
            f"{opened.address.replace('http', 'ws')}/graphql",
            subprotocols=[PROTOCOL],
            origin=Origin("https://x.y"),
        ) as socket:
            assert socket.subprotocol == PROTOCOL

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in asked.headers


async def test_a_page_may_send_each_header_that_the_api_takes(site: Site) -> None:
    settings = site.settings.model_copy(update={"cors_origins": (ORIGIN,)})
    wanted = ("authorization", "content-type", "x-request-id", *PREFLIGHTED, *ASKED)
    async with sites.opened(settings) as opened:
        answer = await opened.http.options(
            f"{opened.address}/graphql",
            headers={
                "origin": ORIGIN,
                "access-control-request-method": "POST",
                "access-control-request-headers": ",".join(wanted),
            },
        )

    assert answer.status_code == 200


async def test_many_at_once_each_get_their_own_answer(
    site: Site, client: Client, stranger: Client
) -> None:
    document = "query($id: ID!) { viewer { workspace { id } } node(id: $id) { id } }"

    async def one(asker: Client, place: int) -> object:
        found = await asker.ask(document, id=f"cus_{place}")
        return found["viewer"]["workspace"]["id"]

    found = await asyncio.gather(
        *(one(asker, place) for place in range(40) for asker in (client, stranger))
    )

    assert len(set(found[0::2])) == len(set(found[1::2])) == 1
    assert found[0] != found[1]


async def preflight(site: Site, origin: str) -> httpx2.Response:
    """What a browser asks before a page of another origin may call."""
    return await site.http.options(
        f"{site.address}/graphql", headers={"origin": origin, **PREFLIGHT}
    )
