"""Line items: what is sold, its amounts, and the running totals that tie it to the line before it."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import TenantTable, exact, flag, minor


class LineItem(TenantTable):
    """The running totals (…_through) chain line to line and the last line to its invoice."""

    invoice_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    code: str | None = fields.TextField(null=True)
    description: str = fields.TextField()
    currency: str = fields.TextField()
    quantity: Decimal = exact(18, 8)
    unit_amount: Decimal = exact(30, 12)
    discount_given: Any = fields.JSONField(null=True)
    taxes: Any = fields.JSONField()
    tax_percent: Decimal = exact(12, 6)
    automatic_tax: bool = flag()
    period_start: date | None = fields.DateField(null=True)
    period_end: date | None = fields.DateField(null=True)
    metadata: Any = fields.JSONField()
    amount_minor: int = minor()
    discount_minor: int = minor()
    allocated_discount_minor: int = minor()
    tax_minor: int = minor()
    credited_net_minor: int = minor(default=0)
    credited_tax_minor: int = minor(default=0)
    amount_through_minor: int = minor()
    discount_through_minor: int = minor()
    tax_through_minor: int = minor()

    class Meta:
        table = "line_items"
