"""Where a field's value comes from: a column, an expression, rows pointed to, or a function of columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plans.arguments import Given
from plans.filters import Bind, Condition
from plans.rows import Expression, Row


@dataclass(frozen=True)
class Table:
    """What a node type is read from, the prefix of its ids, and the scope that reading it takes.

    `customer` is the customer that a row belongs to: whoever is limited to one sees theirs alone,
    and nothing of a table that does not say whose its rows are. Rows that don't satisfy `visible`,
    where it is given, are not there for this caller.
    """

    name: str
    prefix: str
    scope: str
    customer: Expression | None = None
    visible: Expression | None = None


@dataclass(frozen=True)
class Scalar:
    """A leaf: an SQL expression, brought into the wire's form by the field's GraphQL type.

    An expression that is `written` is in that form already.
    """

    expression: Expression
    written: bool = False


@dataclass(frozen=True)
class Id:
    """The global id of the row itself."""


@dataclass(frozen=True)
class Embedded:
    """An object made of expressions of its row, such as Money; null where `present` says so."""

    parts: Mapping[str, Expression]
    present: Expression | None = None


@dataclass(frozen=True)
class JsonObject:
    """An object kept in a jsonb column; null where the column is."""

    container: Expression


@dataclass(frozen=True)
class JsonList:
    """A list of objects kept in a jsonb column, in its order."""

    container: Expression


@dataclass(frozen=True)
class One:
    """The row of another table whose id this row holds."""

    key: Expression


@dataclass(frozen=True)
class Many:
    """All rows of another table that point here, in one order."""

    points_here: str
    order: str


@dataclass(frozen=True)
class ManyParts:
    """Objects made of expressions of all rows of a table that point here and are kept, in one order."""

    table: Table
    points_here: str
    order: str
    parts: Mapping[str, Expression]
    keep: Expression


@dataclass(frozen=True)
class Order:
    """An ordering of a connection: expressions that are never null, each with its SQL type; the id breaks ties."""

    keys: tuple[tuple[Expression, str], ...]


Link = Callable[[Row, Row], str]
"""Which rows hang on another: SQL of a condition on one of them and the other."""


@dataclass(frozen=True)
class Page:
    """A connection over a table: its orderings by enum name, its default one, and its filter's conditions.

    `points_here` is the column that holds the id of the row the connection hangs on, or the condition
    on one of its rows and that row; a root connection has none. `conditions` are keyed by argument,
    and for an input object by field.
    """

    orders: Mapping[str, Order]
    default_order: str
    default_direction: str = "DESC"
    points_here: str | Link | None = None
    conditions: Mapping[str, Condition | Mapping[str, Condition]] = field(default_factory=dict)


@dataclass(frozen=True)
class All:
    """Every row of a table in the workspace, or those that a condition keeps; a root list.

    `at_most` is how many of them are answered, the first in their order.
    """

    order: Expression
    keep: Expression | None = None
    conditions: Mapping[str, Condition | Mapping[str, Condition]] = field(default_factory=dict)
    at_most: int | None = None


@dataclass(frozen=True)
class Following:
    """The rows of a table between two places in its order, told one by one; a subscription's root."""

    place: Expression
    conditions: Mapping[str, Condition] = field(default_factory=dict)


@dataclass(frozen=True)
class ById:
    """The row whose global id an argument holds; null for another type's id."""

    argument: str = "id"


@dataclass(frozen=True)
class ByColumn:
    """The row whose column equals an argument."""

    column: str
    argument: str


@dataclass(frozen=True)
class AnyNode:
    """The row of whichever node type the id argument names."""

    argument: str = "id"


@dataclass(frozen=True)
class AnyNodes:
    """The rows that a list of ids names, in its order, nulls included."""

    argument: str = "ids"


@dataclass(frozen=True)
class ByKey:
    """The row whose id the field's Python value holds: what a payload reads back."""


@dataclass(frozen=True)
class Asking:
    """An object about the caller itself: its fields need no row."""


@dataclass(frozen=True)
class Calculated:
    """An object that one query makes of the arguments, such as a report; it takes a scope.

    The query answers one row, whose columns the fields read; each relation in it says itself whose
    rows it reads. A caller who is limited to one customer is answered null.
    """

    query: Callable[[Row, Mapping[str, Given], Bind], str]
    scope: str


@dataclass(frozen=True)
class Derived:
    """A Python function of some expressions of the row, called after the statement has answered.

    Each run asks `function_for` for it, with the context and the field's arguments, before the
    statement runs: what is wrong with an argument is said then.
    """

    needs: Mapping[str, Expression]
    function_for: Callable[[Any, Mapping[str, Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Made:
    """An object that a Python function makes of some expressions of the row, as `Derived` does a value.

    The function answers mappings and lists by the schema's names of fields. Where one of them is a
    row of `rows`, it answers that row's place among those: the same statement reads it.
    """

    needs: Mapping[str, Expression]
    function_for: Callable[[Any, Mapping[str, Any]], Callable[..., Any]]
    rows: Many


Source = (
    Scalar
    | Id
    | Embedded
    | JsonObject
    | JsonList
    | One
    | Many
    | ManyParts
    | Page
    | All
    | Following
    | ById
    | ByColumn
    | AnyNode
    | AnyNodes
    | ByKey
    | Asking
    | Calculated
    | Derived
    | Made
)
Sources = Sequence[Source]
