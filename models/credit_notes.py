"""Credit notes: what an issued invoice is lowered by, numbered in a series of their own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, minor


class CreditNote(TenantTable):
    """Its sums are tied to its last line's running totals, its number to the number before it, by foreign keys."""

    invoice_id: UUID = fields.UUIDField()
    status: str = fields.TextField()
    number: str = fields.TextField()
    series_id: UUID = fields.UUIDField()
    number_period: str = fields.TextField()
    number_sequence: int = fields.BigIntField()
    number_first: int = fields.BigIntField()
    reason: str = fields.TextField()
    memo: str | None = fields.TextField(null=True)
    currency: str = fields.TextField()
    tax_breakdown: Any = fields.JSONField()
    line_count: int = fields.IntField()
    subtotal_minor: int = minor()
    tax_minor: int = minor()
    total_minor: int = minor()
    pre_payment_minor: int = minor()
    written_off_minor: int = minor()
    post_payment_minor: int = minor()
    refunded_minor: int = minor()
    credit_balance_minor: int = minor()
    out_of_band_minor: int = minor()
    issued_at: datetime = fields.DatetimeField()
    voided_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "credit_notes"


class CreditNoteLine(TenantTable):
    """What it takes off one line; the running totals (…_through) chain line to line and the last to its note."""

    credit_note_id: UUID = fields.UUIDField()
    invoice_id: UUID = fields.UUIDField()
    line_item_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    currency: str = fields.TextField()
    net_minor: int = minor()
    tax_minor: int = minor()
    taxes: Any = fields.JSONField()
    net_through_minor: int = minor()
    tax_through_minor: int = minor()

    class Meta:
        table = "credit_note_lines"
