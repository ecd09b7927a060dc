"""Statements as they are sent: which relations of one don't say whose rows they mean.

A relation is fixed where its workspace_id is, in the end, a value that came with the statement: that
is what keeps tenants apart, and what a sharded PostgreSQL needs to know where to go.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp

import models  # noqa: F401 - every table is known once all are imported
from models.tables import Table

GIVEN = "given"
COLUMN = "workspace_id"
CREDENTIALS = frozenset({"api_keys", "pay_links"})
"""Tables by which a workspace is found: a secret's hash says whose row is meant."""
HASH = "token_hash"
# What the parser takes for something else: how rows are locked, and a parameter beside another.
PARAMETER = re.compile(r"\$(\d+)")
LOCKING = re.compile(
    r"\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b(?: OF \w+)?(?: SKIP LOCKED)?(?=\s*(?:\)|$))"
)


def _named(table: type[Table]) -> Iterator[str]:
    for kind in table.__subclasses__():
        if not kind._meta.abstract:
            yield kind._meta.db_table
        yield from _named(kind)


TABLES = frozenset(_named(Table))


@cache
def unfixed(sql: str) -> tuple[str, ...]:
    """The tables of tenants that a statement reads or changes without fixing their workspace."""
    text = PARAMETER.sub(r":given\1", LOCKING.sub("", sql))
    return tuple(_Reading(sqlglot.parse_one(text, read="postgres")).unfixed())


class _Reading:
    """One statement: its relations, and what their workspace_id is made equal to."""

    def __init__(self, tree: exp.Expr) -> None:
        self.tree = tree
        self.named = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}
        self._same: dict[Any, Any] = {}

    def unfixed(self) -> Iterator[str]:
        for left, right in self._equalities():
            self._join(self._meant(left), self._meant(right))
        for join in self.tree.find_all(exp.Join):
            if any(column.name == COLUMN for column in join.args.get("using") or ()):
                select = _scope(join)
                assert select is not None
                first, *_ = _sources(select)
                self._join(self._behind(select, join.this), self._behind(select, first))
        for relation in self.tree.find_all(exp.Table):
            if relation.name in TABLES and relation.name not in self.named:
                yield from self._judged(relation)

    def _judged(self, relation: exp.Table) -> Iterator[str]:
        if isinstance(relation.parent, exp.Schema):
            if COLUMN not in {column.name for column in relation.parent.expressions}:
                yield relation.name
        elif self._end((id(_scope(relation)), relation.alias_or_name)) != GIVEN:
            yield relation.name

    def _equalities(self) -> Iterator[tuple[exp.Expr, exp.Expr]]:
        for equal in filter(_holds, self.tree.find_all(exp.EQ)):
            yield from zip(_parts(equal.this), _parts(equal.expression), strict=False)
        for one_of in filter(_holds, self.tree.find_all(exp.In)):
            if query := one_of.args.get("query"):
                chosen = [one.unalias() for one in query.this.expressions]
                yield from zip(_parts(one_of.this), chosen, strict=False)

    def _meant(self, found: exp.Expr) -> Any:
        """What a value stands for: a relation's workspace, or one that was given."""
        found = found.unnest()
        if isinstance(found, exp.Subquery | exp.Select):
            return self._meant(found.selects[0].unalias())
        if isinstance(found, exp.Column) and found.name in (COLUMN, HASH):
            return self._home(found)
        return object() if found.find(exp.Column) else GIVEN

    def _home(self, column: exp.Column) -> Any:
        scope = _scope(column)
        while scope is not None:
            for source in _sources(scope):
                if not column.table or column.table == source.alias_or_name:
                    is_key = column.name == COLUMN or source.name in CREDENTIALS
                    return self._behind(scope, source) if is_key else object()
            scope = _scope(scope)
        return object()

    def _behind(self, scope: exp.Expr, source: exp.Expr) -> Any:
        """A table itself; of a query with a name, the table whose workspace it passes on."""
        query = self.named.get(source.name) if isinstance(source, exp.Table) else source.this
        if isinstance(source, exp.Table) and source.name in TABLES and query is None:
            return (id(scope), source.alias_or_name)
        if not isinstance(query, exp.Query | exp.DML):
            return GIVEN
        passed = {one.alias_or_name: one.unalias() for one in _passed_on(query)}
        if COLUMN in passed:
            return self._meant(passed[COLUMN])
        return self._behind(query, next(_sources(query))) if "*" in passed else object()

    def _join(self, left: Any, right: Any) -> None:
        ends = {self._end(left), self._end(right)}
        last = GIVEN if GIVEN in ends else self._end(right)
        for end in ends - {last}:
            self._same[end] = last

    def _end(self, one: Any) -> Any:
        while one in self._same:
            one = self._same[one]
        return one


def _holds(condition: exp.Expr) -> bool:
    """Whether it must be true of each row, and is no assignment."""
    while isinstance(condition.parent, exp.And | exp.Paren):
        condition = condition.parent
    return isinstance(condition.parent, exp.Where | exp.Join)


def _parts(found: exp.Expr) -> list[exp.Expr]:
    found = found.unnest()
    return found.expressions if isinstance(found, exp.Tuple) else [found]


def _scope(found: exp.Expr) -> exp.Expr | None:
    return found.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Insert)


def _sources(scope: exp.Expr) -> Iterator[exp.Expr]:
    """What stands in FROM, in its joins, and what is changed."""
    if not isinstance(scope, exp.Select):
        yield scope.this
    if first := scope.args.get("from_"):
        yield first.this
        yield from (join.this for join in first.this.args.get("joins") or ())
    yield from (join.this for join in scope.args.get("joins") or ())
    yield from scope.args.get("using") or ()


def _passed_on(query: exp.Query | exp.DML) -> list[exp.Expr]:
    returned = query.args.get("returning")
    return list(returned.expressions if returned else query.args["expressions"])
