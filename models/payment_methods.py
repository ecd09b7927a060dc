"""Payment methods: what a customer pays with, kept at the gateway and known here by its reference."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, flag


class PaymentMethod(TenantTable):
    """A customer has at most one that is the default."""

    customer_id: UUID = fields.UUIDField()
    type: str = fields.TextField()
    label: str = fields.TextField()
    gateway: str = fields.TextField()
    gateway_reference: str = fields.TextField()
    gateway_customer: str | None = fields.TextField(null=True)
    is_default: bool = flag()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "payment_methods"
