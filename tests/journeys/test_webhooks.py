"""Webhooks as a customer meets them: real receivers, good and bad, and a real worker."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.identifiers import decode_id
from models.connections import rows
from server.outside import webhooks
from tests.journeys.making import customer, issued, wanted
from tests.receiver import Receiver, cut, hang, receiving, status
from tests.site import Client, Site, working

pytestmark = pytest.mark.usefixtures("quiet")
PATIENCE_S = 60
DELIVERIES = """query($id: ID!) { node(id: $id) { ... on Event { deliveries { totalCount nodes {
    id status nextAttemptAt endpoint { id } event { name }
    attempts { at statusCode error durationMs } } } } } }"""


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def worker(site: Site) -> AsyncIterator[None]:
    async with working(site.settings):
        yield


async def endpoint(client: Client, url: str, *types: str) -> tuple[str, str]:
    """The id and the secret of a new endpoint."""
    made = await client.do(
        "webhookEndpointCreate", "webhookEndpoint { id } secret", url=url, types=types
    )
    return made["webhookEndpoint"]["id"], made["secret"]


async def last_event(client: Client) -> str:
    found = await client.ask("{ events(first: 1) { nodes { id } } }")
    return str(found["events"]["nodes"][0]["id"])


async def deliveries(client: Client, event: str) -> list[dict[str, Any]]:
    found = await client.ask(DELIVERIES, id=event)
    nodes: list[dict[str, Any]] = found["node"]["deliveries"]["nodes"]
    return nodes


async def attempted(client: Client, count: int = 1, event: str | None = None) -> dict[str, Any]:
    """The only delivery of an event, once it was attempted so often."""
    event = event or await last_event(client)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            [delivery] = await deliveries(client, event)
            if len(delivery["attempts"]) >= count:
                return delivery
            await asyncio.sleep(0.02)


async def test_an_invoice_is_told_signed_as_the_standard_says(
    site: Site, client: Client, receiver: Receiver, worker: None
) -> None:
    _, secret = await endpoint(client, receiver.url("/hook"), "INVOICE_FINALIZED")
    invoice = await issued(client)

    [received] = await receiver.until("/hook")

    told: Any = received.verified(secret)
    event = await last_event(client)
    assert (told["id"], told["type"]) == (event, "invoice.finalized")
    assert received.headers["webhook-id"] == event
    assert told["data"]["id"] == invoice["id"]
    assert told["data"]["number"] == invoice["number"]
    delivery = await attempted(client)
    assert (delivery["status"], delivery["nextAttemptAt"]) == ("DELIVERED", None)
    [attempt] = delivery["attempts"]
    assert (attempt["statusCode"], attempt["error"]) == (200, None)
    assert attempt["durationMs"] >= 0
    assert datetime.fromisoformat(attempt["at"]) <= datetime.now(UTC)


async def test_what_a_webhook_tells_holds_no_internal_note(
    client: Client, receiver: Receiver, worker: None
) -> None:
    await endpoint(client, receiver.url("/hook"), "INVOICE_CREATED")
    invoice = await wanted(client, internalNotes="a secret of ours")
    await client.do("invoiceDraft", invoice=invoice)
    [received] = await receiver.until("/hook")
    assert json.loads(received.body)["type"] == "invoice.created"
    assert b"a secret of ours" not in received.body


async def test_a_failure_is_tried_again_with_the_same_message(
    client: Client, receiver: Receiver, worker: None
) -> None:
    _, secret = await endpoint(client, receiver.url("/hook", status(500), cut, status(204)))
    await customer(client)
    event = await last_event(client)

    made = 0
    while made < 2:
        failed = await attempted(client, made + 1, event)
        # Who is slow to look finds the second attempt made already: it is due after 5 s.
        made = len(failed["attempts"])
        assert failed["status"] == "PENDING"
        due = datetime.fromisoformat(failed["nextAttemptAt"])
        wait = (timedelta(seconds=5), timedelta(minutes=5))[made - 1]
        began = datetime.fromisoformat(failed["attempts"][-1]["at"])
        assert wait <= due - began <= wait * 1.1
        await hurry(failed["id"], made)

    delivered = await attempted(client, 3, event)
    assert delivered["status"] == "DELIVERED"
    assert [attempt["statusCode"] for attempt in delivered["attempts"]] == [500, None, 204]
    assert delivered["attempts"][1]["error"]
    received = receiver.at("/hook")
    assert len({(one.headers["webhook-id"], one.body) for one in received}) == 1
    assert all(one.verified(secret) for one in received)


async def hurry(delivery_id: str, made: int) -> None:
    """Moves the clock on for a delivery, as it were, once it was put off after so many attempts.

    Where it was attempted once more meanwhile, its next wait stays as it is.
    """
    uuid = decode_id("whd", delivery_id)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            waits = await rows(
                "UPDATE webhook_deliveries SET next_attempt_at = created_at WHERE id = $1 "
                "AND jsonb_array_length(attempts) = $2 RETURNING 1",
                uuid,
                made,
            )
            if not waits:
                return
            put_off = await rows(
                "UPDATE jobs SET run_at = created_at WHERE id = $1 AND lease_token IS NULL "
                "AND run_at > created_at RETURNING 1",
                uuid,
            )
            if put_off:
                return
            await asyncio.sleep(0.02)


async def test_a_receiver_that_is_gone_is_left_alone(
    client: Client, receiver: Receiver, worker: None
) -> None:
    await endpoint(client, receiver.url("/hook", status(410)))
    await customer(client)
    failed = await attempted(client)
    await customer(client)

    found = await client.ask("{ webhookEndpoints { enabled disabledReason } }")

    assert failed["status"] == "FAILED"
    [disabled] = found["webhookEndpoints"]
    assert disabled["enabled"] is False
    assert "410" in disabled["disabledReason"]
    assert await deliveries(client, await last_event(client)) == []


async def test_one_that_hangs_holds_up_nobody_else(
    client: Client, receiver: Receiver, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TIME_LIMIT_S", 600)
    hanging, _ = await endpoint(client, receiver.url("/hanging", hang))
    for _ in range(60):
        await customer(client)
    await receiver.until("/hanging", 5)
    _, secret = await endpoint(client, receiver.url("/quick"))
    for _ in range(5):
        await customer(client)

    quick = await receiver.until("/quick", 5)

    assert all(one.verified(secret) for one in quick)
    assert len(receiver.at("/hanging")) == 5
    await client.do("webhookEndpointUpdate", id=hanging, enabled=False)
    receiver.let_go()


async def test_a_retry_sends_at_once_what_was_given_up_or_delivered(
    client: Client, receiver: Receiver, worker: None
) -> None:
    await endpoint(client, receiver.url("/hook", status(200), status(500), status(200)))
    await customer(client)
    event = await last_event(client)
    delivered = await attempted(client, 1, event)

    for count, expected in ((2, "PENDING"), (3, "DELIVERED")):
        retried = await client.do(
            "webhookDeliveryRetry", "webhookDelivery { status }", id=delivered["id"]
        )
        assert retried["webhookDelivery"]["status"] == "PENDING"
        assert (await attempted(client, count, event))["status"] == expected


async def test_after_a_rotation_either_secret_verifies(
    client: Client, receiver: Receiver, worker: None
) -> None:
    endpoint_id, first = await endpoint(client, receiver.url("/hook"))
    rotated = await client.do("webhookEndpointRotateSecret", "secret", id=endpoint_id)
    await customer(client)

    [received] = await receiver.until("/hook")

    assert received.verified(first) == received.verified(rotated["secret"])


async def test_private_addresses_are_refused_unless_the_operator_allows_them(
    client: Client,
) -> None:
    """Of this site they may be on 127.0.0.0/8 alone."""
    for url in ("https://10.0.0.1/", "https://169.254.169.254/", "https://[::1]/", "ftp://a.b/"):
        answer = await client.answer(
            "mutation($url: URL!) { webhookEndpointCreate(input: {url: $url}) { "
            "secret userErrors { code field } } }",
            url=url,
        )
        if "errors" in answer:
            assert url.startswith("ftp")
            continue
        payload = answer["data"]["webhookEndpointCreate"]
        assert payload["secret"] is None
        assert payload["userErrors"] == [{"code": "URL_NOT_ALLOWED", "field": ["url"]}]


async def test_a_sandboxs_deliveries_live_by_its_own_clock(
    site: Site, receiver: Receiver, worker: None
) -> None:
    client = await site.someone("TEST")
    _, secret = await endpoint(client, receiver.url("/hook", status(500), status(200)))
    await client.do("testClockSet", now="2099-01-01T00:00:00Z")
    await customer(client)
    failed = await attempted(client)
    assert failed["nextAttemptAt"].startswith("2099-01-01T00:00:05")

    await client.do("testClockSet", now="2099-01-01T01:00:00Z")

    event = await last_event(client)
    assert (await attempted(client, 2, event))["status"] == "DELIVERED"
    assert all(one.verified(secret) for one in receiver.at("/hook"))


@pytest.mark.timeout(300)
async def test_a_worker_that_is_killed_at_work_leaves_the_message_to_another(
    site: Site, client: Client, receiver: Receiver, tmp_path: Path
) -> None:
    _, secret = await endpoint(client, receiver.url("/hook", hang, status(200)))
    await customer(client)
    event = await last_event(client)
    [delivery] = await deliveries(client, event)
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME")},
        "DATABASE_URL": site.settings.dsn,
        "SECRET_KEY": site.settings.secret,
        "DATA_DIR": str(tmp_path),
        "WEBHOOK_ALLOW": "127.0.0.0/8",
    }
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "worker"), env=environment, stderr=subprocess.DEVNULL
    )
    try:
        await receiver.until("/hook")
    finally:
        worker.kill()
        await worker.wait()

    await rows(
        "UPDATE jobs SET leased_until = created_at WHERE id = $1", decode_id("whd", delivery["id"])
    )
    async with working(site.settings):
        delivered = await attempted(client, 1, event)

    assert delivered["status"] == "DELIVERED"
    first, second = receiver.at("/hook")
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == event
    assert first.body == second.body
    assert second.verified(secret)
