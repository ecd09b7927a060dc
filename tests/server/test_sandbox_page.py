"""The sandbox's page stands in for a bank: it answers for known payments, and leads nowhere unsigned."""

from uuid import UUID

import pytest

from domain.identifiers import encode_id, new_id
from resolvers.gateways import Became, ChargeOrder
from server.outside.payment_gateways import gateways_of
from server.outside.sandbox import SandboxGateway
from tests.site import Client, Site


@pytest.fixture
def sandbox(site: Site) -> SandboxGateway:
    """The site's own."""
    found = gateways_of(site.settings).test
    assert isinstance(found, SandboxGateway)
    return found


async def asked(site: Site, client: Client, sandbox: SandboxGateway, back: str | None) -> str:
    """The address of the page of a payment that asks its payer."""
    read = await client.ask("{ viewer { workspace { id } } }")
    place = UUID(read["viewer"]["workspace"]["id"].removeprefix("wsp_"))
    token, key = "pm_card_authenticationRequired", encode_id("pay", new_id())
    order = ChargeOrder(place, key, 1240, "JPY", "INV-0001", token, return_url=back)
    outcome = await sandbox.charge(order)
    assert outcome.became is Became.PENDING
    assert outcome.next_action_url
    return outcome.next_action_url.replace(sandbox._public_url, site.address)


@pytest.mark.parametrize(
    ("answer", "words"),
    [("approve", "is approved"), ("refuse", "was not approved"), ("?", "was not approved")],
)
async def test_it_asks_once_and_then_says_how_it_was_answered(
    site: Site, client: Client, sandbox: SandboxGateway, answer: str, words: str
) -> None:
    url = await asked(site, client, sandbox, None)

    assert "Approve the payment of \u00a51,240?" in (await site.http.get(url)).text
    assert words in (await site.http.post(url, data={"answer": answer})).text
    assert words in (await site.http.post(url, data={"answer": "approve"})).text
    assert "<form" not in (await site.http.get(url)).text


async def test_it_leads_back_to_where_it_was_signed_for_alone(
    site: Site, client: Client, sandbox: SandboxGateway
) -> None:
    url = await asked(site, client, sandbox, "https://shop.example/back")
    forged = url.replace("shop.example", "evil.example")

    answer = await site.http.post(forged, data={"answer": "approve"})
    assert (answer.status_code, answer.headers.get("location")) == (200, None)

    answer = await site.http.post(url, data={"answer": "approve"})
    assert (answer.status_code, answer.headers["location"]) == (303, "https://shop.example/back")


@pytest.mark.parametrize("reference", ["sbx_1", "x", "sbx_" + "0" * 56, "%00", "sbx_%00", "%ff"])
async def test_it_knows_no_other_payments(site: Site, reference: str) -> None:
    answer = await site.http.get(f"{site.address}/sandbox/authenticate/{reference}")
    assert answer.status_code == 404
    assert "There is no such payment here" in answer.text
    assert answer.headers["cache-control"] == "no-store"
