"""The compiler: a selection on a row becomes the SQL expression of its JSON; `plans.pages` adds connections."""

from collections.abc import Callable, Mapping, Sequence
from functools import singledispatch
from typing import Any

from graphql import FieldNode, GraphQLObjectType, is_non_null_type

from plans import forms, sources
from plans.definitions import Field, source_of, table_of
from plans.finishing import Function
from plans.forms import Json, joined, json_list, json_object
from plans.rows import Expression, Row, json_text, one_row
from plans.selections import Document
from plans.shaping import shape
from plans.sources import Many, Table
from plans.statements import FunctionOf, Parts, Reckon, Run

LIST_LENGTH = 10
"""What a list that isn't paged, such as an invoice's lines, counts as."""


class Compiler:
    """Builds the JSON of one statement."""

    def __init__(self, parts: Parts, document: Document) -> None:
        self.parts = parts
        self.document = document

    def object(self, of: GraphQLObjectType, nodes: Sequence[FieldNode], row: Row) -> Json:
        """The JSON object that these nodes select of an object type, for a row."""
        return json_object(
            [
                (key, self._value(of, chosen, row))
                for key, chosen in self.document.fields(of, nodes).items()
            ]
        )

    def _value(self, of: GraphQLObjectType, nodes: list[FieldNode], row: Row) -> Json:
        name = nodes[0].name.value
        if name == "__typename":
            return forms.constant(of.name)
        definition = of.fields[name]
        return value(source_of(definition), self, Field(of, definition, nodes), row)

    def row(self, field: Field, condition: Callable[[Row], str], many: Reckon = one_row) -> str:
        """SQL of the one row of the field's table that a condition keeps; NULL where there is none."""
        other = self.relation(field.table, many)
        made = joined(self.object(field.object, field.nodes, other))
        return f"(SELECT {made} FROM {self.source_rows(field.table, other)} AND {condition(other)})"

    def rows(
        self, source: Many, of: GraphQLObjectType, nodes: Sequence[FieldNode], row: Row
    ) -> Json:
        """The JSON list of all rows that point to a row, each as these nodes select it."""
        table = table_of(of)
        other = self.relation(table, lambda run: row.many(run) * LIST_LENGTH)
        made = json_list(self.object(of, nodes, other), f"{other.alias}.{source.order}")
        return (
            f"(SELECT {joined(made)} FROM {self.source_rows(table, other)} "
            f"AND {other.alias}.{source.points_here} = {row.id})",
        )

    def relation(self, table: Table, many: Reckon) -> Row:
        """A new relation over a table, of so many rows; reading it takes the table's scope."""
        self.parts.scopes.add(table.scope)
        self.parts.costs.append(many)
        return Row(self.parts, self.parts.alias(), many=many)

    def source_rows(self, table: Table, row: Row) -> str:
        """The FROM clause of a relation: always within the caller's workspace, said of itself.

        For a caller who is limited to one customer, within what is that customer's as well.
        """
        kept = f"{table.name} {row.alias} WHERE {row.alias}.workspace_id = {self.parts.workspace()}"
        if self.parts.run.context.caller.customer_id is not None:
            owner = table.customer(row) if table.customer else "NULL"
            kept += f" AND {owner} = {self.parts.caller('customer_id', 'uuid')}"
        return f"{kept} AND {table.visible(row)}" if table.visible else kept

    def embedded(self, parts: Mapping[str, Expression], row: Row) -> Row:
        """A row made of expressions of another."""
        return Row(
            self.parts, expressions={name: make(row) for name, make in parts.items()}, outer=row
        )


@singledispatch
def value(source: Any, compiler: Compiler, field: Field, row: Row) -> Json:
    """The JSON of one field, by where it comes from."""
    raise TypeError(f"{type(source).__name__} is a source of root fields alone")


@value.register
def _scalar(source: sources.Scalar, compiler: Compiler, field: Field, row: Row) -> Json:
    made = source.expression(row)
    return forms.value(field.definition.type, made, source.written, never_null=not row.is_json)


