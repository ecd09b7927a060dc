"""The tables as Tortoise models: only the columns that are asked for, so that no other is fetched."""

from tortoise import fields
from tortoise.models import Model


class Customer(Model):
    """Whom invoices go to."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    name = fields.TextField()
    email = fields.TextField(null=True)
    invoices: fields.ReverseRelation["Invoice"]

    class Meta:
        table = "customers"


class Invoice(Model):
    """An invoice."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    number = fields.TextField(null=True)
    status = fields.TextField()
    issued_at = fields.DatetimeField(null=True)
    due_on = fields.DateField()
    created_at = fields.DatetimeField()
    total_minor = fields.BigIntField()
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "naive.Customer", related_name="invoices"
    )
    lines: fields.ReverseRelation["Line"]

    class Meta:
        table = "invoices"


class Line(Model):
    """A line of an invoice."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "naive.Invoice", related_name="lines"
    )
    position = fields.IntField()
    description = fields.TextField()
    quantity = fields.DecimalField(max_digits=18, decimal_places=8)
    unit_amount = fields.DecimalField(max_digits=30, decimal_places=12)
    amount_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()

    class Meta:
        table = "line_items"
