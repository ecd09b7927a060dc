"""The sandbox gateway's own books: a stranger's memory, which nothing but the sandbox reads."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, minor


class SandboxCard(TenantTable):
    """A token that was handed out, and how it behaves."""

    token: str = fields.TextField()
    behaviour: str = fields.TextField()
    brand: str = fields.TextField()
    last4: str = fields.TextField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "sandbox_cards"


class SandboxCharge(TenantTable):
    """A charge, known by the key that asked for it."""

    key: str = fields.TextField()
    reference: str = fields.TextField()
    behaviour: str = fields.TextField()
    status: str = fields.TextField()
    currency: str = fields.TextField()
    amount_minor: int = minor()
    refunded_minor: int = minor(default=0)
    failure_code: str | None = fields.TextField(null=True)
    failure_message: str | None = fields.TextField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "sandbox_charges"


class SandboxRefund(TenantTable):
    """A refund of a charge, known by the key that asked for it."""

    key: str = fields.TextField()
    reference: str = fields.TextField()
    charge_id: UUID = fields.UUIDField()
    amount_minor: int = minor()
    status: str = fields.TextField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "sandbox_refunds"
