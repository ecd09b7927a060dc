"""Deliveries: the message of an event for an endpoint, and what became of each attempt at it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from domain.errors import InvalidArgument
from domain.identifiers import encode_id
from domain.webhooks import GONE, is_taken, wait_after
from models.connections import rows
from models.events import Event
from models.transactions import transaction
from models.webhooks import DELIVERY_JOB, WebhookDelivery, WebhookEndpoint
from models.writes import change
from resolvers import idempotency, jobs
from resolvers.callers import Caller
from resolvers.events import may_read
from resolvers.idempotency import Once
from resolvers.jobs import Claimed
from resolvers.refusals import not_found
from resolvers.snapshots import rfc3339

_DISABLED = "The endpoint was disabled."


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out: the same id and body at every attempt, signed by each of the secrets."""

    id: str
    url: str
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when it began and how long it took, and the receiver's status or why there is none."""

    at: datetime
    duration_ms: int
    status_code: int | None = None
    error: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status_code is not None and is_taken(self.status_code)


async def find_message(caller: Caller, delivery_id: UUID) -> Message | datetime | None:
    """The message to send now; or when it is due; or None.

    None is where nothing is to be sent any more: it was taken or given up, its endpoint was
    disabled (which is noted as an attempt) or is gone.
    """
    found = await rows(_FIND, caller.workspace_id, delivery_id)
    if not found:
        return None
    row = found[0]
    if not row["enabled"]:
        await record(caller, delivery_id, Attempt(caller.now, 0, error=_DISABLED), is_last=True)
        return None
    if row["next_attempt_at"] > caller.now:
        due: datetime = row["next_attempt_at"]
        return due
    return Message(encode_id("evt", row["id"]), row["url"], _body(row), _secrets(row, caller.now))


async def record(
    caller: Caller,
    delivery_id: UUID,
    attempt: Attempt,
    *,
    is_last: bool = False,
    job: Claimed | None = None,
) -> datetime | None:
    """Notes an attempt; when the next one is due, or None after the last.

    The job that made it is done, or put off, in the same transaction; where it is not held any more,
    because the attempt is noted already or another has it, nothing is noted.

    A receiver that answers 410 is sent nothing any more: its endpoint is disabled. Notes nothing
    where the delivery is gone.
    """

    async def act() -> datetime | None:
        delivery = await _locked(caller, delivery_id)
        if delivery is None:
            if job is not None:
                await jobs.complete(job, caller.real_now)
            return None
        attempts = [*delivery.attempts, _told(attempt)]
        is_gone = attempt.status_code == GONE
        wait = wait_after(len(attempts), random.random())
        is_over = attempt.is_taken or is_last or is_gone or wait is None
        due = None if is_over or wait is None else attempt.at + wait
        if job is not None and not await _settled(caller, job, due):
            return delivery.next_attempt_at
        status = "PENDING" if due else "DELIVERED" if attempt.is_taken else "FAILED"
        await change(delivery, {"attempts": attempts, "status": status, "next_attempt_at": due})
        if is_gone:
            await _disable(delivery, f"It answered 410 Gone at {rfc3339(attempt.at)}.")
        return due

    return await transaction(caller.workspace_id, act)


async def retry(caller: Caller, delivery_id: UUID, *, once: Once | None = None) -> UUID:
    """Has a delivery attempted once more and at once, whatever became of it; its id.

    What is left of its waits follows where that fails. Raises Forbidden, NotFound at ("id",), also
    where the caller may not read its event, and InvalidArgument while its endpoint is disabled.
    """
    caller.require("SETTINGS_WRITE")

    async def act() -> UUID:
        delivery = await _locked(caller, delivery_id)
        if delivery is None or not await _may_read_event_of(caller, delivery):
            raise not_found("id")
        place = WebhookEndpoint.filter(workspace_id=caller.workspace_id, id=delivery.endpoint_id)
        endpoint = await place.get()
        if not endpoint.enabled:
            raise InvalidArgument("Its endpoint is disabled: enable it first.", field=("id",))
        await change(delivery, {"status": "PENDING", "next_attempt_at": caller.now})
        payload = {jobs.LANE: str(endpoint.id)}
        await jobs.promise_again(
            caller.workspace_id, delivery.id, DELIVERY_JOB, payload, caller.now
        )
        return delivery.id

    return await idempotency.run(caller, once, act)


_FIND = """
SELECT event.id, event.type, event.at, event.data::text, event.previous::text, delivery.next_attempt_at,
    endpoint.url, endpoint.enabled, endpoint.secret, endpoint.previous_secret,
    endpoint.previous_secret_until
FROM webhook_deliveries AS delivery
JOIN webhook_endpoints AS endpoint ON endpoint.workspace_id = $1 AND endpoint.id = endpoint_id
JOIN events AS event ON event.workspace_id = $1 AND event.id = event_id
WHERE delivery.workspace_id = $1 AND delivery.id = $2 AND delivery.status = 'PENDING'
"""


def _body(row: Mapping[str, Any]) -> bytes:
    """The same bytes at each attempt: PostgreSQL keeps jsonb in one order."""
    previous = row["previous"]
    return orjson.dumps(
        {
            "id": encode_id("evt", row["id"]),
            "type": row["type"],
            "timestamp": rfc3339(row["at"]),
            "data": orjson.Fragment(row["data"]),
            "previous": None if previous is None else orjson.Fragment(previous),
        }
    )


def _secrets(row: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    until = row["previous_secret_until"]
    both = until is not None and now < until
    return (row["secret"], row["previous_secret"]) if both else (row["secret"],)


def _told(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": rfc3339(attempt.at),
        "status_code": attempt.status_code,
        "error": attempt.error,
        "duration_ms": attempt.duration_ms,
    }


async def _settled(caller: Caller, job: Claimed, due: datetime | None) -> bool:
    """Puts the job of an attempt off, or ends it; False where it is not held any more."""
    if due is None:
        return await jobs.complete(job, caller.real_now)
    return await jobs.put_off(job, due)


async def _locked(caller: Caller, delivery_id: UUID) -> WebhookDelivery | None:
    found: Any = WebhookDelivery.filter(workspace_id=caller.workspace_id, id=delivery_id)
    delivery: WebhookDelivery | None = await found.select_for_update(no_key=True).first()
    return delivery


async def _may_read_event_of(caller: Caller, delivery: WebhookDelivery) -> bool:
    event = Event.filter(workspace_id=caller.workspace_id, id=delivery.event_id)
    return may_read(caller, (await event.get()).subject_id)


async def _disable(delivery: WebhookDelivery, reason: str) -> None:
    await rows(
        "UPDATE webhook_endpoints SET enabled = false, disabled_reason = $3 "
        "WHERE workspace_id = $1 AND id = $2 AND enabled",
        delivery.workspace_id,
        delivery.endpoint_id,
        reason,
    )
