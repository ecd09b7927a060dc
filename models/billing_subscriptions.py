"""Billing subscriptions: what makes one invoice for each period."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable


class BillingSubscription(TenantTable):
    """Its periods are counted from the day it starts on; `next_period` is the next one to bill."""

    status: str = fields.TextField()
    customer_id: UUID = fields.UUIDField()
    interval: str = fields.TextField()
    action: str = fields.TextField()
    currency: str = fields.TextField()
    lines: Any = fields.JSONField()
    start_on: date = fields.DateField()
    payment_terms_days: int = fields.IntField()
    next_period: int = fields.IntField()
    next_period_on: date | None = fields.DateField(null=True)
    next_run_at: datetime | None = fields.DatetimeField(null=True)
    last_error: str | None = fields.TextField(null=True)
    canceled_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "billing_subscriptions"
