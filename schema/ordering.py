"""Orderings: the ways a list can be sorted, by keys that are never null."""

from enum import Enum

import strawberry

from plans.rows import Expression, column
from plans.sources import Order
from schema.enums import enum_value


@strawberry.enum(description="Up or down.")
class OrderDirection(Enum):
    """Of an ordering."""

    ASC = enum_value("ASC", description="Smallest, oldest or first in the alphabet first.")
    DESC = enum_value("DESC", description="Largest, newest or last in the alphabet first.")


def by(expression: str | Expression, sql_type: str) -> Order:
    """An ordering by one column or expression; an index holds the same."""
    return Order(((column(expression) if isinstance(expression, str) else expression, sql_type),))


BY_CREATION = {"CREATED_AT": by("created_at", "timestamptz")}
