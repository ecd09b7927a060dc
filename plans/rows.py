"""Rows as SQL sees them while a statement is built: `row.due_at` is that row's column, ready to splice."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class Binder(Protocol):
    """What a row needs of the statement it stands in."""

    def workspace(self) -> str:
        """The placeholder of the caller's workspace."""
        ...

    def caller(self, name: str, sql_type: str) -> str:
        """The placeholder of an attribute of the caller."""
        ...

    def setting(self, name: str) -> str:
        """The placeholder of what the context holds under a name, as text."""
        ...


Many = Callable[[Any], int]
"""How many rows a run may answer at most."""


def one_row(_: Any) -> int:
    """How many rows a root has."""
    return 1


class Row:
    """A relation in a statement, or an object made of expressions; attributes are SQL.

    `row.due_at` is a column of the relation, or the expression that an embedded object has under
    that name; `row.columns` are those that were asked for so far, in that order. `row.outer` is the
    row that an embedded object stands in. `row.many(run)` is how many such rows a run may answer at
    most.
    """

    def __init__(
        self,
        statement: Binder,
        alias: str = "",
        expressions: Mapping[str, str] | None = None,
        outer: "Row | None" = None,
        element: Callable[[str], str] | None = None,
        many: "Many | None" = None,
    ) -> None:
        self.statement = statement
        self.alias = alias
        self.outer = outer
        self.columns: dict[str, None] = {}
        self._expressions = expressions or {}
        self._element = element
        # No constraint holds what a jsonb column lacks: a part of it may be null, whatever the schema says.
        self.is_json: bool = element is not None or (outer is not None and outer.is_json)
        self.many: Many = many or (outer.many if outer else one_row)

    def __getattr__(self, name: str) -> str:
        if name in self._expressions:
            return self._expressions[name]
        if self._element is not None:
            return self._element(name)
        self.columns[name] = None
        return f"{self.alias}.{name}"

    @property
    def now(self) -> str:
        """The caller's now, a timestamptz."""
        return self.caller("now", "timestamptz")

    @property
    def workspace(self) -> str:
        """The caller's workspace, a uuid."""
        return self.statement.workspace()

    def caller(self, name: str, sql_type: str) -> str:
        """An attribute of the caller, such as its mode."""
        return self.statement.caller(name, sql_type)

    def setting(self, name: str) -> str:
        """A text of the context, such as its public URL."""
        return self.statement.setting(name)


Expression = Callable[[Row], str]


def column(name: str) -> Expression:
    """The expression that is a column of the row."""
    return lambda row: str(getattr(row, name))


def json_text(container: str) -> Callable[[str], str]:
    """Attributes that are texts in a jsonb object."""
    return lambda name: f"({container} ->> '{name}')"
