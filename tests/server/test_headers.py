"""What every answer says to browsers and caches, whoever asks under whatever name for whichever address."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.journeys.making import customer, issued
from tests.server.test_http_protocol import said
from tests.site import Client, Site

LINKS = """query($id: ID!) { invoice(id: $id) { publicPayUrl pdfUrl customer { id } }
    exportUrl(kind: INVOICES) }"""
BROWSER = {"accept": "text/html,*/*", "user-agent": "Mozilla/5.0", "accept-language": "en"}
NAMED = re.compile(rb"evil\.example")


async def addresses(client: Client) -> Mapping[str, str]:
    """An address of each kind, by what it is."""
    made = await issued(client, customerId=await customer(client))
    found = await client.ask(LINKS, id=made["id"])
    invoice = found["invoice"]
    return {
        "GraphiQL": "/graphql",
        "a query": "/graphql?query=%7B__typename%7D",
        "a query that isn't valid": "/graphql?query=%7B",
        "GraphiQL's settings": "/graphiql/settings.json",
        "a pay page": urlsplit(invoice["publicPayUrl"]).path,
        "a pay page with a slash too many": urlsplit(invoice["publicPayUrl"]).path + "/",
        "a pay page of nobody": f"/pay/{'x' * 32}",
        "a PDF": invoice["pdfUrl"].removeprefix(site_of(invoice["pdfUrl"])),
        "a PDF by a wrong link": urlsplit(invoice["pdfUrl"]).path,
        "an export": found["exportUrl"].removeprefix(site_of(found["exportUrl"])),
        "an export by a wrong link": urlsplit(found["exportUrl"]).path,
        "a page of the sandbox's bank": "/sandbox/unknown",
        "a way out of e-mails that is none": "/unsubscribe/a/b/c",
        "a stylesheet": "/static/pay.css",
        "no stylesheet": "/static/none.css",
        "the folder of stylesheets": "/static",
        "health": "/healthz",
        "readiness": "/readyz",
        "a notice by GET": "/callbacks/sandbox",
        "nothing": "/nothing",
        "nothing, with a slash": "/nothing/",
    }


def site_of(url: str) -> str:
    """Scheme and host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def fetched(site: Site, path: str, **headers: str) -> httpx2.Response:
    return await site.http.get(f"{site.address}{path}", headers={**BROWSER, **headers})


async def test_every_answer_keeps_to_itself(site: Site, client: Client) -> None:
    for name, path in (await addresses(client)).items():
        answer = await fetched(site, path)
        said = answer.headers

        assert answer.status_code < 500, name
        assert said["x-content-type-options"] == "nosniff", name
        assert "server" not in said, name
        assert "x-powered-by" not in said, name
        if not path.startswith("/static/"):
            is_page = path == "/graphql"  # the same for everyone
            assert ("no-cache" if is_page else "no-store") in said["cache-control"], name


async def test_every_page_runs_our_own_scripts_or_none_and_stands_in_no_frame(
    site: Site, client: Client
) -> None:
    pages = 0
    for name, path in (await addresses(client)).items():
        answer = await fetched(site, path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        pages += 1
        policy = dict(
            part.strip().partition(" ")[::2]
            for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy.get("script-src", "'self'") == "'self'", name
        assert answer.headers["x-frame-options"] == "DENY", name
        assert answer.headers["referrer-policy"] == "no-referrer", name
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", name
        assert not re.search(r"<script(?![^>]* src=)|\son\w+=|javascript:", answer.text), name

    assert pages >= 6


@pytest.mark.parametrize("name", ["host", "x-forwarded-host", "x-original-host", "forwarded"])
async def test_no_answer_leads_to_the_host_that_a_request_names(
    site: Site, client: Client, name: str
) -> None:
    """Links are the setting's alone: another host would be handed the token in them."""
    evil = "host=evil.example" if name == "forwarded" else "evil.example"
    for what, path in (await addresses(client)).items():
        lines = [
            f"GET {path} HTTP/1.1",
            f"{name}: {evil}",
            "connection: close",
            "accept: text/html",
        ]
        if name != "host":
            lines.append("host: 127.0.0.1")

        answer = await said(site, "\r\n".join([*lines, "", ""]).encode())

        assert not NAMED.search(answer), what
        assert not answer.startswith((b"HTTP/1.1 3", b"HTTP/1.1 5")), what


async def test_links_in_the_api_lead_to_the_setting_s_host(site: Site, client: Client) -> None:
    made = await issued(client)
    answer = await client.post(
        {"query": LINKS, "variables": {"id": made["id"]}}, host="evil.example"
    )

    found = answer.json()["data"]
    links = (found["invoice"]["publicPayUrl"], found["invoice"]["pdfUrl"], found["exportUrl"])
    assert {site_of(link) for link in links} == {site.address}


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/%2e%2e/settings.py",
        "/static/..%2fsettings.py",
        "/static/%2e%2e%2fsettings.py",
        "/static/....//settings.py",
        "/static/..%5csettings.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/graphiql/../../settings.py",
        "/static/%00",
        "/static/pay.css%00.html",
        "/static/" + "a" * 5_000,
        "/static/.",
        "/static/graphiql",
        "/static/graphiql/",
    ],
)
async def test_only_files_that_are_meant_are_served(site: Site, path: str) -> None:
    answer = await said(
        site, f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode()
    )

    assert answer.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    "path",
    [
        "/files/../settings.py",
        "/files/..%2f..%2fetc%2fpasswd",
        "/files/wsp_1/inv_1/..%2f..%2fx.pdf",
        "/files//etc/passwd",
        "/files/a/exports/..%2f..%2fx.csv",
        "/files/a/exports/invoices.csv",
        "/files/%00",
    ],
)
async def test_a_file_without_its_signature_is_refused_before_its_name_is_looked_at(
    site: Site, path: str
) -> None:
    answer = await said(
        site, f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode()
    )

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"URL_INVALID" in answer


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"],
)
async def test_a_form_of_another_site_changes_nothing(client: Client, content_type: str) -> None:
    """These are what a page may post to any address without asking it first."""
    body = b'{"query": "mutation { customerCreate(input: {name: \\"B\\"}) { __typename } }"}'

    answer = await client.post(body, content_type=content_type, sec_fetch_site="cross-site")

    assert answer.status_code == 415
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 0
