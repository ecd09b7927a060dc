"""Number series and their counters: how documents are numbered, and how far each period has come."""

from uuid import UUID

from tortoise import fields

from models.tables import TenantTable


class NumberSeries(TenantTable):
    """One a workspace and document."""

    document: str = fields.TextField()
    template: str = fields.TextField()
    reset: str = fields.TextField()

    class Meta:
        table = "number_series"


class NumberCounter(TenantTable):
    """One a series and period; raised inside the transaction that issues, so a rollback gives its number back."""

    series_id: UUID = fields.UUIDField()
    period: str = fields.TextField()
    first_sequence: int = fields.BigIntField()
    last_sequence: int = fields.BigIntField()

    class Meta:
        table = "number_counters"
