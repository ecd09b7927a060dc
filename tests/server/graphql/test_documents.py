"""Documents are parsed once, the operation is chosen by its name, and none can keep the server busy."""

import time
from typing import Any

import pytest
from graphql import parse

from server.graphql.limits import ALIASES_AT_MOST, CHARACTERS_AT_MOST, DEPTH_AT_MOST
from server.graphql.lru import Lru
from tests.site import Client

VIEWER = "{ viewer { mode } }"
TWO = "query Mode { viewer { mode } } query Count { invoices { totalCount } }"
WORK_S = 2.0

TOO_MUCH: dict[str, str] = {
    "too many characters": VIEWER + " " * CHARACTERS_AT_MOST,
    "too many tokens": "{ " + "__typename " * 3000 + "}",
    "comments alone": "# x\n" * 20_000,
    "selections 900 deep": "{ a " * 900 + "}" * 900,
    "selections 300 deep": "{ customer " * 300 + "{ id }" + "}" * 300,
    "inline fragments 600 deep": "{ ... " * 600 + "{ __typename }" + "}" * 600,
    "lists 900 deep": "{ node(id: " + "[" * 900 + "]" * 900 + ") { id } }",
    "objects 500 deep": "{ node(id: " + "{a: " * 500 + "1" + "}" * 500 + ") { id } }",
    "types 900 deep": "query($a: " + "[" * 900 + "Int" + "]" * 900 + ") { __typename }",
    "a level too deep": "{ invoices { nodes "
    + "{ customer { invoices { nodes " * (DEPTH_AT_MOST // 3 + 1)
    + "{ id }"
    + " } } }" * (DEPTH_AT_MOST // 3 + 1)
    + " } }",
    "too many aliases": "{ viewer { "
    + " ".join(f"a{place}: mode" for place in range(ALIASES_AT_MOST + 1))
    + " } }",
    "too many roots": "{ " + " ".join(f"a{place}: __typename" for place in range(50)) + " }",
    "too many mutations": "mutation { "
    + " ".join(
        f'm{place}: customerCreate(input: {{name: "B"}}) {{ __typename }}' for place in range(11)
    )
    + " }",
    "too many operations": " ".join(f"query Q{place} {{ __typename }}" for place in range(50)),
    "a bomb of fragments": "{ ...F0 } "
    + " ".join(
        f"fragment F{place} on Query {{ ...F{place + 1} ...F{place + 1} }}" for place in range(28)
    )
    + " fragment F28 on Query { viewer { mode now } }",
    "a bomb of fragments in fields": "{ customer(id: 1) { ...F0 } } "
    + " ".join(
        f"fragment F{place} on Customer {{ "
        f"a: invoices {{ nodes {{ customer {{ ...F{place + 1} }} }} }} "
        f"b: invoices {{ nodes {{ customer {{ ...F{place + 1} }} }} }} }}"
        for place in range(20)
    )
    + " fragment F20 on Customer { id }",
    "a ring of fragments": "{ viewer { ...A } } fragment A on Viewer { ...B } "
    "fragment B on Viewer { ...A }",
    "one field again and again": "{ " + "viewer { mode } " * 400 + "}",
    "deep fields again and again": "{ "
    + "customer(id: 1) { invoices { nodes { customer { invoices { nodes { id } } } } } } " * 90
    + "}",
    "one directive again and again": "{ viewer { mode " + "@include(if: true) " * 300 + "} }",
}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that are parsed, as it happens."""
    seen: list[str] = []

    def noting(text: str, **options: Any) -> Any:
        seen.append(text)
        return parse(text, **options)

    monkeypatch.setattr("server.graphql.documents.parse", noting)
    return seen


async def test_a_document_is_parsed_once_for_all_who_send_it(
    client: Client, stranger: Client, parsed: list[str]
) -> None:
    document = "query Once($id: ID!) { node(id: $id) { id } }"

    for one in (client, stranger, client):
        await one.ask(document, id="x")

    assert parsed == [document]


async def test_a_document_that_is_refused_is_not_kept(client: Client, parsed: list[str]) -> None:
    for _ in range(2):
        await client.answer("{ nothing }")

    assert parsed == ["{ nothing }"] * 2


@pytest.mark.parametrize(
    ("name", "data"),
    [("Mode", {"viewer": {"mode": "LIVE"}}), ("Count", {"invoices": {"totalCount": 0}})],
)
async def test_of_several_operations_the_one_that_is_named_runs(
    client: Client, name: str, data: Any
) -> None:
    answer = await client.post({"query": TWO, "operationName": name})

    assert answer.json()["data"] == data


@pytest.mark.parametrize("name", [None, "", "mode", "Other", "__proto__"])
async def test_an_operation_that_is_not_determined_does_not_run(
    client: Client, name: str | None
) -> None:
    answer = await client.post({"query": TWO, "operationName": name})

    assert list(answer.json()) == ["errors"]
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "OPERATION_RESOLUTION_FAILURE"}


async def test_one_operation_is_not_taken_for_another(client: Client) -> None:
    answer = await client.post({"query": VIEWER, "operationName": "Other"})

    assert answer.json()["errors"][0]["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"


@pytest.mark.parametrize("document", TOO_MUCH.values(), ids=TOO_MUCH.keys())
async def test_a_document_that_is_too_much_is_refused_at_once(
    client: Client, document: str
) -> None:
    began_s = time.process_time()
    answer = await client.answer(document)

    assert time.process_time() - began_s < WORK_S
    assert list(answer) == ["errors"]
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes <= {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
    assert all(len(error["message"]) < 300 for error in answer["errors"])
    assert len(answer["errors"]) <= 21


async def test_variables_do_not_change_which_document_it_is(
    client: Client, parsed: list[str]
) -> None:
    document = "query Skip($no: Boolean!) { viewer { mode now @skip(if: $no) } }"

    with_it = await client.ask(document, no=False)
    without = await client.ask(document, no=True)

    assert set(with_it["viewer"]) == {"mode", "now"}
    assert set(without["viewer"]) == {"mode"}
    assert parsed == [document]


def test_what_was_not_used_for_longest_is_forgotten_first() -> None:
    kept: Lru[str, int] = Lru(2)
    kept["a"], kept["b"] = 1, 2
    kept.get("a")

    kept["c"] = 3

    assert dict(kept) == {"a": 1, "c": 3}
    assert kept.get("b") is None
    assert kept.get("b", 7) == 7
