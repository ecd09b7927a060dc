"""Tax rates: what automatic tax is looked up in, by place, line code and day."""

from datetime import date, datetime
from decimal import Decimal

from tortoise import fields

from models.tables import TenantTable, exact


class TaxRate(TenantTable):
    """Holds from a day on, through another where it names one."""

    name: str = fields.TextField()
    country: str = fields.TextField()
    region: str | None = fields.TextField(null=True)
    code: str | None = fields.TextField(null=True)
    percent: Decimal = exact(9, 6)
    category: str = fields.TextField()
    valid_from: date = fields.DateField()
    valid_to: date | None = fields.DateField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "tax_rates"
