"""Deliveries: promised with their event, tried by the rules' waits, taken or given up, and tried again."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.identifiers import encode_id
from domain.webhooks import JITTER, WAITS
from models.connections import rows
from models.jobs import Job
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from models.webhooks import WebhookDelivery, WebhookEndpoint
from resolvers import customers, invoices, webhooks
from resolvers.callers import Caller
from resolvers.webhooks import DELIVERY_JOB, Attempt, Message
from tests.resolvers.making import NOBODY, at, claimed, customer, events, later, refusals, wanted
from tests.resolvers.webhooks.test_endpoints import URL, made, stored, update


async def deliveries(caller: Caller) -> list[WebhookDelivery]:
    """Those of the workspace, in the order of their events."""
    return await WebhookDelivery.filter(workspace_id=caller.workspace_id).order_by("id")


async def one(caller: Caller) -> WebhookDelivery:
    """The only delivery of the workspace."""
    [found] = await deliveries(caller)
    return found


async def promised(caller: Caller) -> WebhookDelivery:
    """A delivery of customer.created to a new endpoint."""
    await made(caller)
    await customer(caller)
    return await one(caller)


async def noted(caller: Caller, delivery: WebhookDelivery, status: int | None) -> Any:
    """When the next attempt is due after one that was answered so."""
    error = None if status else "ReadTimeout"
    return await webhooks.record(caller, delivery.id, Attempt(caller.now, 12, status, error))


async def types_sent(caller: Caller, endpoint_id: UUID) -> list[str]:
    found = await rows(
        "SELECT type FROM webhook_deliveries d JOIN events e ON e.id = d.event_id "
        "WHERE d.workspace_id = $1 AND endpoint_id = $2 ORDER BY position",
        caller.workspace_id,
        endpoint_id,
    )
    return [row["type"] for row in found]


async def test_each_endpoint_gets_the_types_that_it_asked_for(
    caller: Caller, stranger: Caller
) -> None:
    everything, some = await made(caller), await made(caller, "INVOICE_FINALIZED", "INVOICE_PAID")
    disabled, foreign = await made(caller), await made(stranger)
    await update(caller, disabled, enabled=False)

    customer_id = await customer(caller)
    await invoices.void(caller, await invoices.issue(caller, wanted(customer_id)))

    assert await types_sent(caller, everything) == [
        "customer.created",
        "invoice.finalized",
        "invoice.voided",
    ]
    assert await types_sent(caller, some) == ["invoice.finalized"]
    assert await types_sent(caller, disabled) == await types_sent(stranger, foreign) == []


async def test_a_delivery_is_due_at_once_by_a_job_of_its_id(caller: Caller) -> None:
    delivery = await promised(caller)
    job = await Job.get(workspace_id=caller.workspace_id, kind=DELIVERY_JOB)

    assert (job.id, job.run_at) == (delivery.id, caller.now)
    assert job.payload == {"lane": str(delivery.endpoint_id)}
    assert (delivery.status, delivery.attempts) == ("PENDING", [])
    assert delivery.next_attempt_at == caller.now
    assert delivery.id.version == 7


async def test_what_is_rolled_back_is_sent_to_nobody(caller: Caller) -> None:
    await made(caller)

    async def act() -> None:
        await _create_customer(caller)
        raise LookupError

    with pytest.raises(LookupError):
        await transaction(EVERY_WORKSPACE, act)
    assert await deliveries(caller) == []
    assert await Job.filter(workspace_id=caller.workspace_id).count() == 0


async def _create_customer(caller: Caller) -> None:
    from models.writes import insert
    from resolvers.customers import _checks, _new
    from resolvers.events import of_customer
    from resolvers.fields import checked

    checks = _checks(caller.now)
    values = checked(dict.fromkeys(checks) | {"name": "Ann"}, checks)
    row = _new(caller, values)
    await insert(row, of_customer(caller, "customer.created", row))


async def test_a_message_tells_the_event(caller: Caller) -> None:
    await made(caller)
    customer_id = await customer(caller)
    await customers.update(caller, customer_id, {"name": "Ann & Co"})
    _, changed = await deliveries(caller)

    message = await webhooks.find_message(caller, changed.id)

    assert isinstance(message, Message)
    body = orjson.loads(message.body)
    event = (await events(caller))[1]
    assert list(body) == ["id", "type", "timestamp", "data", "previous"]
    assert body["id"] == message.id == encode_id("evt", changed.event_id)
    assert body["type"] == "customer.updated"
    assert body["timestamp"] == "2026-06-09T12:00:00.000000Z"
    assert (body["data"], body["previous"]) == (event["data"], event["previous"])
    assert body["previous"]["name"] == "Ann Ltd"
    again = await webhooks.find_message(caller, changed.id)
    assert again == message


async def test_for_a_day_after_a_rotation_two_secrets_sign(caller: Caller) -> None:
    delivery = await promised(caller)
    second = await webhooks.rotate_secret(caller, delivery.endpoint_id)

    soon = await webhooks.find_message(later(caller, hours=23.9), delivery.id)
    late = await webhooks.find_message(later(caller, hours=24), delivery.id)

    assert isinstance(soon, Message)
    assert isinstance(late, Message)
    assert len(soon.secrets) == 2
    assert soon.secrets[0] == second.secret
    assert late.secrets == (second.secret,)


async def test_what_fails_is_tried_ten_times_and_then_given_up(caller: Caller) -> None:
    delivery = await promised(caller)
    for wait in WAITS:
        due = await noted(caller, delivery, 500)
        assert wait <= due - caller.now <= wait * (1 + JITTER)
        assert (await one(caller)).next_attempt_at == due
        caller = at(caller, due)

    assert await noted(caller, delivery, None) is None

    failed = await one(caller)
    assert (failed.status, failed.next_attempt_at) == ("FAILED", None)
    assert [attempt["status_code"] for attempt in failed.attempts] == [500] * 9 + [None]
    assert failed.attempts[-1]["error"] == "ReadTimeout"
    assert await webhooks.find_message(caller, delivery.id) is None


@pytest.mark.parametrize("status", [200, 204, 299])
async def test_a_2xx_ends_it(caller: Caller, status: int) -> None:
    delivery = await promised(caller)
    assert await noted(caller, delivery, status) is None
    found = await one(caller)
    assert (found.status, len(found.attempts)) == ("DELIVERED", 1)
    assert await webhooks.find_message(caller, delivery.id) is None


@pytest.mark.parametrize("status", [199, 301, 304, 400, 404, 500, None])
async def test_nothing_else_does(caller: Caller, status: int | None) -> None:
    delivery = await promised(caller)
    assert await noted(caller, delivery, status)
    assert (await one(caller)).status == "PENDING"


async def test_what_is_not_due_yet_is_not_sent(caller: Caller) -> None:
    delivery = await promised(caller)
    due = await noted(caller, delivery, 500)
    assert await webhooks.find_message(caller, delivery.id) == due
    assert isinstance(await webhooks.find_message(at(caller, due), delivery.id), Message)


async def test_410_disables_the_endpoint_and_says_why(caller: Caller) -> None:
    delivery = await promised(caller)
    assert await noted(caller, delivery, 410) is None

    endpoint = await stored(delivery.endpoint_id)
    assert not endpoint.enabled
    assert endpoint.disabled_reason == "It answered 410 Gone at 2026-06-09T12:00:00.000000Z."
    assert (await one(caller)).status == "FAILED"
    await customer(caller)
    assert len(await deliveries(caller)) == 1


async def test_what_waits_for_an_endpoint_that_is_disabled_is_given_up(caller: Caller) -> None:
    delivery = await promised(caller)
    await update(caller, delivery.endpoint_id, enabled=False)

    assert await webhooks.find_message(caller, delivery.id) is None

    found = await one(caller)
    assert found.status == "FAILED"
    assert [attempt["error"] for attempt in found.attempts] == ["The endpoint was disabled."]
    assert await refusals(webhooks.retry(caller, delivery.id)) == [("INVALID_ARGUMENT", ("id",))]


async def test_an_endpoint_that_is_deleted_takes_its_deliveries_along(caller: Caller) -> None:
    delivery = await promised(caller)
    await webhooks.delete(caller, delivery.endpoint_id)

    assert await deliveries(caller) == []
    assert await webhooks.find_message(caller, delivery.id) is None
    assert await noted(caller, delivery, 200) is None


@pytest.mark.parametrize("status", [500, 200])
async def test_a_delivery_is_retried_at_once_by_its_own_job(caller: Caller, status: int) -> None:
    delivery = await promised(caller)
    job = Job.filter(workspace_id=caller.workspace_id, id=delivery.id)
    await noted(caller, delivery, status)
    await job.update(attempts=3, done_at=caller.now)

    soon = later(caller, seconds=1)
    assert await webhooks.retry(soon, delivery.id) == delivery.id

    assert isinstance(await webhooks.find_message(soon, delivery.id), Message)
    again = await job.get()
    assert (again.run_at, again.done_at, again.attempts) == (soon.now, None, 0)
    assert len((await one(caller)).attempts) == 1


@pytest.mark.parametrize("status", [200, 500])
async def test_an_attempt_is_noted_once_and_its_job_is_settled_with_it(
    caller: Caller, status: int
) -> None:
    """Whoever notes it does so again where the answer was lost."""
    delivery = await promised(caller)
    [job] = await claimed(caller, DELIVERY_JOB)
    attempt = Attempt(caller.now, 12, status)

    due = await webhooks.record(caller, delivery.id, attempt, job=job)
    assert await webhooks.record(caller, delivery.id, attempt, job=job) == due

    assert len((await one(caller)).attempts) == 1
    assert await claimed(caller, DELIVERY_JOB) == []
    assert len(await claimed(caller, DELIVERY_JOB, hours=1)) == (0 if status == 200 else 1)


async def test_a_delivery_that_was_given_up_has_one_more_attempt(caller: Caller) -> None:
    delivery = await promised(caller)
    for _ in range(len(WAITS) + 1):
        await noted(caller, delivery, 500)
    soon = later(caller, days=4)
    await webhooks.retry(soon, delivery.id)

    assert await noted(soon, delivery, 500) is None
    assert (await one(caller)).status == "FAILED"
    await webhooks.retry(soon, delivery.id)
    await noted(soon, delivery, 200)
    assert (await one(caller)).status == "DELIVERED"


async def test_an_unknown_delivery_is_not_retried(caller: Caller, stranger: Caller) -> None:
    theirs = await promised(stranger)
    for some_id in (NOBODY, theirs.id):
        assert await refusals(webhooks.retry(caller, some_id)) == [("NOT_FOUND", ("id",))]


async def test_endpoints_keep_their_url_to_themselves(caller: Caller, stranger: Caller) -> None:
    theirs = await promised(stranger)
    assert await webhooks.find_message(caller, theirs.id) is None
    assert (await WebhookEndpoint.get(id=theirs.endpoint_id)).url == URL
    assert await webhooks.record(caller, theirs.id, Attempt(caller.now, 1, 200)) is None
    assert (await one(stranger)).status == "PENDING"
