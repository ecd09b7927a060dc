"""A token for one customer sees what was issued to that customer, and nothing else of the workspace."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests import acts
from tests.access.pairs import filled, like, one_of_each
from tests.access.reads import FOLLOWED, READS, told
from tests.journeys.making import customer, issued
from tests.server.graphql.following import streaming
from tests.site import Client, Site

SCOPES = ["INVOICES_READ", "CUSTOMERS_READ", "PAYMENTS_READ", "REPORTS_READ", "SETTINGS_READ"]


async def token(site: Site, client: Client, customer_id: str, scopes: list[str] = SCOPES) -> Client:
    made = await client.do(
        "accessTokenCreate", "token expiresAt", scopes=scopes, customerId=customer_id
    )
    return site.client(made["token"])


@dataclass(frozen=True)
class Limited:
    """Someone by a customer's token, that customer, and one of each kind that is not theirs."""

    client: Client
    own: str
    foreign: list[str]


@pytest.fixture(scope="module")
async def limited(site: Site) -> Limited:
    """In a workspace where another customer came first and has everything."""
    client, theirs, _ = await filled(await site.someone())
    await client.do("invoiceFinalize", id=theirs.draft)
    foreign = await one_of_each(client, theirs.workspace)
    own = await acts.things(client)
    alone = await token(site, client, own.customer)
    return Limited(
        alone, own.customer, [one for one in foreign.values() if one != theirs.workspace]
    )


@pytest.mark.parametrize("place", READS)
async def test_what_is_not_the_customers_is_as_good_as_none(limited: Limited, place: str) -> None:
    for foreign in limited.foreign:
        seen = await told(limited.client, READS[place], foreign, limited.own)
        assert seen == await told(limited.client, READS[place], like(foreign), limited.own)


@pytest.mark.parametrize("place", READS)
async def test_a_draft_of_ones_own_is_as_good_as_none(
    site: Site, client: Client, place: str
) -> None:
    own = await acts.things(client)
    alone = await token(site, client, own.customer)

    for some_id in (own.draft, own.line):
        seen = await told(alone, READS[place], some_id, own.customer)
        assert seen == await told(alone, READS[place], like(some_id), own.customer)


@pytest.mark.parametrize(
    ("scopes", "is_limited"),
    [(["INVOICES_READ", "CUSTOMERS_READ"], True), (["INVOICES_READ"], False)],
)
async def test_nobody_follows_behind_an_event_that_they_may_not_read(
    site: Site, client: Client, scopes: list[str], is_limited: bool
) -> None:
    theirs = await customer(client)
    found = await client.ask(
        "query($id: ID!) { events(filter: {subjectId: $id}) { nodes { id } } }", id=theirs
    )
    event = found["events"]["nodes"][0]["id"]
    limits = {"customerId": theirs} if is_limited else {}
    made = await client.do("accessTokenCreate", "token", scopes=scopes, **limits)
    limited, answers = site.client(made["token"]), []

    for some_id in (event, like(event)):
        document = FOLLOWED["Subscription.events after"]
        async with streaming(limited, document, id=some_id) as stream:
            assert stream.response.status_code == 400
            answers.append((await stream.response.aread()).decode())
    async with streaming(client, FOLLOWED["Subscription.events after"], id=event) as stream:
        assert stream.response.status_code == 200

    assert "CURSOR_INVALID" in answers[0]
    assert answers[0] == answers[1]


async def test_lists_hold_what_was_issued_to_the_customer(site: Site, client: Client) -> None:
    own, theirs = await acts.things(client), await acts.things(client)
    await client.do("invoiceFinalize", id=theirs.draft)
    mine = await issued(client, customerId=own.customer)
    limited = await token(site, client, own.customer)

    seen = await limited.ask(
        """{ invoices { totalCount nodes { id customer { id } } } customers { nodes { id } }
        viewer { customer { id name } mode scopes } }"""
    )

    assert seen["invoices"] == {
        "totalCount": 1,
        "nodes": [{"id": mine["id"], "customer": {"id": own.customer}}],
    }
    assert seen["customers"]["nodes"] == [{"id": own.customer}]
    assert seen["viewer"]["customer"]["id"] == own.customer


