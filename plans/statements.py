"""Statements: one SQL text that answers one root field, and how to bind each of its parameters at each run."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from models.walls import seeing
from plans.arguments import Given, Variables
from plans.finishing import Function
from plans.rows import Expression, Row


class Caller(Protocol):
    """Who reads."""

    @property
    def workspace_id(self) -> UUID: ...
    @property
    def customer_id(self) -> UUID | None: ...
    @property
    def now(self) -> datetime: ...
    @property
    def real_now(self) -> datetime: ...

    def has(self, scope: str) -> bool: ...


class Context(Protocol):
    """What a statement is run for.

    `guard` is a condition on the asker that every root statement holds: it answers nothing to one
    who may not ask any more, without a look-up of its own.
    """

    @property
    def caller(self) -> Caller: ...
    @property
    def secret(self) -> bytes: ...
    @property
    def settings(self) -> Mapping[str, str | None]: ...
    @property
    def guard(self) -> Expression | None: ...


class Run(NamedTuple):
    """One run of a statement: the variables, who asks, and the row that a payload reads back, or the
    places that a subscription is told of: after the first, up to the second."""

    variables: Variables
    context: Context
    workspace_id: UUID
    key: UUID | None = None
    span: tuple[int, int] = (0, 0)


PLACEHOLDER = re.compile(r"\$[0-9]+")
ReadRun = Callable[[Run], Any]
Reckon = Callable[[Run], int]
FunctionOf = Callable[[Run], Function]


@dataclass(frozen=True)
class Statement:
    """SQL that answers one JSON text, its parameters, the scopes it takes, and the functions of its derived fields."""

    sql: str
    parameters: tuple[ReadRun, ...]
    scopes: frozenset[str]
    derived: Mapping[str, FunctionOf]
    costs: tuple[Reckon, ...]

    def cost(self, run: Run) -> int:
        """How many rows the answer may hold, by the sizes of its pages; a list that isn't paged counts
        as one of usual length."""
        return sum(reckon(run) for reckon in self.costs)

    def bind(self, run: Run) -> list[Any]:
        """The parameters' values for one run."""
        return [read(run) for read in self.parameters]

    def functions(self, run: Run) -> dict[str, Function]:
        """The functions of its derived fields for one run, by their marks."""
        return {mark: function(run) for mark, function in self.derived.items()}


class Parts:
    """A statement while it is built: its parameters, aliases and scopes."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.parameters: list[ReadRun] = []
        self.scopes: set[str] = set()
        self.costs: list[Reckon] = []
        self._aliases = 0
        self._derived: dict[str, FunctionOf] = {}
        self._shared: dict[str, str] = {}

    def alias(self) -> str:
        """A name that no other relation of the statement has."""
        self._aliases += 1
        return f"t{self._aliases}"

    def parameter(self, read: ReadRun, sql_type: str) -> str:
        """A placeholder for what `read` answers at each run."""
        self.parameters.append(read)
        return f"${len(self.parameters)}::{sql_type}"

    def bind(self, given: Given, sql_type: str, change: Callable[[Any], Any] | None = None) -> str:
        """A placeholder for a given value, changed into what the driver takes."""
        if change is None:
            return self.parameter(lambda run: given.read(run.variables), sql_type)
        changed = change
        return self.parameter(lambda run: changed(given.read(run.variables)), sql_type)

    def workspace(self) -> str:
        """The placeholder of the workspace, the same wherever it stands."""
        return self._once("workspace", lambda run: run.workspace_id, "uuid")

    def caller(self, name: str, sql_type: str) -> str:
        """The placeholder of an attribute of the caller."""
        return self._once(f"caller {name}", lambda run: getattr(run.context.caller, name), sql_type)

    def setting(self, name: str) -> str:
        """The placeholder of a text among the context's settings."""
        return self._once(f"setting {name}", lambda run: run.context.settings[name], "text")

    def derived(self, function: FunctionOf) -> str:
        """The mark under which the answer holds the needs of a derived field, and each run's function of them."""
        mark = f"derived:{secrets.token_hex(8)}"
        self._derived[mark] = function
        return mark

    def finished(self, sql: str, guard: Expression | None) -> Statement:
        """The statement, whole; where `guard` doesn't hold it answers no row at all.

        It puts its workspace in sight first, for all that it reads is behind walls. Its parameters
        are those that the SQL ended up using, in that order.
        """
        condition = seeing(self.workspace())
        if guard:
            condition = f"CASE WHEN {condition} THEN {guard(Row(self))} END"
        used: dict[str, str] = {}

        def renumbered(placeholder: re.Match[str]) -> str:
            return used.setdefault(placeholder[0], f"${len(used) + 1}")

        text = PLACEHOLDER.sub(renumbered, f"SELECT ({sql})::text WHERE {condition}")
        parameters = tuple(self.parameters[int(placeholder[1:]) - 1] for placeholder in used)
        return Statement(text, parameters, frozenset(self.scopes), self._derived, tuple(self.costs))

    def _once(self, name: str, read: ReadRun, sql_type: str) -> str:
        if name not in self._shared:
            self._shared[name] = self.parameter(read, sql_type)
        return self._shared[name]
