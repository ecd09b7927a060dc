"""Limits on documents: each is taken to the edge and not beyond, however its parts are put together."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from graphql import get_introspection_query, parse

from schema.schema import schema
from server.graphql import limits
from server.graphql.documents import Documents
from server.graphql.errors import RequestRefused
from tests.site import Client, Site

CHECKOUT = Path(__file__).resolve().parents[3]
TYPESCRIPT = CHECKOUT / "tests" / "clients" / "typescript" / "src" / "documents.ts"


def many(count: int, text: str) -> str:
    """The text so many times; each `%d` in it is the number of the time."""
    return " ".join(text.replace("%d", str(place)) for place in range(count))


def nested(count: int, opening: str, innermost: str) -> str:
    return f"{opening} " * count + innermost + " }" * count


def pairs(count: int) -> str:
    """Fields of which so many pairs have one name."""

    def fields(left: int, name: str) -> Iterator[str]:
        if left:
            times = next(k for k in range(2, left + 3) if k * (k + 1) // 2 > left)
            yield f"{name} " * times
            yield from fields(left - times * (times - 1) // 2, name + "a")

    return "".join(fields(count, "a")) or "b"


# Each: a selection that holds so many of something, and how many are taken.
SELECTIONS: dict[str, tuple[Callable[[int], str], int]] = {
    "levels": (lambda n: nested(n - 1, "a {", "b"), limits.DEPTH_AT_MOST),
    "fields": (lambda n: "x { " + many(n - 1, "a%d") + " }", limits.FIELDS_AT_MOST),
    "aliases": (lambda n: "x { " + many(n, "b%d: a") + " }", limits.ALIASES_AT_MOST),
    "directives": (lambda n: "x { " + many(n, "a%d @d") + " }", limits.DIRECTIVES_AT_MOST),
    "directives on one field": (
        lambda n: "a " + many(n, "@d%d"),
        limits.DIRECTIVES_ON_ONE_AT_MOST,
    ),
    "pairs of fields with one name": (
        lambda n: "x { " + pairs(n) + " }",
        limits.REPEATS_AT_MOST,
    ),
    "introspections": (
        lambda n: many(n, "a%d: __schema { types { name } }"),
        limits.INTROSPECTIONS_AT_MOST,
    ),
    "levels of introspection": (
        lambda n: "__type " + nested(n - 1, "{ ofType", "") + " ",
        limits.INTROSPECTION_DEPTH_AT_MOST,
    ),
    "aliases in introspection": (
        lambda n: "__schema { types { name " + many(n, "a%d: name") + " } }",
        limits.INTROSPECTION_ALIASES_AT_MOST,
    ),
}
DOCUMENTS: dict[str, tuple[Callable[[int], str], int]] = {
    **{
        what: (lambda n, make=make: "{ " + make(n) + " }", at_most)  # type: ignore[misc]  # bound early
        for what, (make, at_most) in SELECTIONS.items()
    },
    "selections within each other": (
        lambda n: "{ " + nested(n, "... {", "a") + " }",
        limits.NESTING_AT_MOST,
    ),
    "root fields": (lambda n: "{ " + many(n, "a%d") + " }", limits.ROOT_FIELDS_AT_MOST),
    "root fields of a mutation": (
        lambda n: "mutation { " + many(n, "a%d") + " }",
        limits.MUTATIONS_AT_MOST,
    ),
    "operations": (lambda n: many(n, "query Q%d { a }"), limits.OPERATIONS_AT_MOST),
    "fragments": (
        lambda n: "{ a } " + many(n, "fragment F%d on Query { a }"),
        limits.FRAGMENTS_AT_MOST,
    ),
}


def refusal(document: str) -> str | None:
    """What a document is refused with, if it is."""
    try:
        limits.check_limits(parse(document))
    except RequestRefused as refused:
        [error] = refused.errors
        return str(error["message"])
    return None


@pytest.mark.parametrize(("make", "at_most"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_document_goes_to_a_limit_and_not_beyond(
    make: Callable[[int], str], at_most: int
) -> None:
    assert refusal(make(at_most)) is None
    said = refusal(make(at_most + 1))

    assert said is not None
    assert f"has {at_most + 1} " in said
    assert f"at most {at_most} " in said


@pytest.mark.parametrize("spread", ["{ ...F }", "{ ... { ...F } }", "query Q { ... @x { ...F } }"])
@pytest.mark.parametrize("what", [what for what in SELECTIONS if "directives" not in what])
def test_what_stands_in_a_fragment_counts_where_it_is_spread(what: str, spread: str) -> None:
    make, at_most = SELECTIONS[what]

    assert refusal(f"{spread} fragment F on Query {{ {make(at_most)} }}") is None
    assert refusal(f"{spread} fragment F on Query {{ {make(at_most + 1)} }}") is not None


def test_a_fragment_counts_each_time_it_is_spread() -> None:
    half = many(limits.FIELDS_AT_MOST // 2, "a%d")

    assert refusal("{ x { ...F } } fragment F on X { " + half + " }") is None
    assert refusal("{ x { ...F } y { ...F } } fragment F on X { " + half + " }") is not None


def test_a_fragment_that_nobody_spreads_is_measured_too() -> None:
    assert refusal("{ a } fragment F on Query { " + "a " * 200 + "}") is not None


def bomb(levels: int, body: str, innermost: str = "a") -> str:
    """Fragments that each hold the next one, which `body` calls NEXT."""
    made = (
        f"fragment F{level} on X {{ {body.replace('NEXT', f'...F{level + 1}')} }}"
        for level in range(levels)
    )
    return " ".join(["{ ...F0 }", *made, f"fragment F{levels} on X {{ {innermost} }}"])


@pytest.mark.parametrize("levels", [20, 60, 99])
@pytest.mark.parametrize(
    "body",
    [
        "NEXT NEXT",
        "... { NEXT } ... { NEXT }",
        "NEXT ... on X { NEXT }",
        "a { NEXT } b { NEXT }",
        "x: a { NEXT } y: a { NEXT }",
        "a @include(if: true) { NEXT } ... @skip(if: false) { NEXT }",
    ],
)
def test_a_bomb_of_fragments_is_counted_and_not_walked(levels: int, body: str) -> None:
    said = refusal(bomb(levels, body))

    assert said is not None
    assert len(said) < 300


def test_the_numbers_of_a_bomb_are_exact() -> None:
    assert f"has {2**28} fields" in (refusal(bomb(28, "NEXT NEXT")) or "")


@pytest.mark.parametrize(
    "document",
    [
        "{ ...F } fragment F on Query { ...F }",
        "{ a { ...F } } fragment F on A { b { ...F } }",
        "{ ...F } fragment F on Query { ...G ...G } fragment G on Query { ...F ...F a }",
        "{ ...Unknown ...Unknown }",
    ],
)
async def test_rings_and_unknown_fragments_are_for_validation_to_explain(
    client: Client, document: str
) -> None:
    assert refusal(document) is None
    answer = await client.answer(document)

    assert {error["extensions"]["code"] for error in answer["errors"]} == {
        "GRAPHQL_VALIDATION_FAILED"
    }


def test_a_document_may_be_nested_beyond_python_s_stack() -> None:
    deep = [
        f"fragment F{place} on X {{ {nested(90, 'a {', f'...F{place + 1}')} }}"
        for place in range(9)
    ]
    said = refusal(" ".join(["{ ...F0 }", *deep, "fragment F9 on X { a }"]))

    assert said == "The document is nested too deeply; at most 100 levels are taken."


@pytest.mark.parametrize(
    ("accept", "status"), [("application/json", 200), ("application/graphql-response+json", 400)]
)
async def test_a_client_is_told_the_limit_and_gets_no_data(
    client: Client, accept: str, status: int
) -> None:
    response = await client.post(
        {"query": "{ " + many(21, "a%d: __typename") + " }"}, accept=accept
    )

    assert response.status_code == status
    assert response.json() == {
        "errors": [
            {
                "message": "The document has 21 root fields; at most 20 are taken. "
                "Ask for less at once.",
                "extensions": {
                    "code": "GRAPHQL_VALIDATION_FAILED",
                    "reason": "QUERY_TOO_COMPLEX",
                },
            }
        ]
    }


@pytest.mark.parametrize(("ids", "code"), [(1_988, None), (1_989, "GRAPHQL_PARSE_FAILED")])
async def test_a_document_has_2000_tokens_at_most(
    client: Client, ids: int, code: str | None
) -> None:
    answer = await client.answer("{ nodes(ids: [" + '"" ' * ids + "]) { id } }")

    assert ("data" in answer) == (code is None)
    assert code in (None, answer["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(("more", "is_taken"), [(0, True), (1, False)])
async def test_a_document_has_100000_characters_at_most(
    client: Client, more: int, is_taken: bool
) -> None:
    text = "{ __typename }"
    answer = await client.answer(text + " " * (limits.CHARACTERS_AT_MOST - len(text) + more))

    assert ("data" in answer) == is_taken


async def test_the_standard_introspection_passes(site: Site) -> None:
    """As graphql-js's, with all that its options add."""
    standard = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )

    found = await site.nobody.ask(standard)

    assert found["__schema"]["queryType"]["name"] == "Query"


def real_documents() -> dict[str, str]:
    """What GraphiQL's tabs ask, and a client whose types graphql-codegen makes."""
    examples = (CHECKOUT / "server" / "console" / "examples").glob("*.graphql")
    found = {path.stem: path.read_text() for path in examples}
    texts = re.findall(r"graphql\(`(.*?)`\)", TYPESCRIPT.read_text(), re.DOTALL)
    assert len(found) >= 6
    assert len(texts) >= 5
    return found | {f"documents.ts {place}": text for place, text in enumerate(texts)}


@pytest.mark.parametrize("document", real_documents().values(), ids=real_documents().keys())
def test_documents_of_real_clients_are_far_from_every_limit(document: str) -> None:
    """What relay-compiler writes runs against the server in tests/clients."""
    assert Documents(schema._schema)._prepared(document)
