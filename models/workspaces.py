"""Workspaces: a seller's own space, LIVE or its TEST sandbox, and the settings that invoices default from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, exact, flag, minor


class Workspace(TenantTable):
    """Its id is its workspace_id; a LIVE one names its sandbox once that exists."""

    mode: str = fields.TextField()
    sandbox_id: UUID | None = fields.UUIDField(null=True)
    name: str = fields.TextField()
    time_zone: str = fields.TextField()
    currency: str = fields.TextField()
    country: str | None = fields.TextField(null=True)
    tax_id: str | None = fields.TextField(null=True)
    address: Any = fields.JSONField(null=True)
    tax_rounding: str = fields.TextField()
    discount_tax_treatment: str = fields.TextField()
    prices_include_tax: bool = flag()
    payment_terms_days: int | None = fields.IntField(null=True)
    small_balance_limit_minor: int = minor()
    interest_percent: Decimal = exact(9, 6)
    interest_grace_days: int = fields.IntField()
    strict_chronology: bool = flag()
    closed_through: date | None = fields.DateField(null=True)
    fx_rate_max_age_h: int = fields.IntField(default=96)
    payment_fees: Any = fields.JSONField(default=dict)
    test_now: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "workspaces"
