"""Invoices: the document, its sums, its place in its number series, and what its ledger adds up to."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, exact, flag, minor


class Invoice(TenantTable):
    """Its sums are tied to its last line's running totals, its number to the number before it, by foreign keys."""

    version: int = fields.IntField()
    status: str = fields.TextField()
    customer_id: UUID = fields.UUIDField()
    matter_id: UUID | None = fields.UUIDField(null=True)

    number: str | None = fields.TextField(null=True)
    series_id: UUID | None = fields.UUIDField(null=True)
    number_period: str | None = fields.TextField(null=True)
    number_sequence: int | None = fields.BigIntField(null=True)
    number_first: int | None = fields.BigIntField(null=True)

    currency: str = fields.TextField()
    presentment_currency: str = fields.TextField()
    settlement_currency: str = fields.TextField()
    fx_rate: Decimal | None = exact(30, 12, null=True)
    fx_rate_source: str | None = fields.TextField(null=True)
    fx_rate_locked_at: datetime | None = fields.DatetimeField(null=True)
    settlement_total_minor: int | None = minor(null=True)

    time_zone: str = fields.TextField()
    issued_at: datetime | None = fields.DatetimeField(null=True)
    due_at: datetime = fields.DatetimeField()
    due_on: date = fields.DateField()
    due_given: str = fields.TextField()  # TERMS, DATE or INSTANT: what finalize reckons dueAt from
    sent_at: datetime | None = fields.DatetimeField(null=True)
    viewed_at: datetime | None = fields.DatetimeField(null=True)
    paid_at: datetime | None = fields.DatetimeField(null=True)
    voided_at: datetime | None = fields.DatetimeField(null=True)
    void_reason: str | None = fields.TextField(null=True)
    marked_uncollectible_at: datetime | None = fields.DatetimeField(null=True)
    uncollectible_reason: str | None = fields.TextField(null=True)
    closed_by: str | None = fields.TextField(null=True)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    notes: str | None = fields.TextField(null=True)
    internal_notes: str | None = fields.TextField(null=True)
    fees_waived: bool = flag()
    metadata: Any = fields.JSONField()
    prices_include_tax: bool = flag()
    discount_tax_treatment: str = fields.TextField()
    tax_rounding: str = fields.TextField()
    discounts: Any = fields.JSONField()
    tax_breakdown: Any = fields.JSONField()

    line_count: int = fields.IntField()
    subtotal_minor: int = minor()
    discount_minor: int = minor()
    tax_minor: int = minor()
    total_minor: int = minor()
    interest_minor: int = minor(db_default=0)
    amount_paid_minor: int = minor(db_default=0)
    amount_credited_minor: int = minor(db_default=0)
    amount_refunded_minor: int = minor(db_default=0)
    amount_written_off_minor: int = minor(db_default=0)
    credit_balance_applied_minor: int = minor(db_default=0)
    amount_due_minor: int = minor()

    ledger_count: int = fields.IntField(default=0)
    interest_through: date | None = fields.DateField(null=True)
    subscription_id: UUID | None = fields.UUIDField(null=True)
    subscription_period: int | None = fields.IntField(null=True)

    seller: Any = fields.JSONField(null=True)
    buyer: Any = fields.JSONField(null=True)
    pay_token: str | None = fields.TextField(null=True)

    class Meta:
        table = "invoices"
