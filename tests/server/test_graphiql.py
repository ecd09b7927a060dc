"""GraphiQL comes from our own files alone, and gives the demo's key only to this very machine."""

import re

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from server import graphiql, static_files
from server.settings import CHECKOUT

BUNDLE = static_files.FOLDER / "graphiql"
LOOPBACK = ("127.0.0.1", 50000)


async def graphql(request: Request) -> Response:
    if graphiql.wants_graphiql(request):
        return await graphiql.graphiql_page(request)
    return PlainTextResponse("an answer")


def browser(
    demo_api_key: str | None = None,
    client: tuple[str, int] = LOOPBACK,
    base_url: str = "http://127.0.0.1:8000",
) -> TestClient:
    routes = [
        Route("/graphql", graphql, methods=["GET", "POST"]),
        *graphiql.routes(demo_api_key),
        static_files.mount(),
    ]
    return TestClient(Starlette(routes=routes), base_url=base_url, client=client)


def api_key(client: TestClient, **headers: str) -> str | None:
    settings = client.get("/graphiql/settings.json", headers=headers).json()
    assert settings["url"] == "/graphql"
    key: str | None = settings["apiKey"]
    return key


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("*/*", False),
        ("application/json", False),
        ("application/graphql-response+json, application/json;q=0.9", False),
    ],
)
def test_only_who_asks_for_html_by_name_gets_graphiql(accept: str, page: bool) -> None:
    answer = browser().get("/graphql", headers={"accept": accept})
    assert answer.headers["content-type"].startswith("text/html") is page


def test_a_get_with_a_query_is_answered_as_graphql_even_in_a_browser() -> None:
    answer = browser().get("/graphql?query={viewer{now}}", headers={"accept": "text/html"})
    assert answer.text == "an answer"


def test_the_page_may_load_nothing_from_another_host() -> None:
    page = browser().get("/graphql", headers={"accept": "text/html"})
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=", page.text)


def test_every_file_that_the_page_names_is_served_for_good() -> None:
    client = browser()
    page = client.get("/graphql", headers={"accept": "text/html"}).text
    named = re.findall(r'"(/static/[^"]+)"', page)
    assert len(named) == 6
    for address in named:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_scripts_travel_compressed() -> None:
    client = browser()
    [script] = BUNDLE.glob("main-*.js")
    answer = client.get(f"/static/graphiql/{script.name}", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"


def test_the_bundle_names_no_other_host_that_it_could_load_from() -> None:
    loads = re.compile(
        rb"""(?:import|importScripts|fetch|src\s*=|href\s*=|url)\s*\(?\s*["'`]?https?://[^"'`)\s]+"""
    )
    for file in [*BUNDLE.glob("*.js"), *BUNDLE.glob("*.css"), BUNDLE / "index.html"]:
        assert not loads.findall(file.read_bytes()), file.name


def test_every_bundled_part_is_named_by_another() -> None:
    files = [file for file in BUNDLE.iterdir() if file.name not in ("index.html", "LICENSES.txt")]
    texts = {file.name: file.read_bytes() for file in BUNDLE.iterdir()}
    for file in files:
        others = [text for name, text in texts.items() if name != file.name]
        assert any(file.name.encode() in text for text in others), file.name


def test_the_demo_key_goes_to_a_browser_on_this_machine() -> None:
    assert api_key(browser("ak_test_demo")) == "ak_test_demo"
    assert api_key(browser("ak_test_demo", base_url="http://localhost:8000")) == "ak_test_demo"
    assert api_key(browser("ak_test_demo"), **{"sec-fetch-site": "same-origin"}) == "ak_test_demo"


def test_without_a_demo_there_is_no_key() -> None:
    assert api_key(browser(None)) is None


def test_the_demo_key_goes_to_no_other_machine() -> None:
    assert api_key(browser("ak_test_demo", client=("192.0.2.7", 50000))) is None


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via"])
def test_the_demo_key_does_not_go_through_a_proxy(header: str) -> None:
    assert api_key(browser("ak_test_demo"), **{header: "192.0.2.7"}) is None


def test_a_name_that_somebody_points_at_this_machine_gets_no_key() -> None:
    assert api_key(browser("ak_test_demo", base_url="http://rebound.example:8000")) is None


def test_another_site_gets_no_key() -> None:
    assert api_key(browser("ak_test_demo"), **{"sec-fetch-site": "cross-site"}) is None


def test_the_settings_are_kept_by_nobody() -> None:
    answer = browser("ak_test_demo").get("/graphiql/settings.json")
    assert answer.headers["cache-control"] == "no-store"


def test_the_lock_file_names_no_registry() -> None:
    lock = (CHECKOUT / "server/console/package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 50
