"""Running: finds or compiles the statement of a field, checks its scopes, runs it, and answers its JSON."""

from collections.abc import Awaitable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg
import orjson

from models import tracing
from plans.definitions import Field
from plans.errors import AskerRefused, ScopeMissing, TextInvalid, TooCostly, TooSlow
from plans.finishing import Function, finished
from plans.roots import compile_root
from plans.selections import Document
from plans.statements import Context, Run, Statement

ROWS_AT_MOST = 10_000
TIME_LIMIT_S = 15.0
TOLD_AT_ONCE = 100
"""How many rows a subscription reads at once; it holds no more than these for a slow client."""
Plans = MutableMapping[Any, Statement]
# What PostgreSQL says of a null character in a text, and in JSON.
NULL_CHARACTER = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


class ReadRecord(Protocol):
    """Answers the one row of a reading statement. Raises TimeoutError where it takes longer."""

    async def __call__(
        self, sql: str, /, *values: Any, timeout_s: float
    ) -> asyncpg.Record | None: ...


class PlanningContext(Context, Protocol):
    """What reads need of a request: who asks, the statements compiled for its operation so far, and
    how they are run."""

    @property
    def plans(self) -> Plans: ...
    @property
    def budget(self) -> "Budget": ...
    @property
    def record(self) -> ReadRecord: ...


@dataclass
class Budget:
    """How many rows one request may ask for, and has asked for so far."""

    limit: int = ROWS_AT_MOST
    spent: int = 0

    def spend(self, rows: int) -> None:
        """Raises TooCostly, before anything runs, where it is more than is left, and spends nothing then."""
        self.require(rows)
        self.spent += rows

    def require(self, rows: int) -> None:
        """Raises TooCostly where so many more are not left; spends nothing."""
        if self.spent + rows > self.limit:
            raise TooCostly(self.spent + rows, self.limit)

    def leave(self) -> Awaitable[None] | None:
        """What to wait for before that runs for which rows were spent, if for anything."""
        return None


class Asked(NamedTuple):
    """A field that a client asked for: which, where in the answer, and in which document."""

    field: Field
    path: tuple[str | int, ...]
    document: Document
    context: PlanningContext


async def answer(asked: Asked, key: UUID | None = None, workspace_id: UUID | None = None) -> Any:
    """The JSON of a field, in one statement: a fragment to splice, or None.

    With `key` it is the row that a payload reads back. Raises ReadRefused for what may not be read,
    and for pages and cursors that aren't valid.
    """
    home = workspace_id or asked.context.caller.workspace_id
    found, functions = await _found(asked, Run(asked.document.variables, asked.context, home, key))
    if found is None:
        return None
    if functions:
        return orjson.Fragment(orjson.dumps(finished(orjson.loads(found), functions)))
    return orjson.Fragment(found)


async def told(asked: Asked, after: int, through: int) -> list[Any]:
    """What a subscription's field answers for each row after one place up to another, as fragments.

    Raises as `answer` does.
    """
    found, functions = await _found(asked, _following(asked, after, through))
    values = orjson.loads(found or "[]")
    return [orjson.Fragment(orjson.dumps(finished(value, functions))) for value in values]


def check_told(asked: Asked) -> int:
    """How many rows a subscription's field may be told of at once.

    Raises ScopeMissing where the caller lacks a scope that it takes, and TooCostly where a single
    row is more than the budget.
    """
    run = _following(asked, 0, 1)
    statement = plan(asked, run)
    check_scopes(statement, asked.context)
    cost = statement.cost(run)
    asked.context.budget.require(cost)
    return max(1, min(TOLD_AT_ONCE, asked.context.budget.limit // max(1, cost)))


def _following(asked: Asked, after: int, through: int) -> Run:
    home = asked.context.caller.workspace_id
    return Run(asked.document.variables, asked.context, home, span=(after, through))


async def _found(asked: Asked, run: Run) -> tuple[str | None, Mapping[str, Function]]:
    """The text that a field's statement answers, and the functions of what is derived in it."""
    statement = plan(asked, run)
    check_scopes(statement, asked.context)
    asked.context.budget.spend(statement.cost(run))
    if leave := asked.context.budget.leave():
        await leave
    functions = statement.functions(run)
    try:
        answered = await asked.context.record(
            statement.sql, *statement.bind(run), timeout_s=TIME_LIMIT_S
        )
    except TimeoutError:
        raise TooSlow(TIME_LIMIT_S) from None
    except NULL_CHARACTER:
        raise TextInvalid from None
    if answered is None:
        raise AskerRefused
    return answered[0], functions


def plan(asked: Asked, run: Run) -> Statement:
    """The statement of a field; compiled once for each shape of variables."""
    is_limited = asked.context.caller.customer_id is not None
    cached = (asked.path, asked.document.shape, asked.context.guard, is_limited)
    statement = asked.context.plans.get(cached)
    if statement is None:
        with tracing.span("plan"):
            statement = compile_root(asked.document, asked.field, run)
        asked.context.plans[cached] = statement
    return statement


def check_scopes(statement: Statement, context: Context) -> None:
    """Raises ScopeMissing where the caller lacks a scope that the statement takes."""
    if all(map(context.caller.has, statement.scopes)):
        return
    missing = sorted(scope for scope in statement.scopes if not context.caller.has(scope))
    raise ScopeMissing(f"This needs {' and '.join(missing)}, which your key doesn't have.")
