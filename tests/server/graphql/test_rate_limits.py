"""Rate limits as clients meet them: over HTTP, WebSocket and server-sent events, by a clock that is moved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from resolvers.callers import SCOPES
from server.app import create_app
from server.clock import utc_now
from tests import site as sites
from tests.journeys.making import customer, workspace_of
from tests.plans.listening import statements_sent
from tests.server.graphql.following import last_event
from tests.server.graphql.test_sockets import heard, opened, say
from tests.site import Client, Json, Site

POINTS = 100
VIEWER = "{ viewer { mode } }"
CREATE = 'mutation { customerCreate(input: {name: "Ada"}) { customer { id } } }'
TOKEN = "accessTokenCreate(input: {scopes: [INVOICES_READ]}) { token }"
ORIGIN = "https://shop.example"


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Limited:
    """A site with limits, and its clock."""

    site: Site
    clock: Clock

    async def at(self, client: Client) -> Client:
        """Someone of the same workspace here, with a key that is used nowhere else: clocks differ."""
        made = await client.do(
            "apiKeyCreate", "secret", name="Limited", mode="LIVE", scopes=list(SCOPES)
        )
        return self.site.client(made["secret"])


@asynccontextmanager
async def limits(site: Site, **given: Any) -> AsyncIterator[Limited]:
    """A site on the same database with these settings."""
    settings = site.settings.model_copy(update=given)
    clock = Clock()
    async with sites.opened(settings, create_app(settings, clock)) as opened:
        yield Limited(opened, clock)


@pytest.fixture
async def limited(site: Site) -> AsyncIterator[Limited]:
    """A hundred points a minute, and three mails or secrets."""
    async with limits(site, rate_limit=POINTS, rate_limit_mails=3, rate_limit_secrets=3) as made:
        yield made


async def spend(client: Client, points: int) -> None:
    """Spends as many by reading."""
    while points > 0:
        fields = " ".join(f"v{n}: viewer {{ mode }}" for n in range(min(20, points)))
        await client.ask(f"{{ {fields} }}")
        points -= 20


def refusal(answer: httpx2.Response) -> Json:
    """What a refusal for asking too much says."""
    assert answer.status_code == 429
    assert list(answer.json()) == ["errors"]
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["extensions"]["reason"] == "RATE_LIMITED"
    assert answer.headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert f"{answer.headers['retry-after']} s" in error["message"]
    found: Json = error
    return found


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_who_has_spent_a_minutes_points_is_told_when_to_come_back(
    limited: Limited, client: Client, accept: str
) -> None:
    here = await limited.at(client)
    await spend(here, POINTS)

    refused = await here.post({"query": VIEWER}, accept=accept)

    assert refusal(refused)["extensions"]["retryAfter"] == 1
    assert refused.headers["content-type"] == accept
    limited.clock.now += timedelta(seconds=1)
    assert (await here.post({"query": VIEWER}, accept=accept)).status_code == 200


async def test_answers_say_what_is_left_once_that_is_less_than_half(
    limited: Limited, client: Client
) -> None:
    here = await limited.at(client)
    await spend(here, 40)
    before = await here.post({"query": CREATE})
    after = [await here.post({"query": document}) for document in (VIEWER, CREATE)]
    limited.clock.now += timedelta(minutes=1)
    later = await here.post({"query": VIEWER})

    assert {"ratelimit", "ratelimit-policy"} & {*before.headers, *later.headers} == set()
    assert {answer.headers["ratelimit-policy"] for answer in after} == {'"points";q=100;w=60'}
    assert [answer.headers["ratelimit"] for answer in after] == ['"points";r=49', '"points";r=39']


async def test_a_read_of_many_rows_costs_a_point_more_for_each_hundred(
    limited: Limited, client: Client
) -> None:
    here = await limited.at(client)
    await spend(here, 60)
    page = "{ customers(first: 100) { nodes { invoices(first: 20) { nodes { id } } } } }"

    answer = await here.post({"query": page})

    rows = answer.json()["extensions"]["cost"]["rows"]
    assert rows == 100 + 100 * 20
    assert answer.headers["ratelimit"] == f'"points";r={40 - 1 - rows // 100}'


async def test_a_read_that_costs_more_than_is_left_does_not_run(
    limited: Limited, client: Client
) -> None:
    here = await limited.at(client)
    await spend(here, 80)
    page = "customers(first: 100) { nodes { invoices(first: 20) { nodes { id } } } }"

    async with statements_sent(await workspace_of(client)) as sent:
        refused = await here.post({"query": f"{{ viewer {{ mode }} {page} }}"})

    assert refusal(refused)
    assert [statement for statement in sent if "FROM invoices" in statement] == []
    assert (await here.post({"query": VIEWER})).status_code == 200


async def test_what_an_act_reads_afterwards_is_charged_and_not_refused(
    limited: Limited, client: Client
) -> None:
    here = await limited.at(client)
    await spend(here, 80)
    page = "customers(first: 100) { nodes { invoices(first: 40) { nodes { id } } } }"
    document = CREATE.replace("customer { id }", f"query {{ {page} }} userErrors {{ code }}")

    made = await here.ask(document)

    assert made["customerCreate"]["userErrors"] == []
    assert len(made["customerCreate"]["query"]["customers"]["nodes"]) == 1
    assert refusal(await here.post({"query": VIEWER}))["extensions"]["retryAfter"] > 10


async def test_an_act_that_is_refused_does_nothing(limited: Limited, client: Client) -> None:
    here = await limited.at(client)
    await spend(here, POINTS - 9)

    assert refusal(await here.post({"query": CREATE}))

    assert await client.ask("{ customers { totalCount } }") == {"customers": {"totalCount": 0}}


async def test_secrets_are_counted_by_themselves_and_aliases_multiply(
    limited: Limited, client: Client
) -> None:
    here = await limited.at(client)
    four = " ".join(f"t{number}: {TOKEN}" for number in range(4))

    assert (
        "keys, tokens" in refusal(await here.post({"query": f"mutation {{ {four} }}"}))["message"]
    )
    for _ in range(3):
        made = await here.ask(f"mutation {{ {TOKEN} }}")
        assert made["accessTokenCreate"]["token"]
    assert refusal(await here.post({"query": f"mutation {{ {TOKEN} }}"}))
    assert refusal(
        await here.post(
            {
                "query": """mutation { apiKeyCreate(input: {name: "n", mode: LIVE,
                    scopes: [INVOICES_READ]}) { secret } }"""
            }
        )
    )
    assert await here.ask(VIEWER)


async def test_a_key_and_its_tokens_share_and_a_customers_tokens_have_their_own(
    limited: Limited, client: Client
) -> None:
    here = await limited.at(client)
    buyer = await customer(client)
    own = await here.do("accessTokenCreate", "token", scopes=["INVOICES_READ"])
    bobs = await here.do("accessTokenCreate", "token", scopes=["INVOICES_READ"], customerId=buyer)
    token, bob = limited.site.client(own["token"]), limited.site.client(bobs["token"])
    await spend(here, POINTS - 20)

    assert refusal(await token.post({"query": VIEWER}))
    assert await admitted(bob) == POINTS // 10


async def admitted(client: Client) -> int:
    """How many reads are answered until one is refused."""
    count = 0
    while (await client.post({"query": VIEWER})).status_code == 200:
        count += 1
    return count


async def test_a_sandbox_is_counted_by_itself_whatever_time_it_is_there(
    limited: Limited, client: Client
) -> None:
    scopes = ["SETTINGS_WRITE"]
    made = await client.do("apiKeyCreate", "secret", name="s", mode="TEST", scopes=scopes)
    sandbox = limited.site.client(made["secret"])
    here = await limited.at(client)
    await here.ask(VIEWER)
    await sandbox.do("testClockSet", now="2030-01-01T00:00:00Z")

    assert await admitted(sandbox) == POINTS - 10
    assert await here.ask(VIEWER)


async def test_whoever_is_over_the_limit_costs_no_statement(
    limited: Limited, client: Client
) -> None:
    here = await limited.at(client)
    await spend(here, POINTS)

    async with statements_sent(await workspace_of(client), notes=False) as sent:
        for document in (VIEWER, CREATE, "{ this is no query", VIEWER):
            assert refusal(await here.post({"query": document}))

    assert sent == []


async def test_on_a_socket_the_operation_is_refused_and_the_others_go_on(
    limited: Limited, client: Client
) -> None:
    here = await limited.at(client)
    await customer(client)
    payload = {"query": NAMES, "variables": {"after": await last_event(client)}}
    first = await customer(client)
    async with opened(here) as socket:
        await say(socket, id="live", type="subscribe", payload=payload)
        assert (await heard(socket))["payload"]["data"]["events"]["subjectId"] == first
        await spend(here, POINTS - 1)
        await say(socket, id="a", type="subscribe", payload={"query": VIEWER})
        told = await heard(socket)
        buyer = await customer(client)
        event = await heard(socket)
        limited.clock.now += timedelta(seconds=2)
        await say(socket, id="b", type="subscribe", payload={"query": VIEWER})
        again = await heard(socket)

    assert (told["type"], told["id"]) == ("error", "a")
    assert told["payload"][0]["extensions"] == {
        "code": "FORBIDDEN",
        "reason": "RATE_LIMITED",
        "retryAfter": 1,
    }
    assert event["payload"]["data"]["events"]["subjectId"] == buyer
    assert (again["type"], again["id"]) == ("next", "b")


NAMES = "subscription($after: ID) { events(after: $after) { subjectId } }"


@pytest.mark.parametrize("document", [NAMES, VIEWER])
async def test_a_stream_is_refused_as_any_request_is(
    limited: Limited, client: Client, document: str
) -> None:
    here = await limited.at(client)
    await spend(here, POINTS)

    answer = await here.post({"query": document}, accept="text/event-stream, application/json")

    assert refusal(answer)


async def test_pages_of_other_origins_may_see_when_to_come_back(site: Site, client: Client) -> None:
    async with limits(site, rate_limit=1, cors_origins=(ORIGIN,)) as limited:
        here = await limited.at(client)
        await here.ask(VIEWER)
        refused = await here.post({"query": VIEWER}, origin=ORIGIN)

    assert refusal(refused)
    assert refused.headers["access-control-allow-origin"] == ORIGIN
    exposed = {name.strip() for name in refused.headers["access-control-expose-headers"].split(",")}
    assert {"retry-after", "ratelimit", "ratelimit-policy", "x-request-id"} <= exposed


async def test_the_schema_without_a_key_is_dear_and_keeps_nobody_with_one_out(
    site: Site, client: Client
) -> None:
    async with limits(site, rate_limit=1_000) as limited:
        nobody = limited.site.nobody
        whole = {"query": "{ __schema { queryType { name } } }"}

        statuses = [(await nobody.post(whole)).status_code for _ in range(3)]

        assert statuses == [200, 200, 429]
        assert await (await limited.at(client)).ask(VIEWER)


async def test_without_a_limit_nothing_is_said_of_one(site: Site, client: Client) -> None:
    async with limits(site, rate_limit=0) as limited:
        answer = await (await limited.at(client)).post({"query": VIEWER})

    assert answer.status_code == 200
    assert "ratelimit" not in answer.headers
