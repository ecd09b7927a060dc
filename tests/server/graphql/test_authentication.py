"""Who may ask: holders of a live key, and anyone for the schema itself."""

import asyncio
import secrets

import asyncpg
import pytest
from graphql import build_client_schema, get_introspection_query

from server.graphql.authentication import STRANGERS_AT_ONCE
from tests.plans.listening import statements_sent
from tests.site import USER_ERRORS, Client, Site

VIEWER = "{ viewer { mode } }"
COUNTS = "{ customers { totalCount } }"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer x",
        "Bearer ak_live_" + "x" * 43,
        "Bearer ak_test_" + "x" * 43,
        "Bearer null",
        "Basic YTpi",
        "ak_live_" + "x" * 43,
        "Bearer ak_live_\xff",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_whoever_has_no_key_gets_no_data(
    site: Site, authorization: str | None, accept: str
) -> None:
    headers = [(b"accept", accept.encode())]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode("latin-1")))

    answer = await site.http.post(site.nobody.url, json={"query": VIEWER}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"
    assert list(answer.json()) == ["errors"]
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_is_spelt_as_one_likes(client: Client, scheme: str) -> None:
    answer = await client.post({"query": VIEWER}, authorization=f"{scheme} {client.key}")

    assert answer.status_code == 200


async def test_the_schema_is_no_secret(site: Site) -> None:
    found = await site.nobody.ask(get_introspection_query(input_value_deprecation=True))

    schema = build_client_schema(found)  # type: ignore[arg-type]  # a dictionary of that shape
    assert schema.mutation_type
    assert "invoiceIssue" in schema.mutation_type.fields


@pytest.mark.parametrize(
    "document",
    [
        "{ __schema { queryType { name } } viewer { mode } }",
        "{ ...F } fragment F on Query { viewer { mode } }",
        "{ ... on Query { viewer { mode } } }",
        "{ __typename apiKeys { id } }",
        "{ __typename: viewer { mode } }",
        'mutation { customerCreate(input: {name: "Bob"}) { customer { id } } }',
    ],
)
async def test_data_beside_the_schema_take_a_key(site: Site, document: str) -> None:
    answer = await site.nobody.post({"query": document})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "document",
    [
        VIEWER,
        "{ invoices { totalCount } }",
        "{ apiKeys { id } }",
        '{ node(id: "inv_x") { id } }',
        'mutation { customerCreate(input: {name: "Eve"}) { customer { id } } }',
        'mutation { customerUpdate(input: {id: "x"}) { query { viewer { mode } } } }',
        f"""{{ invoicePreview(invoice: {{customerId: "cus_x", lines: []}}) {{
        preview {{ currency }} {USER_ERRORS} }} }}""",
        """{ viewer { mode }
        invoicePreview(invoice: {customerId: "cus_x", lines: []}) { preview { currency } } }""",
    ],
)
async def test_a_key_that_is_revoked_is_of_no_use_from_then_on(
    site: Site, client: Client, document: str
) -> None:
    """Though the server remembers keys that were used lately."""
    other = await another(site, client)
    await other.ask(document)
    before = await client.ask(COUNTS)
    [own] = (await client.ask("{ apiKeys { id } }"))["apiKeys"][1:]

    await client.do("apiKeyRevoke", id=own["id"])

    for _ in range(2):
        answer = await other.post({"query": document})
        assert answer.status_code == 401
        assert list(answer.json()) == ["errors"]
    assert await client.ask(COUNTS) == before


async def test_a_key_can_revoke_itself_and_is_told_so(site: Site, client: Client) -> None:
    other = await another(site, client)
    [own] = (await client.ask("{ apiKeys { id } }"))["apiKeys"][1:]

    payload = await other.do("apiKeyRevoke", "apiKey { id revokedAt }", id=own["id"])

    assert payload["apiKey"]["revokedAt"]
    assert (await other.post({"query": VIEWER})).status_code == 401


async def test_a_key_is_noted_when_it_is_used(site: Site, client: Client) -> None:
    other = await another(site, client)
    await other.ask(VIEWER)

    keys = (await client.ask("{ apiKeys { name lastUsedAt hint } }"))["apiKeys"]

    assert {key["name"]: bool(key["lastUsedAt"]) for key in keys}["Other"]
    assert str(client.key) not in str(keys)


CREATE = 'mutation { customerCreate(input: {name: "Eve"}) { customer { id } } }'


@pytest.mark.parametrize("document", [VIEWER, COUNTS, CREATE])
async def test_a_key_that_is_of_no_use_is_not_looked_up_each_time(
    site: Site, client: Client, document: str
) -> None:
    made = await another(site, client)
    await made.do("apiKeyRevoke", id=(await client.ask("{ apiKeys { id } }"))["apiKeys"][1]["id"])
    useless = [made, site.client("ak_live_" + secrets.token_urlsafe(32))]
    for one in useless * 2:
        assert (await one.post({"query": document})).status_code == 401

    async with statements_sent() as sent:
        for one in useless * 10:
            assert (await one.post({"query": document})).status_code == 401

    assert [statement for statement in sent if "api_keys" in statement] == []


@pytest.mark.parametrize(
    "key", ["x", "ak_live_short", "ak_live_" + "!" * 43, "at_forged.by.hand", "a.b.c"]
)
async def test_what_can_be_no_key_costs_no_statement(site: Site, key: str) -> None:
    nobody = site.client(key)
    async with statements_sent() as sent:
        assert (await nobody.post({"query": VIEWER})).status_code == 401

    assert [statement for statement in sent if "api_keys" in statement] == []


async def test_a_flood_of_unknown_keys_leaves_connections_to_those_who_are_known(
    site: Site, client: Client, database: str
) -> None:
    """Each is asked for in the database, where it has to wait here; a few at a time."""
    await client.ask(VIEWER)
    holder = await asyncpg.connect(database)
    strangers = [site.client("ak_live_" + secrets.token_urlsafe(32)) for _ in range(40)]
    try:
        transaction = holder.transaction()
        await transaction.start()
        await holder.execute("LOCK TABLE workspaces IN ACCESS EXCLUSIVE MODE")
        flood = [asyncio.create_task(one.post({"query": VIEWER})) for one in strangers]
        await until_waiting(holder)

        found = await client.ask("{ invoices { totalCount } }")
        still = [task for task in flood if not task.done()]
        await transaction.rollback()
        statuses = {(await task).status_code for task in flood}
    finally:
        await holder.close()

    assert found == {"invoices": {"totalCount": 0}}
    assert len(still) == len(flood)
    assert statuses == {401}


async def until_waiting(holder: asyncpg.Connection) -> None:
    """Until as many look-ups wait for the lock as may be under way at once."""
    async with asyncio.timeout(30):
        while True:
            await holder.execute("SELECT pg_stat_clear_snapshot()")  # kept for a whole transaction
            waiting = await holder.fetchval(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if waiting >= STRANGERS_AT_ONCE:
                return
            await asyncio.sleep(0.02)


async def another(site: Site, client: Client) -> Client:
    """A second key of the same workspace, for everything."""
    made = await client.do(
        "apiKeyCreate",
        "secret",
        name="Other",
        mode="LIVE",
        scopes=["INVOICES_WRITE", "CUSTOMERS_WRITE", "SETTINGS_WRITE"],
    )
    return site.client(made["secret"])
