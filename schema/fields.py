"""How a schema type says where each of its fields comes from; the plans read it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from plans import sources
from plans.definitions import SOURCE
from plans.filters import Condition
from plans.rows import Expression, Row, column
from plans.sources import Source, Table
from schema.directives import SemanticNonNull

Type = TypeVar("Type", bound=type)
Value = TypeVar("Value")
Arguments = Mapping[str, StrawberryArgument]

TAKES = "takes"
"""Where a computed field's metadata hold the scope that it takes."""


class ReadField(StrawberryField):
    """A field that a plan answers; at the root of an operation or in a payload it runs one."""


def reads(
    name: str,
    prefix: str,
    scope: str,
    customer: str | Expression | None = None,
    visible: Expression | None = None,
) -> Callable[[Type], Type]:
    """Says which table a node type is read from, whose its rows are where a customer owns them, and
    which of them a caller with the scope sees."""
    owner = column(customer) if isinstance(customer, str) else customer

    def decorate(cls: Type) -> Type:
        cls.__table__ = Table(name, prefix, scope, owner, visible)  # type: ignore[attr-defined]  # the plans' own mark
        return cls

    return decorate


def of_its_invoice(row: Row) -> str:
    """The customer of what belongs to an invoice; nobody's while that is a draft."""
    return (
        f"(SELECT i.customer_id FROM invoices i WHERE i.workspace_id = {row.workspace} "
        f"AND i.id = {row.invoice_id} AND i.status <> 'DRAFT')"
    )


def of_each_customer(row: Row) -> str:
    """Whichever customer asks: what is everybody's, as far as the caller's scopes go."""
    return row.caller("customer_id", "uuid")


def field(
    source: Source,
    description: str,
    arguments: Arguments | None = None,
    name: str | None = None,
    deprecation_reason: str | None = None,
    null_on_fault_alone: bool = False,
) -> Any:
    """A field that comes from a source; the SDL marks one that is null on a fault alone."""
    made = ReadField(
        graphql_name=name,
        description=description,
        metadata={SOURCE: source},
        deprecation_reason=deprecation_reason,
        directives=[SemanticNonNull()] if null_on_fault_alone else [],
    )
    made.arguments = list((arguments or {}).values())
    made.init = False  # nobody constructs it: its value is the plan's
    return made


def scalar(source: str | Expression, description: str, **options: Any) -> Any:
    """A leaf: a column by its name, or an SQL expression."""
    expression = column(source) if isinstance(source, str) else source
    return field(sources.Scalar(expression), description, **options)


def money(minor: str | Expression, description: str, currency: str = "currency") -> Any:
    """An amount: a column of minor units, or an expression, and the column of its currency."""
    expression = column(minor) if isinstance(minor, str) else minor
    parts = {"minor": expression, "currency": column(currency)}
    return field(sources.Embedded(parts, lambda row: f"{expression(row)} IS NOT NULL"), description)


def entry_money(name: str, description: str) -> Any:
    """An amount in an entry of a jsonb list, in the currency of the row that holds the list."""
    parts = {
        "minor": lambda entry: f"{getattr(entry, name)}::bigint",
        "currency": lambda entry: entry.outer.currency,
    }
    return field(
        sources.Embedded(parts, lambda entry: f"{getattr(entry, name)} IS NOT NULL"), description
    )


def one(key: str, description: str) -> Any:
    """The object whose id a column holds."""
    return field(sources.One(column(key)), description)


def many(points_here: str, order: str, description: str) -> Any:
    """All the objects of another table that point here, in the order of one of its columns."""
    return field(sources.Many(points_here, order), description)


def json_object(container: str, description: str) -> Any:
    """An object kept in a jsonb column."""
    return field(sources.JsonObject(column(container)), description)


def json_list(container: str, description: str) -> Any:
    """A list of objects kept in a jsonb column."""
    return field(sources.JsonList(column(container)), description)


def derived(
    function: Callable[..., Any], needs: Mapping[str, Expression], description: str, **options: Any
) -> Any:
    """A Python function of some expressions of the row."""
    return field(sources.Derived(needs, lambda *_: function), description, **options)


def derived_for(
    function_for: Callable[[Any, Mapping[str, Any]], Callable[..., Any]],
    needs: Mapping[str, Expression],
    description: str,
    arguments: Arguments,
) -> Any:
    """The same for a function that depends on the context and on arguments of the field."""
    return field(sources.Derived(needs, function_for), description, arguments)


def made(
    function_for: Callable[[Any, Mapping[str, Any]], Callable[..., Any]],
    needs: Mapping[str, Expression],
    rows: sources.Many,
    description: str,
    arguments: Arguments,
) -> Any:
    """An object made by a Python function, some of whose parts are rows that point here."""
    return field(sources.Made(needs, function_for, rows), description, arguments)


def argument(
    name: str, annotation: Any, description: str, default: Any = strawberry.UNSET
) -> dict[str, StrawberryArgument]:
    """One argument of a field, by its Python name."""
    return {
        name: StrawberryArgument(
            python_name=name,
            graphql_name=None,
            type_annotation=StrawberryAnnotation(annotation),
            description=description,
            default=default,
        )
    }


PAGING: Arguments = {
    **argument(
        "first", int | None, "How many from the start, 1 to 100; 25 where neither is given."
    ),
    **argument("after", str | None, "Only what comes after this cursor."),
    **argument("last", int | None, "How many from the end, 1 to 100; not together with first."),
    **argument("before", str | None, "Only what comes before this cursor."),
}


def page(
    description: str,
    orders: Mapping[str, sources.Order],
    default_order: str = "CREATED_AT",
    points_here: str | sources.Link | None = None,
    conditions: Mapping[str, Condition | Mapping[str, Condition]] | None = None,
    arguments: Arguments | None = None,
) -> Any:
    """A connection: its orderings, the column that points here, and what its arguments keep."""
    source = sources.Page(
        orders, default_order, points_here=points_here, conditions=conditions or {}
    )
    at_the_root = points_here is None
    given = {**PAGING, **(arguments or {})}
    return field(source, description, given, null_on_fault_alone=at_the_root)


def by_id(description: str) -> Any:
    """The object of one type whose global id is given."""
    return field(sources.ById(), description, argument("id", strawberry.ID, "Its global id."))


def read_back(description: str) -> Any:
    """A payload's object: the act answers its id, and a plan reads it after the change."""
    return field(sources.ByKey(), description)


def computed(
    *, description: str, takes: str | None = None
) -> Callable[[Callable[..., Awaitable[Value]]], Value]:
    """A field that a function answers: of Mutation, or a query that calculates instead of reading.

    `takes` is the scope that its act always requires; it is said here for who reads the schema.
    """
    made: Any = strawberry.field(
        description=f"{description} Takes {takes}." if takes else description,
        directives=[SemanticNonNull()],
        metadata={TAKES: takes},
    )
    return cast(Callable[[Callable[..., Awaitable[Value]]], Value], made)
