"""Jobs: the outbox, work that a transaction promised and a worker carries out after it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable


class Job(TenantTable):
    """Claimed under a lease; attempts count at the claim, so a job that kills its worker ends up dead."""

    kind: str = fields.TextField()
    payload: Any = fields.JSONField()
    run_at: datetime = fields.DatetimeField()
    attempts: int = fields.IntField()
    lease_token: UUID | None = fields.UUIDField(null=True)
    leased_until: datetime | None = fields.DatetimeField(null=True)
    done_at: datetime | None = fields.DatetimeField(null=True)
    dead_at: datetime | None = fields.DatetimeField(null=True)
    last_error: str | None = fields.TextField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "jobs"
