"""What every tenant table starts with, and the column kinds that they share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

JsonObject = Mapping[str, Any]


@dataclass(frozen=True)
class Insertion:
    """A statement that inserts rows, and the named ones beside it that it needs."""

    statement: str
    beside: Mapping[str, str] = field(default_factory=dict)


class Table(Model):
    """Anything that rows are inserted into."""

    # Tortoise's own looks for relations and asynchronous defaults, which no table here has: a fifth
    # of the time that an invoice's rows take to make.
    __setattr__ = object.__setattr__  # type: ignore[assignment]  # its keys are texts, said more strictly

    class Meta:
        abstract = True

    @classmethod
    def insertion(cls, parameter: str) -> Insertion:
        """How rows are inserted from a JSON list; a table where that is more than that says so."""
        table, columns = cls._meta.db_table, listed(cls._meta.fields_db_projection)
        return Insertion(
            f"INSERT INTO {table} ({columns}) SELECT {columns} "
            f"FROM json_populate_recordset(NULL::{table}, {parameter}::json)"
        )


class TenantTable(Table):
    """A row of one workspace: the database's own key is (workspace_id, id), which Tortoise cannot say."""

    id: UUID = fields.UUIDField(primary_key=True)
    workspace_id: UUID = fields.UUIDField()

    class Meta:
        abstract = True


def listed(columns: Iterable[str]) -> str:
    """Columns as SQL lists them."""
    return ", ".join(columns)


def minor(**options: Any) -> int:
    """A bigint count of minor units."""
    return fields.BigIntField(**options)


def exact(digits: int, decimals: int, **options: Any) -> Decimal:
    """A numeric; its scale is the most decimals the rules allow, so nothing is ever rounded by it."""
    return fields.DecimalField(max_digits=digits, decimal_places=decimals, **options)


def flag(**options: Any) -> bool:
    """A boolean; Tortoise's own field is no bool to a type checker."""
    return cast(bool, fields.BooleanField(**options))
