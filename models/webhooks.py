"""Webhooks: where events are sent, and how each sending went."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, flag


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
    """One event for one endpoint, with all attempts at it."""

    endpoint_id: UUID = fields.UUIDField()
    event_id: UUID = fields.UUIDField()
    status: str = fields.TextField()
    attempts: Any = fields.JSONField()
    next_attempt_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "webhook_deliveries"
