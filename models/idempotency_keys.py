"""Idempotency keys: what a mutation answered to a key, written in the transaction of its effect."""

from datetime import datetime
from typing import Any

from tortoise import fields

from models.tables import TenantTable


class IdempotencyKey(TenantTable):
    """Unique by workspace, mutation and key; kept 30 days."""

    mutation: str = fields.TextField()
    key: str = fields.TextField()
    input_hash: str = fields.TextField()
    result: Any = fields.JSONField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "idempotency_keys"
