"""Whoever isn't known gets one and the same refusal, whatever they ask for."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from docs.schema_access import CALLERS, UNKNOWN
from tests import acts
from tests import site as sites
from tests.access import callers
from tests.access.callers import jwt_of
from tests.access.conftest import Login
from tests.access.documents import questions
from tests.server.graphql.test_sockets import closed, heard, raw, say
from tests.site import USER_ERRORS, Client, Site

FOLLOWED = "subscription { events { id } }"


@pytest.fixture(scope="module")
async def door(site: Site, login: Login) -> AsyncIterator[Site]:
    """A server that takes the tokens of an outside issuer as well."""
    async with sites.opened(site.settings.model_copy(update=login.settings)) as opened:
        yield opened


@pytest.fixture(scope="module")
async def inside(door: Site) -> Client:
    """Someone who may do everything in a workspace that has one of each."""
    client = await door.someone()
    await acts.things(client)
    return client


def test_every_caller_who_is_not_known_is_tried() -> None:
    assert {who for who, gets in CALLERS.items() if gets == (UNKNOWN, UNKNOWN)} == {
        *callers.UNKNOWN
    }


async def test_the_issuers_own_token_is_let_in(door: Site, inside: Client, login: Login) -> None:
    """Else the others would prove nothing."""
    found = await inside.ask("{ viewer { workspace { id } } }")
    known = door.client(jwt_of(login.key, found["viewer"]["workspace"]["id"]))

    assert await known.ask("{ viewer { workspace { id } } }") == found


@pytest.mark.parametrize("who", callers.UNKNOWN)
async def test_nobody_unknown_reads_any_field(door: Site, inside: Client, who: str) -> None:
    someone = await callers.UNKNOWN[who](door, inside)
    asked = [(one.field, one.text, _accepts(one.root)) for one in questions()]

    for field, text, accept in asked:
        answer = await someone.post({"query": text}, accept=accept)
        assert (answer.status_code, answer.json()) == (401, REFUSAL), (field, text)


@pytest.mark.parametrize("who", callers.UNKNOWN)
async def test_nobody_unknown_performs_any_act(door: Site, inside: Client, who: str) -> None:
    someone = await callers.UNKNOWN[who](door, inside)
    own = await acts.things(inside)
    given = await acts.inputs(inside, own)
    before = await acts.footprint(own.workspace)

    for mutation, wanted in given.items():
        text = (
            f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) "
            f"{{ {mutation}(input: $input) {{ {USER_ERRORS} }} }}"
        )
        for one in wanted:
            answer = await someone.post({"query": text, "variables": {"input": one}})
            assert (answer.status_code, answer.json()) == (401, REFUSAL), mutation

    assert await acts.footprint(own.workspace) == before


@pytest.mark.parametrize("who", callers.UNKNOWN)
async def test_nobody_unknown_follows_anything_on_a_socket(
    door: Site, inside: Client, who: str
) -> None:
    someone = await callers.UNKNOWN[who](door, inside)
    async with raw(someone) as socket:
        await say(socket, type="connection_init", payload=someone.authorization)
        if someone.key is not None:
            assert await closed(socket) == 4403
            return
        assert await heard(socket) == {"type": "connection_ack"}
        await say(socket, id="a", type="subscribe", payload={"query": FOLLOWED})
        told = await heard(socket)

    assert (told["type"], told["payload"]) == ("error", REFUSAL["errors"])


REFUSAL: dict[str, Any] = {
    "errors": [
        {
            "message": "Send an API key of this server: Authorization: Bearer ak_live_…",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}


def _accepts(root: str) -> str:
    return "text/event-stream" if root == "Subscription" else "application/json"
