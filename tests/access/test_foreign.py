"""Nothing of another workspace or mode can be seen, changed, or told apart from what does not exist."""

import pytest
from graphql import GraphQLObjectType

from docs.schema_access import ABSENT, CALLERS
from schema.schema import schema
from tests import acts
from tests.access.documents import connections
from tests.access.pairs import (
    BY_WORKSPACE,
    LIVE_OF_TEST,
    NODES,
    TEST_OF_LIVE,
    Pair,
    like,
    pairs,
)
from tests.access.reads import FOLLOWED, READS, told
from tests.journeys.making import issued
from tests.server.graphql.following import streaming
from tests.site import Client, Json, Site

MUTATIONS = sorted(acts.root("Mutation").fields)
KINDS = (BY_WORKSPACE, LIVE_OF_TEST, TEST_OF_LIVE)
ALLOWED = (LIVE_OF_TEST, "apiKeyRevoke")
"""The keys of a sandbox are its LIVE workspace's to revoke."""

each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
async def known(site: Site) -> dict[str, Pair]:
    """A pair of each kind; no test here changes anything of theirs."""
    return await pairs(site)


def test_the_reference_says_what_is_tried_here() -> None:
    assert [who for who, gets in CALLERS.items() if gets == (ABSENT, ABSENT)] == [*KINDS]


@each_kind
@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_strangers_id_in_a_mutation_is_as_good_as_none(
    known: dict[str, Pair], kind: str, mutation: str
) -> None:
    pair = known[kind]
    before = await acts.footprint(pair.theirs.workspace)
    given = (await acts.inputs(pair.client, pair.own))[mutation]

    for path in acts.id_paths(acts.root("Mutation").fields[mutation].args["input"].type):
        [one] = [each for each in given if acts.at(each, path)]
        foreign = pair.theirs.of_kind(acts.at(one, path))
        some_ids: tuple[str, ...] = (
            foreign,
            like(foreign),
            f"{foreign}0",
            foreign.upper(),
            "?",
            "",
        )
        if (kind, mutation) == ALLOWED:
            some_ids = some_ids[1:]
        answers = [
            await done(pair.client, mutation, acts.put(one, path, some_id), some_id)
            for some_id in some_ids
        ]
        assert '"NOT_FOUND"' in answers[0]
        assert all(answer == answers[0] for answer in answers)

    assert await acts.footprint(pair.theirs.workspace) == before


async def done(client: Client, mutation: str, given: Json, some_id: str) -> str:
    """What a mutation answers, to the byte, with an id in its input; the id itself is not in it."""
    text = (
        f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $input) "
        f"{{ {acts.read_back(mutation)} userErrors {{ code field message meta }} }} }}"
    )
    answer = await client.post({"query": text, "variables": {"input": given}})
    assert some_id in ("", "?") or some_id not in answer.text
    return answer.text


async def test_a_sandboxs_key_is_its_live_workspaces_to_revoke(site: Site) -> None:
    pair = (await pairs(site))[LIVE_OF_TEST]

    await pair.client.do("apiKeyRevoke", id=pair.theirs.key)

    answer = await pair.stranger.post({"query": "{ viewer { mode } }"})
    assert answer.status_code == 401


def test_the_table_of_reads_holds_every_id_that_can_be_asked_for() -> None:
    asked = {
        f"{of.name}.{name} {'.'.join((argument, *path))}"
        for of in schema._schema.type_map.values()
        if isinstance(of, GraphQLObjectType) and of.name != "Mutation"
        for name, field in of.fields.items()
        for argument, definition in field.args.items()
        if not of.name.startswith("__")
        for path in acts.id_paths(definition.type)
    }

    assert asked == {*READS, *FOLLOWED}


@each_kind
@pytest.mark.parametrize("place", READS)
async def test_a_strangers_id_in_a_read_is_as_good_as_none(
    known: dict[str, Pair], kind: str, place: str
) -> None:
    pair = known[kind]
    for foreign in pair.ids.values():
        seen = await told(pair.client, READS[place], foreign, pair.own.customer)
        assert seen == await told(pair.client, READS[place], like(foreign), pair.own.customer)
        assert pair.theirs.customer not in seen[1]


@each_kind
async def test_nobody_follows_behind_a_strangers_event(known: dict[str, Pair], kind: str) -> None:
    pair = known[kind]
    document, answers = FOLLOWED["Subscription.events after"], []
    for some_id in (pair.ids["Event"], like(pair.ids["Event"]), pair.ids["Invoice"], "?"):
        async with streaming(pair.client, document, id=some_id) as stream:
            assert stream.response.status_code == 400
            answers.append((await stream.response.aread()).decode())

    assert "CURSOR_INVALID" in answers[0]
    assert all(answer == answers[0] for answer in answers)


