"""API keys: who may call, stored as a hash, for one workspace and some scopes."""

from datetime import datetime

from tortoise import fields

from models.tables import TenantTable


class ApiKey(TenantTable):
    """Found by the SHA-256 of its secret, which is never stored."""

    token_hash: bytes = fields.BinaryField()
    name: str = fields.TextField()
    hint: str = fields.TextField()
    mode: str = fields.TextField()
    scopes: list[str] = fields.JSONField()
    last_used_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "api_keys"
