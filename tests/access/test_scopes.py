"""Every field and every act takes the scopes that the reference says, each of them and no other."""

from collections.abc import Awaitable, Callable

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type

from docs.schema_access import CALLERS, DONE, LACKING, object_type, scopes_of
from resolvers.callers import SCOPES
from resolvers.exports import SCOPES as SCOPES_OF_EXPORTS
from tests import acts
from tests.access.callers import with_scopes
from tests.access.documents import Question, below, questions, unread
from tests.server.graphql.following import streaming
from tests.site import USER_ERRORS, Client, Site

Make = Callable[..., Awaitable[Client]]
MUTATIONS = object_type("Mutation").fields
BY_INPUT = {
    "accessTokenCreate": ("INVOICES_WRITE",),
    "webhookEndpointCreate": ("INVOICES_READ",),
    "webhookEndpointUpdate": ("INVOICES_READ", "PAYMENTS_READ", "CUSTOMERS_READ"),
    "webhookDeliveryRetry": ("INVOICES_READ",),
}
"""What acts take besides by what they are asked for here: nobody hands out what they lack."""
NOT_THERE = ("webhookDeliveryRetry", "INVOICES_READ")
"""To whom an event isn't there, its delivery isn't either: this one is NOT_FOUND."""
LACKING_ONE = "a key with all scopes but the one that it takes"
THOSE_ALONE = "a key with no scope but those that it takes"


@pytest.fixture(scope="module")
async def seller(site: Site) -> Client:
    """Who may do everything in a workspace that no test here changes."""
    return await site.someone()


@pytest.fixture(scope="module")
async def own(seller: Client) -> acts.Things:
    """One of each there."""
    return await acts.things(seller)


@pytest.fixture(scope="module")
async def allowed(site: Site, seller: Client) -> Make:
    """Makes clients of that workspace with some scopes; one for each set of them."""
    made: dict[frozenset[str], Client] = {}

    async def make(*scopes: str) -> Client:
        wanted = frozenset(scopes)
        if wanted not in made:
            made[wanted] = await with_scopes(site, seller, *wanted)
        return made[wanted]

    return make


def all_but(scope: str) -> set[str]:
    """Every scope but one, and but the WRITE that holds it."""
    return {*SCOPES} - {scope, scope.replace("_READ", "_WRITE")}


def test_the_reference_says_what_is_tried_here() -> None:
    assert (CALLERS[LACKING_ONE], CALLERS[THOSE_ALONE]) == ((LACKING, LACKING), (DONE, DONE))


def test_every_type_is_reached() -> None:
    """By a query; the others are roots, and payloads, which are tried with their mutations."""
    payloads = {get_named_type(field.type).name for field in MUTATIONS.values()}

    assert unread() == {"Mutation", "Subscription", *payloads}


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope.endswith("_READ")])
async def test_a_field_is_refused_without_a_scope_that_it_takes(allowed: Make, scope: str) -> None:
    lesser = await allowed(*all_but(scope))
    taking = [one for one in questions() if scope in one.scopes]
    assert taking

    for question in taking:
        assert await refused(lesser, question) == [scope], question


@pytest.mark.parametrize("kind", ["_READ", "_WRITE"])
async def test_a_field_is_answered_with_the_scopes_that_it_takes_alone(
    allowed: Make, kind: str
) -> None:
    """WRITE holds READ; there is no writing of reports."""
    for question in questions():
        scopes = {scope.replace("_READ", kind) for scope in question.scopes} or {"REPORTS_READ"}
        alone = await allowed(*(scope if scope in SCOPES else "REPORTS_READ" for scope in scopes))
        assert await refused(alone, question) == [], question


@pytest.mark.parametrize(("kind", "scope"), SCOPES_OF_EXPORTS.items())
async def test_a_link_to_an_export_takes_what_reading_its_rows_would(
    allowed: Make, kind: str, scope: str
) -> None:
    text = f"{{ exportUrl(kind: {kind}) }}"
    lesser, alone = await allowed(*all_but(scope)), await allowed(scope)

    assert forbidden((await lesser.answer(text))["errors"]) == [scope]
    assert (await alone.ask(text))["exportUrl"].startswith("http")