@each_kind
async def test_whoever_follows_a_strangers_object_is_told_nothing_of_it(
    known: dict[str, Pair], kind: str
) -> None:
    pair = known[kind]
    document = "subscription { events(type: [CUSTOMER_UPDATED]) { subjectId } }"
    alone = FOLLOWED["Subscription.events subjectId"]
    async with (
        streaming(pair.client, alone, id=pair.ids["Customer"]) as foreign,
        streaming(pair.client, alone, id=like(pair.ids["Customer"])) as unknown,
        streaming(pair.client, document) as ours,
        streaming(pair.stranger, document) as strangers,
    ):
        await pair.stranger.do("customerUpdate", id=pair.ids["Customer"], name=f"Theirs to {kind}")
        await pair.client.do("customerUpdate", id=pair.own.customer, name=f"Ours to {kind}")

        assert (await strangers.event())["subjectId"] == pair.ids["Customer"]
        assert (await ours.event())["subjectId"] == pair.own.customer
        assert foreign.response.status_code == unknown.response.status_code == 200


@each_kind
async def test_every_thing_of_ones_own_is_a_node(known: dict[str, Pair], kind: str) -> None:
    """Else the tests above would prove nothing."""
    pair = known[kind]
    ids = [*pair.ids.values()]

    seen = await pair.stranger.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids
    )
    unseen = await pair.client.ask(NODES, ids=ids)

    assert seen["nodes"] == [{"__typename": name, "id": one} for name, one in pair.ids.items()]
    assert unseen["nodes"] == [None] * len(ids)


@each_kind
async def test_a_strangers_number_is_unknown(known: dict[str, Pair], kind: str) -> None:
    pair = known[kind]
    await issued(pair.stranger)
    theirs = await issued(pair.stranger)
    document = "query($number: String!) { invoiceByNumber(number: $number) { id } }"

    found = await pair.client.ask(document, number=theirs["number"])

    # Another workspace may have given the same number itself; a sandbox's begin with TEST-.
    if kind != BY_WORKSPACE:
        assert found == {"invoiceByNumber": None}
    assert theirs["id"] not in str(found)


@each_kind
async def test_lists_hold_ones_own_alone(known: dict[str, Pair], kind: str) -> None:
    pair = known[kind]
    answer = await pair.client.ask(
        """{ invoices(first: 100) { nodes { id } } customers { nodes { id } } apiKeys { id }
        payments { nodes { id } } creditNotes { nodes { id } } events(first: 100) { nodes { id } }
        billingSubscriptions { nodes { id } } webhookEndpoints { id } taxRates { id } fxRates { id }
        viewer { workspace { id numberSeries { id } } } }"""
    )

    assert [
        one for one in (*pair.ids.values(), *vars(pair.theirs).values()) if one in str(answer)
    ] == []


@each_kind
@pytest.mark.parametrize("connection", [name for name, _ in connections()])
async def test_a_strangers_cursor_is_as_good_as_a_forged_one(
    known: dict[str, Pair], kind: str, connection: str
) -> None:
    pair = known[kind]
    theirs = dict(connections(pair.full))[connection]
    ours = dict(connections(pair.own.of_kind))[connection]
    page = await pair.stranger.ask(theirs.replace("%s", "(first: 1, after: $cursor)"))
    cursors = list(found("cursor", page))
    assert cursors, "a page with something on it"

    for way in ("after", "before"):
        document = ours.replace("%s", f"({way}: $cursor)")
        answers = [
            (await pair.client.post({"query": document, "variables": {"cursor": one}})).text
            for one in (cursors[0], "bm90aGluZw", f"{cursors[0]}A")
        ]
        assert '"CURSOR_INVALID"' in answers[0]
        assert all(answer == answers[0] for answer in answers)


@each_kind
async def test_an_idempotency_key_is_ones_own(known: dict[str, Pair], kind: str) -> None:
    pair = known[kind]
    wanted = {"name": "Same", "idempotencyKey": f"the same {kind}"}

    theirs = await pair.stranger.do("customerCreate", "customer { id }", **wanted)
    ours = await pair.client.do("customerCreate", "customer { id }", **wanted)
    other = {**wanted, "name": "Other"}

    assert ours != theirs
    assert await pair.client.refusals("customerCreate", **other) == [
        ("IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",))
    ]


@each_kind
async def test_a_links_path_leads_to_no_strangers_document(
    site: Site, known: dict[str, Pair], kind: str
) -> None:
    pair = known[kind]
    links = """query($id: ID!) { creditNote(id: $id) { pdfUrl } exportUrl(kind: INVOICES) }"""
    own = await pair.client.ask(links, id=pair.own.note)

    for url in (own["creditNote"]["pdfUrl"], own["exportUrl"]):
        refused = [
            await site.http.get(
                url.replace(pair.own.workspace, workspace).replace(pair.own.note, note)
            )
            for workspace, note in (
                (pair.theirs.workspace, pair.theirs.note),
                (like(pair.theirs.workspace), like(pair.theirs.note)),
                (pair.theirs.workspace, pair.own.note),
            )
        ]
        assert (await site.http.get(url)).status_code == 200
        assert [answer.status_code for answer in refused] == [403] * 3
        assert len({answer.text for answer in refused}) == 1
        assert refused[0].json()["code"] == "URL_INVALID"


def found(key: str, value: object) -> list[str]:
    """What stands under a key, however deep."""
    if isinstance(value, list):
        return [one for item in value for one in found(key, item)]
    if isinstance(value, dict):
        own = [value[key]] if isinstance(value.get(key), str) else []
        return own + [one for part in value.values() for one in found(key, part)]
    return []
