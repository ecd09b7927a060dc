"""Roots: the statement of one root field, or of one object that a payload reads back."""

from functools import singledispatch
from typing import Any, cast
from uuid import UUID

from graphql import GraphQLInterfaceType

from domain.identifiers import decode_id
from plans import sources
from plans.compiler import LIST_LENGTH, Compiler
from plans.definitions import Field, source_of, table_of
from plans.errors import PageInvalid
from plans.forms import joined, json_list
from plans.pages import compile_page, filtered
from plans.rows import Row, one_row
from plans.selections import Document
from plans.sources import Table
from plans.statements import Parts, Reckon, Run, Statement

NODES_AT_MOST = 100


def compile_root(document: Document, field: Field, run: Run) -> Statement:
    """The statement that answers a root field, built for variables of this run's shape."""
    parts = Parts(run)
    source = source_of(field.definition)
    sql = root(source, Compiler(parts, document), field)
    # A payload's row was changed by this very caller a moment ago, perhaps in its sandbox.
    guard = None if isinstance(source, sources.ByKey) else run.context.guard
    return parts.finished(sql, guard)


@singledispatch
def root(source: Any, compiler: Compiler, field: Field) -> str:
    """The JSON of a root field, by where it comes from."""
    raise TypeError(f"{type(source).__name__} is no source of a root field")


@root.register
def _page(source: sources.Page, compiler: Compiler, field: Field) -> str:
    return compile_page(compiler, source, field, None)


@root.register
def _all(source: sources.All, compiler: Compiler, field: Field) -> str:
    row = compiler.relation(field.table, lambda _: source.at_most or LIST_LENGTH)
    given = field.given(compiler.document.variables)
    kept = [compiler.source_rows(field.table, row)]
    kept += [source.keep(row)] if source.keep else []
    kept += filtered(source.conditions, given, row, compiler)
    made = compiler.object(field.object, field.nodes, row)
    order = f"{source.order(row)}, {row.id}"
    found = " AND ".join(kept)
    if source.at_most is not None:
        first = f"SELECT {row.alias}.* FROM {found} ORDER BY {order} LIMIT {source.at_most}"
        found = f"({first}) AS {row.alias}"
    return f"(SELECT {joined(json_list(made, order))} FROM {found})"


@root.register
def _following(source: sources.Following, compiler: Compiler, field: Field) -> str:
    row = compiler.relation(field.table, lambda run: run.span[1] - run.span[0])
    place = source.place(row)
    after = compiler.parts.parameter(lambda run: run.span[0], "bigint")
    through = compiler.parts.parameter(lambda run: run.span[1], "bigint")
    kept = [compiler.source_rows(field.table, row), f"{place} > {after}", f"{place} <= {through}"]
    given = field.given(compiler.document.variables)
    kept += filtered(source.conditions, given, row, compiler)
    made = compiler.object(field.object, field.nodes, row)
    return f"(SELECT {joined(json_list(made, place))} FROM {' AND '.join(kept)})"


@root.register
def _by_id(source: sources.ById, compiler: Compiler, field: Field) -> str:
    given = field.given(compiler.document.variables)[source.argument]
    prefix = field.table.prefix
    key = compiler.parts.bind(given, "uuid", lambda text: decode_id(prefix, text))
    return compiler.row(field, lambda row: f"{row.id} = {key}")


@root.register
def _by_column(source: sources.ByColumn, compiler: Compiler, field: Field) -> str:
    given = field.given(compiler.document.variables)[source.argument]
    value = compiler.parts.bind(given, "text")
    return compiler.row(field, lambda row: f"{getattr(row, source.column)} = {value}")


@root.register
def _by_key(source: sources.ByKey, compiler: Compiler, field: Field) -> str:
    key = compiler.parts.parameter(lambda run: run.key, "uuid")
    return compiler.row(field, lambda row: f"{row.id} = {key}")


@root.register
def _asking(source: sources.Asking, compiler: Compiler, field: Field) -> str:
    return joined(compiler.object(field.object, field.nodes, Row(compiler.parts)))


@root.register
def _calculated(source: sources.Calculated, compiler: Compiler, field: Field) -> str:
    parts = compiler.parts
    parts.scopes.add(source.scope)
    parts.costs.append(one_row)
    row = Row(parts, parts.alias())
    query = source.query(Row(parts), field.given(compiler.document.variables), parts.bind)
    made = joined(compiler.object(field.object, field.nodes, row))
    if parts.run.context.caller.customer_id is not None:
        return "NULL"
    return f"(SELECT {made} FROM ({query}) AS {row.alias})"


@root.register
def _any_node(source: sources.AnyNode, compiler: Compiler, field: Field) -> str:
    given = field.given(compiler.document.variables)[source.argument]

    def key(table: Table) -> str:
        return compiler.parts.parameter(
            lambda run: _visible(table, given.read(run.variables), run), "uuid"
        )

    return _whichever(compiler, field, key)


@root.register
def _any_nodes(source: sources.AnyNodes, compiler: Compiler, field: Field) -> str:
    given = field.given(compiler.document.variables)[source.argument]
    alias = compiler.parts.alias()
    columns: list[str] = []

    def key(table: Table) -> str:
        columns.append(
            compiler.parts.parameter(
                lambda run: [
                    _visible(table, text, run) for text in _few(given.read(run.variables))
                ],
                "uuid[]",
            )
        )
        return f"{alias}.key_{len(columns)}"

    made = _whichever(compiler, field, key, lambda run: len(given.read(run.variables)))
    listed = json_list((f"coalesce({made}, 'null')",), f"{alias}.place")
    names = ", ".join(f"key_{index}" for index in range(1, len(columns) + 1))
    return (
        f"(SELECT {joined(listed)} FROM unnest({', '.join(columns)}) "
        f"WITH ORDINALITY AS {alias}({names}, place))"
    )


def _whichever(compiler: Compiler, field: Field, key: Any, many: Reckon = one_row) -> str:
    """The row of whichever type its id names: at most one of these is more than null."""
    compiler.parts.costs.append(many)
    interface = cast(GraphQLInterfaceType, field.named)
    made = []
    for possible in compiler.document.schema.get_possible_types(interface):
        table = table_of(possible)
        # What a caller may not see is bound as null: it looks like what doesn't exist.
        row = Row(compiler.parts, compiler.parts.alias(), many=many)
        json = joined(compiler.object(possible, field.nodes, row))
        made.append(
            f"(SELECT {json} FROM {compiler.source_rows(table, row)} AND {row.id} = {key(table)})"
        )
    return f"coalesce({', '.join(made)})"


def _visible(table: Table, text: str, run: Run) -> UUID | None:
    return decode_id(table.prefix, text) if run.context.caller.has(table.scope) else None


def _few(texts: list[str]) -> list[str]:
    if len(texts) > NODES_AT_MOST:
        raise PageInvalid(f"`ids` takes at most {NODES_AT_MOST} ids, not {len(texts)}.")
    return texts
