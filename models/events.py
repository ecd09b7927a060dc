"""Events: one row in the transaction of each change, read by history, webhooks and live updates."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable


class Event(TenantTable):
    """What happened to which object, as it was right after and, where it changed, before."""

    type: str = fields.TextField()
    subject_id: str = fields.TextField()
    invoice_id: UUID | None = fields.UUIDField(null=True)
    data: Any = fields.JSONField()
    previous: Any = fields.JSONField(null=True)
    actor: str = fields.TextField()
    at: datetime = fields.DatetimeField()

    class Meta:
        table = "events"