async def test_a_node_that_one_may_not_read_is_not_there(allowed: Make, own: acts.Things) -> None:
    lesser = await allowed("CUSTOMERS_READ")

    found = await lesser.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=list(vars(own).values())
    )

    theirs = [one and one["id"] for one in found["nodes"]]
    assert theirs == [
        one if name in ("customer", "matter") else None for name, one in vars(own).items()
    ]


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_an_act_is_refused_without_a_scope_that_it_takes(
    allowed: Make, seller: Client, own: acts.Things, mutation: str
) -> None:
    before = await footprint(own)

    for scope in takes(mutation):
        if (mutation, scope) == NOT_THERE:
            continue
        lesser = await allowed(*all_but(scope))
        for given in (await acts.inputs(seller, own))[mutation]:
            payload = await lesser.act(mutation, **given)
            [error] = payload["userErrors"]
            assert (error["code"], error["meta"]) == ("FORBIDDEN", {"scope": scope})

    assert await footprint(own) == before


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_what_a_payload_shows_takes_its_scope_before_anything_happens(
    allowed: Make, seller: Client, own: acts.Things, mutation: str
) -> None:
    before = await footprint(own)
    given = (await acts.inputs(seller, own))[mutation][0]

    for name, field in shown(mutation).items():
        for scope in scopes_of(field):
            # Where the act itself takes the WRITE that holds it there is nothing to refuse.
            if {scope, scope.replace("_READ", "_WRITE")} & {*takes(mutation)}:
                continue
            lesser = await allowed(*all_but(scope))
            answer = await lesser.answer(_doing(mutation, f"{name} {below(field)}"), input=given)
            assert forbidden(answer["errors"]) == [scope], name

    assert await footprint(own) == before


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_an_act_is_done_with_the_scopes_that_it_takes_alone(
    site: Site, mutation: str
) -> None:
    """And with those of what its payload shows, as WRITE holds READ."""
    client = await site.someone("TEST" if mutation == "testClockSet" else "LIVE")
    things = await acts.things(client)
    given = (await acts.inputs(client, things))[mutation][0]
    await acts.prepare(client, things, mutation)
    if mutation == "apiKeyCreate":
        given = {**given, "scopes": ["SETTINGS_READ"]}
    reading = {scope for field in shown(mutation).values() for scope in scopes_of(field)}
    alone = await with_scopes(site, client, *{*takes(mutation), *reading})

    payload = await alone.do(mutation, acts.read_back(mutation), **given)

    assert None not in payload.values()


async def test_a_key_cannot_give_what_it_lacks(site: Site, client: Client) -> None:
    lesser = await with_scopes(site, client, "SETTINGS_WRITE")

    refused = await lesser.refusals(
        "apiKeyCreate", name="More", mode="LIVE", scopes=["SETTINGS_READ", "INVOICES_READ"]
    )

    assert refused == [("FORBIDDEN", ("scopes",))]


def takes(mutation: str) -> list[str]:
    """The scopes that an act takes with the first of its inputs here, the one of the reference first."""
    return [*scopes_of(MUTATIONS[mutation]), *BY_INPUT.get(mutation, ())]


def shown(mutation: str) -> dict[str, GraphQLField]:
    """The fields of a payload, but for those that all have."""
    payload = get_named_type(MUTATIONS[mutation].type)
    assert isinstance(payload, GraphQLObjectType)
    return {
        name: field for name, field in payload.fields.items() if name not in ("query", "userErrors")
    }


async def footprint(own: acts.Things) -> acts.Json:
    """What the workspace holds, but for the keys that are made for the tests."""
    return {**await acts.footprint(own.workspace), "api_keys": None}


async def refused(client: Client, question: Question) -> list[str]:
    """The scopes that someone lacks for a question, by its answer."""
    if question.root == "Subscription":
        async with streaming(client, question.text) as stream:
            if stream.response.status_code == 200:
                return []
            await stream.response.aread()
            return forbidden(stream.response.json()["errors"])
    answer = await client.answer(question.text)
    asked = (answer["data"] or {}).values()
    told = [error for one in asked if isinstance(one, dict) for error in one.get("userErrors", ())]
    if "errors" in answer:
        assert [*asked] in ([], [None])
        return forbidden(answer["errors"])
    return [error["meta"]["scope"] for error in told if error["code"] == "FORBIDDEN"]


def forbidden(errors: list[dict[str, object]]) -> list[str]:
    """The scopes that errors of the whole request name; all of them say that something is lacking."""
    for error in errors:
        assert error["extensions"] == {"code": "FORBIDDEN", "reason": "SCOPE_MISSING"}, error
    return [scope for scope in SCOPES for error in errors if f" {scope}" in str(error["message"])]


def _doing(mutation: str, selection: str) -> str:
    return (
        f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) "
        f"{{ {mutation}(input: $input) {{ {selection} {USER_ERRORS} }} }}"
    )
