"""Matters: what an invoice is about, within one customer."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable


class Matter(TenantTable):
    """A case, project or order of one customer."""

    customer_id: UUID = fields.UUIDField()
    name: str = fields.TextField()
    reference: str | None = fields.TextField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "matters"
