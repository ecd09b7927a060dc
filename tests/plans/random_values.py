"""Random arguments: values that hit something in a world, literal or in variables, of any input type."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
)

from domain.money import MAX_MINOR
from resolvers.callers import Caller
from tests.plans.reference_forms import PREFIXES, TABLES, public_id, written
from tests.plans.world import World
from tests.plans.world_invoices import METADATA

SEARCHED = ("ann", "ANN", "100%", "_", "inv-000", "ärz", "sku", "ÜBER", "", "'", "\\", "999")
DAYS = ("2026-01-31", "2026-06-08", "2026-06-09", "2027-03-01")
NODES = tuple(PREFIXES)
PAIRS = tuple(pair for metadata in METADATA for pair in metadata.items())


@dataclass
class Variable:
    """A variable of an operation: how it is declared, and what to send for it."""

    declared: str
    roll: Callable[[], Any]
    """A new value of the same kind; Undefined is not sent."""


@dataclass
class Used:
    """The names of the variables that an operation or a fragment uses."""

    names: set[str] = field(default_factory=set)


class RandomValues:
    """Makes the text of arguments; variables that it makes are `used` wherever it writes now."""

    def __init__(self, random: Random, world: World, caller: Caller) -> None:
        self.random, self.world, self.caller = random, world, caller
        self.variables: dict[str, Variable] = {}
        self.cursors: list[str] = []
        self.used = Used()

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.random.random() < probability

    def text(self, of: GraphQLInputType, hint: str, default: Any = Undefined) -> str:
        """A literal or a variable of this type; `hint` says where it stands."""
        nullable = not isinstance(of, GraphQLNonNull)
        if self.chance(0.25):
            return self.variable(of, hint, default)
        if nullable and self.chance(0.04):
            return "null"
        return self._literal(of, hint)

    def variable(self, of: GraphQLInputType, hint: str, default: Any = Undefined) -> str:
        """A new variable; it may have a default, be null, or not be sent at all."""
        nullable = not isinstance(of, GraphQLNonNull)
        optional = nullable or default is not Undefined
        inner = of.of_type if isinstance(of, GraphQLNonNull) else of
        name = f"v{len(self.variables)}"
        declared, absent = f"${name}: {of}", 0.0
        if self.chance(0.3):
            declared = f"${name}: {inner} = {self.constant(inner, hint)}"
            absent = 0.6
        elif optional and self.chance(0.3):
            declared, absent = f"${name}: {inner}", 0.5
        may_be_null = nullable and not declared.endswith("!")

        def roll() -> Any:
            if self.chance(absent):
                return Undefined
            return None if may_be_null and self.chance(0.1) else self.value(inner, hint)

        return self._declare(name, declared, roll)

    def flag(self) -> str:
        """A condition of @include or @skip."""
        if self.chance(0.5):
            return self.random.choice(["true", "false"])
        name = f"v{len(self.variables)}"
        default = self.random.choice(["!", "! = true", " = false"])
        absent = 0.5 if "=" in default else 0

        def roll() -> Any:
            return Undefined if self.chance(absent) else self.chance(0.5)

        return self._declare(name, f"${name}: Boolean{default}", roll)

    def cursor(self) -> str:
        """A variable for a cursor of this very list, which only an answer can tell."""
        name = f"c{len(self.variables)}"
        self.cursors.append(name)
        return self._declare(name, f"${name}: String", lambda: Undefined)

    def _declare(self, name: str, declared: str, roll: Callable[[], Any]) -> str:
        self.variables[name] = Variable(declared, roll)
        self.used.names.add(name)
        return f"${name}"

    def _literal(self, of: GraphQLInputType, hint: str) -> str:
        if isinstance(of, GraphQLNonNull):
            return self._literal(of.of_type, hint)
        if isinstance(of, GraphQLList):
            if self.chance(0.1):
                return self._literal(of.of_type, hint)
            items = [self.text(of.of_type, hint) for _ in range(self.random.randint(0, 3))]
            return f"[{', '.join(items)}]"
        if isinstance(of, GraphQLInputObjectType) and of.name != "MetadataFilter":
            parts = [
                f"{name}: {self.text(of.fields[name].type, _hint(of, name, hint), _default(of, name))}"
                for name in self._parts(of)
            ]
            return f"{{{', '.join(parts)}}}"
        return self.constant(of, hint)

    def constant(self, of: GraphQLInputType, hint: str) -> str:
        """A literal without variables."""
        return printed(self.value(of, hint), of)

    def value(self, of: GraphQLInputType, hint: str) -> Any:
        """A value as JSON has it."""
        if isinstance(of, GraphQLNonNull):
            return self.value(of.of_type, hint)
        if isinstance(of, GraphQLList):
            return [self.value(of.of_type, hint) for _ in range(self.random.randint(0, 3))]
        if isinstance(of, GraphQLEnumType):
            return self.random.choice(list(of.values))
        if isinstance(of, GraphQLInputObjectType):
            if of.name == "MetadataFilter":
                key, value = self.random.choice(PAIRS)
                return {"key": key, "value": value}
            return {
                name: self.value(of.fields[name].type, _hint(of, name, hint))
                for name in self._parts(of)
            }
        return self._scalar(cast(Any, of).name, hint)

    def _parts(self, of: GraphQLInputObjectType) -> list[str]:
        needed = [
            name
            for name, part in of.fields.items()
            if isinstance(part.type, GraphQLNonNull) and part.default_value is Undefined
        ]
        rest = [name for name in of.fields if name not in needed]
        few = self.random.sample(rest, min(self.random.choice([0, 1, 1, 1, 2, 3]), len(rest)))
        return needed + few

    def _scalar(self, name: str, hint: str) -> Any:
        choice = self.random.choice
        match name:
            case "Int" if hint == "ttlSeconds":
                return choice([60, 61, 900, 86_400])
            case "Int":
                return choice([1, 1, 2, 3, 4, 7, 25, 100])
            case "Boolean":
                return choice([True, False])
            case "ID":
                return self.id(hint)
            case "CurrencyCode":
                return choice(["USD", "JPY", "KWD", "eur", "usd"])
            case "Date":
                return choice([*DAYS, self._some("invoices", "due_on").isoformat()])
            case "String" if hint == "period":
                return choice(["", "2026", "2026-06", "1999"])
            case "MinorUnits":
                return min(self._some("invoices", hint) + choice([0, 0, 1]), MAX_MINOR)
            case "DateTime":
                at = written(self._some("events" if hint == "at" else "invoices", hint))
                return choice([at, at.replace("Z", "+00:00"), at.replace("T", "t")])
        if hint == "search":
            return choice(SEARCHED)
        if hint == "startsWith":
            return choice(["INV-", "inv-", "R-2026-1", "TEST-"])
        return self._some("invoices", "number")

    def _some(self, table: str, column: str) -> Any:
        """A value that occurs in this column, anywhere."""
        found = [row[column] for row in self.world.tables[table] if row[column] is not None]
        return self.random.choice(found)

    def id(self, hint: str) -> str:
        """An id of what is wanted, mostly; else one of another type or workspace, or none at all."""
        kind = KINDS.get(hint, hint)
        if kind == "subjectId":
            kind = self.random.choice(["Customer", "Invoice", "Invoice", "Payment"])
        if kind == "node" or self.chance(0.08):
            kind = self.random.choice(NODES)
        rows: Sequence[Any] = self.world.tables[TABLES[kind]]
        if self.chance(0.85):
            rows = self.world.own(TABLES[kind], self.caller) or rows
        uuid = UUID(int=1) if self.chance(0.05) else self.random.choice(rows)["id"]
        text = public_id(kind, uuid)
        return text.upper() if self.chance(0.03) else text


KINDS = {
    "customerId": "Customer",
    "matterId": "Matter",
    "subscriptionId": "BillingSubscription",
}
COLUMNS = {
    "total": "total_minor",
    "amountDue": "amount_due_minor",
    "dueAt": "due_at",
    "issuedAt": "issued_at",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "paidAt": "paid_at",
}


def _hint(of: GraphQLInputObjectType, name: str, hint: str) -> str:
    if of.name in ("InvoiceFilter", "PaymentFilter"):
        return COLUMNS.get(name, name)
    return name if of.name in ("StringFilter", "EventFilter") else hint


def _default(of: GraphQLInputObjectType, name: str) -> Any:
    return of.fields[name].default_value


def printed(value: Any, of: GraphQLInputType) -> str:
    """A value as a literal of a document."""
    if isinstance(of, GraphQLNonNull):
        return printed(value, of.of_type)
    if isinstance(of, GraphQLList):
        return f"[{', '.join(printed(item, of.of_type) for item in value)}]"
    if isinstance(of, GraphQLInputObjectType):
        parts = [f"{name}: {printed(part, of.fields[name].type)}" for name, part in value.items()]
        return f"{{{', '.join(parts)}}}"
    return str(value) if isinstance(of, GraphQLEnumType) else json.dumps(value, ensure_ascii=False)
