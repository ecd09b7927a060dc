"""Allowances: how far each caller has spent what it may ask for, for all processes to see."""

from datetime import datetime

from tortoise import fields

from models.tables import TenantTable


class Allowance(TenantTable):
    """Its id is made of whose and which it is. Unlogged: a crash of PostgreSQL gives all points back."""

    spent_until: datetime = fields.DatetimeField()

    class Meta:
        table = "allowances"
