"""What the fields of a filter mean in SQL: each is a condition on a row, made of the value a caller gave."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from plans.arguments import Given
from plans.rows import Expression, Row


class Bind(Protocol):
    """Makes a given value a parameter of the statement; `change` turns it into what the driver takes."""

    def __call__(
        self, given: Given, sql_type: str, change: Callable[[Any], Any] | None = None
    ) -> str: ...


Condition = Callable[[Row, Given, Bind], str]

COMPARISONS: Mapping[str, str] = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def any_of(expression: Expression, sql_type: str = "text") -> Condition:
    """Keeps rows whose value is one of a list."""

    def condition(row: Row, given: Given, bind: Bind) -> str:
        return among(expression(row), given, bind, sql_type, _names)

    return condition


def ids(prefix: str, expression: Expression, decode: Callable[[str, str], Any]) -> Condition:
    """Keeps rows that point to one of these global ids; ids of another type match nothing."""

    def known(texts: list[str]) -> list[Any]:
        return [found for text in texts if (found := decode(prefix, text)) is not None]

    def condition(row: Row, given: Given, bind: Bind) -> str:
        return among(expression(row), given, bind, "uuid", known)

    return condition


def among(
    value: str, given: Given, bind: Bind, sql_type: str, change: Callable[[list[Any]], list[Any]]
) -> str:
    """Whether a value is one of a list; a list of one is an equation, which an index can order by."""
    if len(given.example) == 1:
        return f"{value} = {bind(given, sql_type, lambda one: next(iter(change(one)), None))}"
    return f"{value} = ANY ({bind(given, f'{sql_type}[]', change)})"


def compared(expression: Expression, sql_type: str) -> Condition:
    """Keeps rows by eq, gt, gte, lt and lte, all of which must hold."""

    def condition(row: Row, given: Given, bind: Bind) -> str:
        return conjunction(
            f"{expression(row)} {COMPARISONS[name]} {bind(given.part(name), sql_type)}"
            for name in given.present()
        )

    return condition


def matched(expression: Expression) -> Condition:
    """Keeps rows by a text's eq, in and startsWith, all of which must hold."""

    def condition(row: Row, given: Given, bind: Bind) -> str:
        made = {
            "eq": lambda part: f"{expression(row)} = {bind(part, 'text')}",
            "in": lambda part: f"{expression(row)} = ANY ({bind(part, 'text[]')})",
            "startsWith": lambda part: f"starts_with({expression(row)}, {bind(part, 'text')})",
        }
        return conjunction(made[name](given.part(name)) for name in given.present())

    return condition


def conjunction(conditions: Any) -> str:
    """All of them; true where there are none."""
    return "(" + (" AND ".join(conditions) or "true") + ")"


def _names(values: list[Any]) -> list[Any]:
    return [getattr(value, "value", value) for value in values]
