"""Nobody makes more of what they may do: by what they hand out, or by what outlives them."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from resolvers.callers import SCOPES
from tests import acts
from tests import site as sites
from tests.access.callers import jwt_of
from tests.access.conftest import Login
from tests.access.pairs import like
from tests.journeys.making import customer
from tests.site import Client, Site

URL = acts.NOBODY_LISTENS


@pytest.fixture
async def bearer(site: Site, client: Client) -> Client:
    """Whoever holds an access token that may do everything, for a minute."""
    made = await client.do("accessTokenCreate", "token", scopes=SCOPES, ttlSeconds=60)
    return site.client(made["token"])


async def test_a_token_leaves_nothing_behind_that_outlives_it(
    client: Client, bearer: Client
) -> None:
    own = await acts.things(client)
    before = await acts.footprint(own.workspace)
    lasting: list[tuple[str, dict[str, Any]]] = [
        ("accessTokenCreate", {"scopes": ["INVOICES_READ"]}),
        ("apiKeyCreate", {"name": "x", "mode": "LIVE", "scopes": ["INVOICES_READ"]}),
        ("webhookEndpointCreate", {"url": URL, "types": ["INVOICE_PAID"]}),
        ("webhookEndpointUpdate", {"id": own.endpoint, "url": f"{URL}/mine"}),
        ("webhookEndpointUpdate", {"id": own.endpoint, "types": []}),
        ("webhookEndpointUpdate", {"id": own.endpoint, "enabled": True}),
        ("webhookEndpointRotateSecret", {"id": own.endpoint}),
    ]

    for mutation, given in lasting:
        [error] = (await bearer.act(mutation, **given))["userErrors"]
        assert error["code"] == "FORBIDDEN", mutation

    assert await acts.footprint(own.workspace) == before
    await bearer.do("webhookEndpointUpdate", id=own.endpoint, enabled=False)


async def test_a_link_to_an_export_ends_with_the_token_that_asked_for_it(
    client: Client, bearer: Client
) -> None:
    document = "{ exportUrl(kind: LEDGER, ttlSeconds: 86400) }"
    by_key, by_token = [
        int(parse_qs(urlsplit((await one.ask(document))["exportUrl"]).query)["expires"][0])
        for one in (client, bearer)
    ]

    assert by_key - by_token > 80_000


async def test_a_customers_token_asks_no_question_of_its_own_where_none_may(
    site: Site, login: Login, tmp_path: Path
) -> None:
    """Though an outside issuer may give it every scope: the documents are the workspace's to write."""
    trusting = {**login.settings, "documents": "trusted", "documents_dir": tmp_path}
    (tmp_path / "none.json").write_text("{}")
    async with sites.opened(site.settings.model_copy(update=trusting)) as there:
        author = await there.someone()
        found = await author.ask("{ viewer { workspace { id } } }")
        workspace, buyer = found["viewer"]["workspace"]["id"], await customer(author)
        limited = there.client(jwt_of(login.key, workspace, customer=buyer))
        other = there.client(jwt_of(login.key, workspace))

        refused = await limited.answer("{ viewer { mode } }")

        assert refused["errors"][0]["extensions"]["reason"] == "DOCUMENT_NOT_TRUSTED"
        assert await other.ask("{ viewer { mode } }") == {"viewer": {"mode": "LIVE"}}


async def test_a_customers_token_that_may_write_writes_nothing(
    site: Site, login: Login, client: Client
) -> None:
    own = await acts.things(client)
    async with sites.opened(site.settings.model_copy(update=login.settings)) as there:
        limited = there.client(jwt_of(login.key, own.workspace, customer=own.customer))
        nobody = there.client(jwt_of(login.key, own.workspace, customer=like(own.customer)))
        for one in (limited, nobody):
            for mutation, wanted in (await acts.inputs(client, own)).items():
                [error, *_] = (await one.act(mutation, **wanted[0]))["userErrors"]
                assert error["code"] == "FORBIDDEN", mutation
        assert (await nobody.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 0
