"""Allowances: a small table that is written often and may be lost."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.constraints import primary_key

STATEMENTS = [
    primary_key("allowances"),
    "ALTER TABLE allowances SET UNLOGGED",
    # A row is written again and again: with room beside it, no index is touched.
    "ALTER TABLE allowances SET (fillfactor = 50)",
]


class Migration(migrations.Migration):
    """Statement by statement, as a sharded PostgreSQL asks; Tortoise reckons its state once for all."""

    dependencies = [("billgraph", "0005_roles")]
    operations = [
        ops.CreateModel(
            name="Allowance",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("workspace_id", fields.UUIDField()),
                ("spent_until", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "allowances",
                "app": "billgraph",
                "pk_attr": "id",
                "table_description": "Its id is made of whose and which it is. Unlogged: a crash of PostgreSQL gives all points back.",
            },
            bases=["TenantTable"],
        ),
        ops.RunSQL(STATEMENTS),
    ]
