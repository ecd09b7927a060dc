"""Customers: whom invoices go to, with the consent that e-mail needs."""

from datetime import datetime
from typing import Any

from tortoise import fields

from models.tables import TenantTable


class Customer(TenantTable):
    """A customer as it is now; an issued invoice keeps its own snapshot."""

    version: int = fields.IntField()
    name: str = fields.TextField()
    email: str | None = fields.TextField(null=True)
    email_consent: str = fields.TextField()
    email_consent_at: datetime | None = fields.DatetimeField(null=True)
    currency: str | None = fields.TextField(null=True)
    locale: str | None = fields.TextField(null=True)
    time_zone: str | None = fields.TextField(null=True)
    address: Any = fields.JSONField(null=True)
    tax_id: str | None = fields.TextField(null=True)
    tax_treatment: str = fields.TextField()
    payment_terms_days: int | None = fields.IntField(null=True)
    archived_at: datetime | None = fields.DatetimeField(null=True)
    metadata: Any = fields.JSONField()
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "customers"
