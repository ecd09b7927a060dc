"""Callbacks: only what a gateway has signed is believed, and no more than a notice holds is read."""

from typing import Any

import pytest

from server.callbacks import BODY_BYTES_MAX
from server.outside.sandbox import SandboxGateway
from tests.journeys.making import card, customer, issued, workspace_of
from tests.site import Client, Site

PAYMENT = "payment { id status nextActionUrl gatewayReference }"


@pytest.fixture
def sandbox(site: Site) -> SandboxGateway:
    """The site's own gateway, as it would call back."""
    return SandboxGateway(site.settings.secret.encode(), site.address)


async def waiting(client: Client) -> dict[str, Any]:
    """A payment that waits for its payer."""
    buyer = await customer(client)
    await card(client, buyer, "pm_card_authenticationRequired")
    invoice = await issued(client, customerId=buyer)
    paid = await client.do("invoicePay", PAYMENT, id=invoice["id"])
    found: dict[str, Any] = paid["payment"]
    return found


async def status(client: Client, payment_id: str) -> str:
    """How far a payment has come."""
    text = "query($id: ID!) { payment(id: $id) { status } }"
    found = await client.ask(text, id=payment_id)
    return str(found["payment"]["status"])


async def test_a_signed_notice_settles_the_payment_however_often_it_comes(
    site: Site, client: Client, sandbox: SandboxGateway
) -> None:
    payment = await waiting(client)
    place = await workspace_of(client)
    early = await sandbox.notice_of(place, payment["id"])
    await sandbox.authenticate(payment["gatewayReference"], approves=True)
    late = await sandbox.notice_of(place, payment["id"])

    for headers, body in (late, early, late):
        answer = await site.http.post(
            f"{site.address}/callbacks/sandbox", headers=headers, content=body
        )
        assert (answer.status_code, answer.text) == (200, "ok\n")

    assert await status(client, payment["id"]) == "SUCCEEDED"


async def test_a_notice_that_is_not_signed_changes_nothing(
    site: Site, client: Client, sandbox: SandboxGateway
) -> None:
    payment = await waiting(client)
    await sandbox.authenticate(payment["gatewayReference"], approves=True)
    headers, body = await sandbox.notice_of(await workspace_of(client), payment["id"])
    for given, said in (({}, body), (headers, body[:-1]), ({"sandbox-signature": "t=1,v1=0"}, b"")):
        answer = await site.http.post(
            f"{site.address}/callbacks/sandbox", headers=given, content=said
        )
        assert answer.status_code == 400
    assert await status(client, payment["id"]) == "PENDING"


async def test_an_unknown_gateway_is_not_found(site: Site) -> None:
    answer = await site.http.post(f"{site.address}/callbacks/none", content=b"{}")
    assert answer.status_code == 404


async def test_more_than_a_notice_holds_is_not_read(site: Site) -> None:
    body = b"x" * (BODY_BYTES_MAX + 1)
    answer = await site.http.post(f"{site.address}/callbacks/sandbox", content=body)
    assert answer.status_code == 413


async def test_a_browser_that_looks_finds_nothing(site: Site) -> None:
    answer = await site.http.get(f"{site.address}/callbacks/sandbox")
    assert answer.status_code == 405
