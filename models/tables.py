"""What every tenant table starts with, and the column kinds that they share."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

JsonObject = Mapping[str, Any]


class TenantTable(Model):
    """A row of one workspace: the database's own key is (workspace_id, id), which Tortoise cannot say."""

    id: UUID = fields.UUIDField(primary_key=True)
    workspace_id: UUID = fields.UUIDField()

    class Meta:
        abstract = True


def minor(**options: Any) -> int:
    """A bigint count of minor units."""
    return fields.BigIntField(**options)


def exact(digits: int, decimals: int, **options: Any) -> Decimal:
    """A numeric; its scale is the most decimals the rules allow, so nothing is ever rounded by it."""
    return fields.DecimalField(max_digits=digits, decimal_places=decimals, **options)


def flag(**options: Any) -> bool:
    """A boolean; Tortoise's own field is no bool to a type checker."""
    return cast(bool, fields.BooleanField(**options))
