"""What answers look like: media type, status, and no data where nothing was executed."""

import pytest

from tests.journeys.making import issued
from tests.site import Client

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
REFUSED = {
    "{": "GRAPHQL_PARSE_FAILED",
    "query": "GRAPHQL_PARSE_FAILED",
    " # nothing": "GRAPHQL_PARSE_FAILED",
    "{ viewer { mode } } }": "GRAPHQL_PARSE_FAILED",
    '{ node(id: "\\ud800") { id } }': "GRAPHQL_PARSE_FAILED",
    "{ nothing }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { mode { x } } }": "GRAPHQL_VALIDATION_FAILED",
    "{ node { id } }": "GRAPHQL_VALIDATION_FAILED",
    "{ node(id: 1.5) { id } }": "GRAPHQL_VALIDATION_FAILED",
    "query($id: ID) { node(id: $id) { id } }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { mode } } query Q { viewer { mode } }": "GRAPHQL_VALIDATION_FAILED",
    "query Q { viewer { mode } } query Q { viewer { mode } }": "GRAPHQL_VALIDATION_FAILED",
    "{ ...Unknown }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { mode } } fragment F on Viewer { mode }": "GRAPHQL_VALIDATION_FAILED",
    "{ ...F } fragment F on Query { ...F }": "GRAPHQL_VALIDATION_FAILED",
    "{ ...F } fragment F on Mutation { __typename }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer @unknown { mode } }": "GRAPHQL_VALIDATION_FAILED",
    "subscription { viewer { mode } }": "GRAPHQL_VALIDATION_FAILED",
    "type Query { a: Int }": "GRAPHQL_VALIDATION_FAILED",
    "fragment F on Query { viewer { mode } }": "GRAPHQL_VALIDATION_FAILED",
    "query Q { viewer { mode } } query R { viewer { mode } }": "OPERATION_RESOLUTION_FAILURE",
    "query($id: ID!) { node(id: $id) { id } }": "BAD_USER_INPUT",
}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("application/json; charset=utf-8", JSON),
        ("APPLICATION/JSON", JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{JSON};q=0.9, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0, {JSON}", JSON),
        (f"text/event-stream, {JSON};q=0.5", JSON),
        (f"{GRAPHQL}, {JSON}, text/event-stream, multipart/mixed", GRAPHQL),
        ("text/html, */*;q=0.1", JSON),
    ],
)
async def test_the_answer_comes_as_the_client_accepts_it(
    client: Client, accept: str, media: str
) -> None:
    answer = await client.post({"query": "{ viewer { mode } }"}, accept=accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == media
    assert answer.headers["cache-control"] == "no-store"
    assert "accept" in answer.headers["vary"].split(", ")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "accept",
    ["text/html", "text/event-stream", "application/xml", f"{JSON};q=0", "*/*;q=0", "nonsense"],
)
async def test_a_client_that_accepts_neither_is_told_so(client: Client, accept: str) -> None:
    answer = await client.post({"query": "{ viewer { mode } }"}, accept=accept)

    assert answer.status_code == 406
    assert list(answer.json()) == ["errors"]


@pytest.mark.parametrize(("document", "code"), REFUSED.items())
@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
async def test_a_document_that_is_not_executed_has_errors_and_no_data(
    client: Client, document: str, code: str, accept: str, status: int
) -> None:
    """Clients that asked for plain JSON throw the body of a 400 away, so they get a 200."""
    answer = await client.post({"query": document}, accept=accept)

    assert answer.status_code == status
    assert list(answer.json()) == ["errors"]
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}
    assert all(error["message"] for error in answer.json()["errors"])
    assert answer.headers["cache-control"] == "no-store"


async def test_an_error_says_where_in_the_document_it_is(client: Client) -> None:
    answer = await client.answer("{\n  viewer { mode }\n  nothing\n}")

    assert answer["errors"][0]["locations"] == [{"line": 3, "column": 3}]
    assert "nothing" in answer["errors"][0]["message"]


async def test_a_fault_in_one_field_leaves_the_others(client: Client) -> None:
    await issued(client)

    response = await client.post(
        {
            "query": """{ bad: invoices(first: 0) { nodes { id } }
            worse: invoices(after: "x") { nodes { id } } good: invoices { totalCount } }"""
        },
        accept=GRAPHQL,
    )

    answer = response.json()
    assert response.status_code == 200
    assert answer["data"] == {"bad": None, "worse": None, "good": {"totalCount": 1}}
    assert {
        (error["path"][0], error["extensions"]["code"], error["extensions"]["reason"])
        for error in answer["errors"]
    } == {
        ("bad", "BAD_USER_INPUT", "PAGE_INVALID"),
        ("worse", "BAD_USER_INPUT", "CURSOR_INVALID"),
    }


async def test_data_come_in_the_order_in_which_they_were_asked_for(client: Client) -> None:
    response = await client.post(
        {"query": "{ b: __typename viewer { mode now } a: viewer { __typename } __typename }"}
    )

    assert list(response.json()["data"]) == ["b", "viewer", "a", "__typename"]
    assert list(response.json()["data"]["viewer"]) == ["mode", "now"]


async def test_a_root_field_that_may_not_be_null_takes_all_data_with_it(
    client: Client,
) -> None:
    made = await client.do(
        "apiKeyCreate", "secret", name="Lesser", mode="LIVE", scopes=["INVOICES_READ"]
    )
    lesser = Client(client.http, client.url, made["secret"])

    answer = await lesser.answer("{ invoices { totalCount } apiKeys { id } }")

    assert answer["data"] is None
    assert answer["errors"][0]["path"] == ["apiKeys"]