async def test_a_draft_and_internal_notes_are_not_the_customers(site: Site, client: Client) -> None:
    own = await acts.things(client)
    mine = await issued(client, customerId=own.customer, internalNotes="slow payer", notes="Hi")
    limited = await token(site, client, own.customer)

    seen = await limited.ask(
        """query($draft: ID!, $line: ID!, $issued: ID!) { draft: invoice(id: $draft) { id }
        line: node(id: $line) { id } issued: invoice(id: $issued) { notes internalNotes } }""",
        draft=own.draft,
        line=own.line,
        issued=mine["id"],
    )

    assert seen == {
        "draft": None,
        "line": None,
        "issued": {"notes": "Hi", "internalNotes": None},
    }


@pytest.mark.parametrize("mutation", sorted(acts.root("Mutation").fields))
async def test_it_changes_nothing(site: Site, client: Client, mutation: str) -> None:
    own = await acts.things(client)
    limited = await token(site, client, own.customer)
    before = await acts.footprint(own.workspace)

    for given in (await acts.inputs(client, own))[mutation]:
        payload = await limited.act(mutation, **given)
        assert payload["userErrors"][0]["code"] == "FORBIDDEN"

    assert await acts.footprint(own.workspace) == before


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"scopes": []}, ("REQUIRED", ("scopes",))),
        ({"scopes": ["INVOICES_WRITE"]}, ("FORBIDDEN", ("scopes",))),
        ({"ttlSeconds": 59}, ("OUT_OF_RANGE", ("ttlSeconds",))),
        ({"ttlSeconds": 3601}, ("OUT_OF_RANGE", ("ttlSeconds",))),
        ({"customerId": "cus_x"}, ("NOT_FOUND", ("customerId",))),
    ],
)
async def test_a_token_that_would_be_too_much_is_refused(
    client: Client, given: dict[str, Any], refusal: Any
) -> None:
    own = await acts.things(client)
    wanted = {"scopes": ["INVOICES_READ"], "customerId": own.customer, **given}
    assert await client.refusals("accessTokenCreate", **wanted) == [refusal]


async def test_a_token_makes_neither_tokens_nor_keys(site: Site, client: Client) -> None:
    made = await client.do("accessTokenCreate", "token", scopes=["SETTINGS_WRITE"])
    bearer = site.client(made["token"])

    for mutation, given in (
        ("accessTokenCreate", {"scopes": ["SETTINGS_WRITE"]}),
        ("apiKeyCreate", {"name": "x", "mode": "LIVE", "scopes": ["SETTINGS_WRITE"]}),
    ):
        payload = await bearer.act(mutation, **given)
        assert payload["userErrors"][0]["code"] == "FORBIDDEN"


async def test_a_token_ends_with_the_key_that_made_it(site: Site, client: Client) -> None:
    made = await client.do(
        "apiKeyCreate", "apiKey { id } secret", name="BFF", scopes=["INVOICES_READ"]
    )
    key = site.client(made["secret"])
    bearer = site.client(
        (await key.do("accessTokenCreate", "token", scopes=["INVOICES_READ"]))["token"]
    )
    read = "{ invoices { totalCount } }"
    assert (await bearer.ask(read))["invoices"] == {"totalCount": 0}

    await client.do("apiKeyRevoke", id=made["apiKey"]["id"])

    for _ in range(2):
        assert (await bearer.post({"query": read})).status_code == 401


async def test_a_token_that_was_changed_is_nobodys(site: Site, client: Client) -> None:
    made = await client.do("accessTokenCreate", "token", scopes=["INVOICES_READ"])
    head, body, signature = made["token"].split(".")
    for forged in (
        f"{head}.{body}.{signature[:-2]}AA",
        f"{head}.{body[:-1]}A.{signature}",
        f"at_eyJhbGciOiJub25lIn0.{body}.",
        f"{head}.{body}",
        "at_",
        made["token"].removeprefix("at_"),
    ):
        answer = await site.client(forged).post({"query": "{ invoices { totalCount } }"})
        assert answer.status_code == 401
