"""Pages: a connection over a table, by keyset, forward and backward, in one subselect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode

from plans import cursors, forms
from plans.arguments import Given
from plans.compiler import Compiler, value
from plans.definitions import Field, object_of, table_of
from plans.errors import PageInvalid
from plans.forms import Json, Text, joined, json_list, json_object
from plans.rows import Row, one_row
from plans.sources import Link, Order, Page
from plans.statements import Run

PAGE_SIZE = 25
PAGE_SIZE_AT_MOST = 100


@dataclass(frozen=True)
class Window:
    """Which part of a connection a document asks for."""

    arguments: Mapping[str, Given]
    order: Order
    order_name: str
    descending: bool

    @property
    def backward(self) -> bool:
        """Whether it counts from the end."""
        return "last" in self.arguments

    def size(self, run: Run) -> int:
        """How many rows at most; PageInvalid outside 1 to 100."""
        name = "last" if self.backward else "first"
        given = self.arguments.get(name)
        size = PAGE_SIZE if given is None else given.read(run.variables)
        if not 1 <= size <= PAGE_SIZE_AT_MOST:
            raise PageInvalid(f"`{name}` is from 1 to {PAGE_SIZE_AT_MOST}, not {size}.")
        return int(size)


@value.register
def nested_page(source: Page, compiler: Compiler, field: Field, row: Row) -> Json:
    """The JSON of a connection that hangs on a row."""
    return (compile_page(compiler, source, field, row),)


def compile_page(compiler: Compiler, source: Page, field: Field, row: Row | None) -> str:
    """The JSON of a connection: the rows on the page, and what a client asked to know about them."""
    arguments = field.given(compiler.document.variables)
    window = _window(source, arguments)
    return _Connection(compiler, source, field, window, row).json()


def _window(source: Page, arguments: Mapping[str, Given]) -> Window:
    if "first" in arguments and "last" in arguments:
        raise PageInvalid("Ask for `first` or for `last`, not for both.")
    name, direction = source.default_order, source.default_direction
    if "orderBy" in arguments:
        chosen = arguments["orderBy"].example
        name, direction = (
            getattr(chosen[part], "value", chosen[part]) for part in ("field", "direction")
        )
    return Window(arguments, source.orders[name], name, direction == "DESC")


class _Connection:
    def __init__(
        self,
        compiler: Compiler,
        source: Page,
        field: Field,
        window: Window,
        row: Row | None,
    ) -> None:
        self.compiler, self.source, self.field = compiler, source, field
        self.window, self.outer = window, row
        self.connection = field.object
        edge = object_of(self.connection, "edges")
        self.node = object_of(edge, "node")
        self.table = table_of(self.node)
        above = row.many if row else one_row
        self.row = compiler.relation(self.table, lambda run: above(run) * window.size(run))
        self.selected = compiler.document.fields(self.connection, field.nodes)
        self.size = compiler.parts.parameter(window.size, "bigint")
        # One row more than the page tells whether more follow; it is read where that is asked alone.
        self.peeks = self._asks_for("hasPreviousPage" if window.backward else "hasNextPage")
        self.kept = f"{self.row.alias}.n <= {self.size}" if self.peeks else ""
        self._signing_key: str | None = None

    def json(self) -> str:
        pairs = [(key, self._part(nodes)) for key, nodes in self.selected.items()]
        inner = Row(self.compiler.parts, self.compiler.parts.alias())
        conditions = self._conditions(inner)
        bounds = self._bounds(inner)
        ordering = self._ordering(inner)
        # Those that are read alone: an invoice has some sixty.
        columns = "".join(f"{getattr(inner, name)}, " for name in self.row.columns)
        return (
            f"(SELECT {joined(json_object(pairs))} FROM (SELECT {columns}row_number() OVER "
            f"(ORDER BY {ordering}) AS n FROM {conditions}{bounds} "
            f"ORDER BY {ordering} LIMIT {self.size}{' + 1' * self.peeks}) {self.row.alias} "
            "HAVING true)"
        )

    def _asks_for(self, name: str) -> bool:
        info = object_of(self.connection, "pageInfo")
        return any(
            chosen[0].name.value == name
            for nodes in self.selected.values()
            if nodes[0].name.value == "pageInfo"
            for chosen in self.compiler.document.fields(info, nodes).values()
        )

    def _part(self, nodes: list[FieldNode]) -> Json:
        name = nodes[0].name.value
        if name == "__typename":
            return forms.constant(self.connection.name)
        if name == "nodes":
            made = self.compiler.object(self.node, nodes, self.row)
            return json_list(made, self._flipped(), self.kept)
        if name == "edges":
            return json_list(self._edge(nodes), self._flipped(), self.kept)
        if name == "pageInfo":
            return self._page_info(nodes)
        return forms.number(self._total_count())

    def _edge(self, nodes: list[FieldNode]) -> Json:
        edge = object_of(self.connection, "edges")
        made: Mapping[str, Callable[[list[FieldNode]], Json]] = {
            "__typename": lambda _: forms.constant(edge.name),
            "cursor": lambda _: forms.quoted(self._cursor(self._place(lambda key: key))),
            "node": lambda chosen: self.compiler.object(self.node, chosen, self.row),
        }
        selected = self.compiler.document.fields(edge, nodes)
        return json_object(
            [(key, made[chosen[0].name.value](chosen)) for key, chosen in selected.items()]
        )

    def _page_info(self, nodes: list[FieldNode]) -> Json:
        last, first = self._end("DESC"), self._end("ASC")
        if self.window.backward:
            last, first = first, last
        made = {
            "hasNextPage": self._has_more("before", counted=not self.window.backward),
            "hasPreviousPage": self._has_more("after", counted=self.window.backward),
            "startCursor": first,
            "endCursor": last,
            "__typename": forms.constant("PageInfo"),
        }
        info = object_of(self.connection, "pageInfo")
        selected = self.compiler.document.fields(info, nodes)
        return json_object([(key, made[chosen[0].name.value]) for key, chosen in selected.items()])

    def _end(self, way: str) -> Json:
        kept = f" FILTER (WHERE {self.kept})" if self.kept else ""

        def outermost(key: str) -> str:
            return f"(array_agg({key} ORDER BY {self.row.alias}.n {way}){kept})[1]"

        cursor = self._cursor(self._place(outermost))
        return forms.or_null(outermost(self.row.id), forms.quoted(cursor))

    def _has_more(self, cursor: str, *, counted: bool) -> Json:
        """Whether rows lie beyond a side: that of a cursor, or the one that was counted too many."""
        if cursor in self.window.arguments:
            return (Text("true"),)
        return forms.as_text(f"count(*) > {self.size}") if counted else (Text("false"),)

    def _flipped(self) -> str:
        return f"{self.row.alias}.n" + (" DESC" if self.window.backward else "")

    def _total_count(self) -> str:
        counted = Row(self.compiler.parts, self.compiler.parts.alias())
        return f"(SELECT count(*) FROM {self._conditions(counted)})"

    def _conditions(self, row: Row) -> str:
        made = [self.compiler.source_rows(self.table, row)]
        if self.source.points_here and self.outer is not None:
            made.append(_hanging(self.source.points_here, row, self.outer))
        made.extend(filtered(self.source.conditions, self.window.arguments, row, self.compiler))
        return " AND ".join(made)

    def _keys(self, row: Row) -> list[tuple[str, str]]:
        keys = [(expression(row), sql_type) for expression, sql_type in self.window.order.keys]
        return [*keys, (row.id, "uuid")]

    def _ordering(self, row: Row) -> str:
        way = " DESC" if self.window.descending != self.window.backward else ""
        return ", ".join(expression + way for expression, _ in self._keys(row))

    def _bounds(self, row: Row) -> str:
        made = ""
        for name, sign in (
            ("after", "<" if self.window.descending else ">"),
            ("before", ">" if self.window.descending else "<"),
        ):
            if name in self.window.arguments:
                made += f" AND {self._beyond(row, self.window.arguments[name], sign)}"
        return made

    def _beyond(self, row: Row, cursor: Given, sign: str) -> str:
        keys = self._keys(row)

        def read(index: int) -> Any:
            return lambda run: cursors.place(
                cursor.read(run.variables), self._key_of(run), len(keys)
            )[index]

        bound = [
            f"{self.compiler.parts.parameter(read(index), 'text')}::{sql_type}"
            for index, (_, sql_type) in enumerate(keys)
        ]
        return f"({', '.join(key for key, _ in keys)}) {sign} ({', '.join(bound)})"

    def _place(self, of: Callable[[str], str]) -> str:
        return f"jsonb_build_array({', '.join(of(key) for key, _ in self._keys(self.row))})"

    def _cursor(self, place: str) -> str:
        if self._signing_key is None:
            self._signing_key = self.compiler.parts.parameter(self._key_of, "text")
        return cursors.written(place, self._signing_key)

    def _key_of(self, run: Run) -> str:
        conditions = {
            name: self.window.arguments[name].read(run.variables)
            for name in self.source.conditions
            if name in self.window.arguments
        }
        return cursors.key(
            run.context.secret,
            run.workspace_id,
            self.table.name,
            self.window.order_name,
            self.window.descending,
            conditions,
        )


def _hanging(points_here: str | Link, row: Row, on: Row) -> str:
    if isinstance(points_here, str):
        return f"{getattr(row, points_here)} = {on.id}"
    return points_here(row, on)


def filtered(
    conditions: Mapping[str, Any], arguments: Mapping[str, Given], row: Row, compiler: Compiler
) -> list[str]:
    """The conditions that a field's arguments, or the fields of an input object among them, put on a row."""
    made: list[str] = []
    for name, condition in conditions.items():
        if name not in arguments:
            continue
        given = arguments[name]
        if isinstance(condition, Mapping):
            made.extend(
                condition[part](row, given.part(part), compiler.parts.bind)
                for part in given.present()
            )
        else:
            made.append(condition(row, given, compiler.parts.bind))
    return made
