"""Webhooks: where events are sent, and how each sending went."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, flag
from models.tracing import SETTING, TRACEPARENT

DELIVERY_JOB = "webhook.deliver"


class WebhookEndpoint(TenantTable):
    """Signs with its secret, and for a day after a rotation with the one before as well."""

    url: str = fields.TextField()
    types: Any = fields.JSONField()
    enabled: bool = flag()
    disabled_reason: str | None = fields.TextField(null=True)
    secret: str = fields.TextField()
    previous_secret: str | None = fields.TextField(null=True)
    previous_secret_until: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "webhook_endpoints"


class WebhookDelivery(TenantTable):
    """One event for one endpoint, with all attempts at it; the job that carries it out has its id."""

    endpoint_id: UUID = fields.UUIDField()
    event_id: UUID = fields.UUIDField()
    status: str = fields.TextField()
    attempts: Any = fields.JSONField()
    next_attempt_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "webhook_deliveries"


# The first half of a delivery's id is its event's: version 7, by the same instant.
_DELIVERED = """
INSERT INTO webhook_deliveries
    (workspace_id, id, endpoint_id, event_id, status, attempts, next_attempt_at, created_at)
SELECT given.workspace_id,
    (left(given.id::text, 15) || right(gen_random_uuid()::text, 21))::uuid,
    endpoint.id, given.id, 'PENDING', '[]', given.at, given.at
FROM {events} AS given CROSS JOIN webhook_endpoints AS endpoint
WHERE endpoint.workspace_id = (SELECT workspace_id FROM {events} LIMIT 1) AND endpoint.enabled
    AND (endpoint.types = '[]' OR endpoint.types ? upper(replace(given.type, '.', '_')))
RETURNING workspace_id, id, endpoint_id, next_attempt_at
"""
_PROMISED = f"""
INSERT INTO jobs (workspace_id, id, kind, payload, run_at, attempts, created_at)
SELECT workspace_id, id, '{DELIVERY_JOB}', jsonb_strip_nulls(jsonb_build_object(
        'lane', endpoint_id, '{TRACEPARENT}', nullif(current_setting('{SETTING}', true), ''))),
    next_attempt_at, 0, next_attempt_at
FROM deliveries
"""


def delivered(events: str) -> dict[str, str]:
    """The statements beside the insertion of events: their deliveries, and the jobs of those.

    So a delivery is promised if and only if its event is committed, without a round trip of its own.
    """
    return {"deliveries": _DELIVERED.format(events=events), "promised_deliveries": _PROMISED}