@value.register
def _id(source: sources.Id, compiler: Compiler, field: Field, row: Row) -> Json:
    return forms.global_id(table_of(field.of).prefix, row.id)


@value.register
def _embedded(source: sources.Embedded, compiler: Compiler, field: Field, row: Row) -> Json:
    made = compiler.object(field.object, field.nodes, compiler.embedded(source.parts, row))
    if source.present is None or is_non_null_type(field.definition.type):
        return made
    return (f"CASE WHEN {source.present(row)} THEN {joined(made)} ELSE 'null' END",)


@value.register
def _json_object(source: sources.JsonObject, compiler: Compiler, field: Field, row: Row) -> Json:
    container = source.container(row)
    inner = Row(compiler.parts, outer=row, element=json_text(container))
    return forms.or_null(container, compiler.object(field.object, field.nodes, inner))


@value.register
def _json_list(source: sources.JsonList, compiler: Compiler, field: Field, row: Row) -> Json:
    alias = compiler.parts.alias()
    inner = Row(compiler.parts, outer=row, element=json_text(f"{alias}.value"))
    made = compiler.object(field.object, field.nodes, inner)
    return (
        f"(SELECT {joined(json_list(made, f'{alias}.place'))} FROM jsonb_array_elements("
        f"{source.container(row)}) WITH ORDINALITY AS {alias}(value, place))",
    )


@value.register
def _one(source: sources.One, compiler: Compiler, field: Field, row: Row) -> Json:
    found = compiler.row(field, lambda other: f"{other.id} = {source.key(row)}", row.many)
    return (f"coalesce({found}, 'null')",)


@value.register
def _many(source: sources.Many, compiler: Compiler, field: Field, row: Row) -> Json:
    return compiler.rows(source, field.object, field.nodes, row)


@value.register
def _many_parts(source: sources.ManyParts, compiler: Compiler, field: Field, row: Row) -> Json:
    other = compiler.relation(source.table, lambda run: row.many(run) * LIST_LENGTH)
    inner = compiler.embedded(source.parts, other)
    made = json_list(
        compiler.object(field.object, field.nodes, inner), f"{other.alias}.{source.order}"
    )
    return (
        f"(SELECT {joined(made)} FROM {compiler.source_rows(source.table, other)} "
        f"AND {other.alias}.{source.points_here} = {row.id} AND {source.keep(other)})",
    )


@value.register
def _derived(source: sources.Derived, compiler: Compiler, field: Field, row: Row) -> Json:
    function = _function_of(source, compiler, field)
    return json_object([(compiler.parts.derived(function), _needs(source, row))])


@value.register
def _made(source: sources.Made, compiler: Compiler, field: Field, row: Row) -> Json:
    lists: list[Json] = []

    def read(of: GraphQLObjectType, nodes: Sequence[FieldNode]) -> int:
        lists.append(compiler.rows(source.rows, of, nodes, row))
        return len(lists) - 1

    shaped = shape(compiler.document, field.object, field.nodes, read)
    function_of = _function_of(source, compiler, field)

    def function(run: Run) -> Function:
        make = function_of(run)
        return lambda needs, **rows: shaped(make(**needs), list(rows.values()))

    read_rows = [(f"rows_{place}", rows) for place, rows in enumerate(lists)]
    answered = json_object([("needs", _needs(source, row)), *read_rows])
    return json_object([(compiler.parts.derived(function), answered)])


def _needs(source: sources.Derived | sources.Made, row: Row) -> Json:
    return json_object(
        [
            (need, (f"coalesce(to_json({make(row)})::text, 'null')",))
            for need, make in source.needs.items()
        ]
    )


def _function_of(
    source: sources.Derived | sources.Made, compiler: Compiler, field: Field
) -> FunctionOf:
    given = field.given(compiler.document.variables)

    def function(run: Run) -> Function:
        arguments = {name: one.read(run.variables) for name, one in given.items()}
        return source.function_for(run.context, arguments)

    return function
