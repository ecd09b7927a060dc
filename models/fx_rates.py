"""Exchange rates: units of `quote` for one unit of `base`, as of an instant, by whoever said so."""

from datetime import datetime
from decimal import Decimal

from tortoise import fields

from models.tables import TenantTable, exact


class FxRate(TenantTable):
    """Never changed: a newer one is another row."""

    base: str = fields.TextField()
    quote: str = fields.TextField()
    rate: Decimal = exact(30, 12)
    source: str = fields.TextField()
    as_of: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "fx_rates"
