"""Places: everywhere in the schema where a caller can put a value of a scalar."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

from tests.fuzz.published import SCHEMA, root
from tests.fuzz.writing import Bare, as_json, as_literal

ROOTS = {"Query": "query", "Mutation": "mutation"}
# A valid value of each scalar, for what must be there beside the one that is tried.
VALID: dict[str, Any] = {
    "ID": "x",
    "String": "x",
    "Int": 1,
    "Boolean": True,
    "Decimal": "1",
    "MinorUnits": 1,
    "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
    "DueDate": "2026-01-01",
    "CurrencyCode": "USD",
    "CountryCode": "DE",
    "TimeZone": "UTC",
    "URL": "https://example.com",
    "Metadata": {},
}


class Place(NamedTuple):
    """An argument of a root field, and the way from it to a value of a scalar; lists hold one item."""

    kind: str
    field: str
    argument: str
    steps: tuple[str, ...]
    scalar: str

    def __str__(self) -> str:
        return ".".join((self.field, self.argument, *self.steps))

    def by_variable(self, value: Any) -> bytes:
        """A request that gives the value in a variable."""
        declared = self._given().type
        document = self._document(f"($given: {declared})", "$given")
        variables = as_json({"given": self._around(declared, self.steps, value)})
        return f'{{"query": {as_json(document)}, "variables": {variables}}}'.encode()

    def by_literal(self, value: Any) -> bytes:
        """One that writes it in the document. Raises ValueError for what a document cannot say."""
        around = self._around(self._given().type, self.steps, value)
        return f'{{"query": {as_json(self._document("", as_literal(around)))}}}'.encode()

    def _given(self) -> Any:
        return root(self.kind).fields[self.field].args[self.argument]

    def _document(self, declared: str, value: str) -> str:
        field = root(self.kind).fields[self.field]
        others = (
            f"{name}: {as_literal(self._around(one.type, (), None))}"
            for name, one in field.args.items()
            if name != self.argument and is_required_argument(one)
        )
        below = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
        arguments = ", ".join((f"{self.argument}: {value}", *others))
        return f"{ROOTS[self.kind]}{declared} {{ {self.field}({arguments}){below} }}"

    def _around(self, of: Any, steps: tuple[str, ...], value: Any) -> Any:
        """A value of a type that holds the given one at the end of these steps, and what it must."""
        if isinstance(of, GraphQLNonNull):
            return self._around(of.of_type, steps, value)
        if isinstance(of, GraphQLList):
            return [self._around(of.of_type, steps, value)]
        if isinstance(of, GraphQLInputObjectType):
            return self._object(of, steps, value)
        if steps == ():
            return value if value is not None else _valid(of)
        return value

    def _object(self, of: GraphQLInputObjectType, steps: tuple[str, ...], value: Any) -> Any:
        step, rest = (steps[0], steps[1:]) if steps else ("", ())
        made = {
            name: self._around(one.type, (), None)
            for name, one in of.fields.items()
            if name != step and is_required_input_field(one)
        }
        if step:
            made[step] = self._around(of.fields[step].type, rest, value)
        elif of.is_one_of:
            name, one = next(iter(of.fields.items()))
            made[name] = self._around(one.type, (), None)
        return made


def _valid(of: Any) -> Any:
    return Bare(next(iter(of.values))) if isinstance(of, GraphQLEnumType) else VALID[of.name]


def places() -> Iterator[Place]:
    """All of them."""
    for kind in ROOTS:
        for name, field in root(kind).fields.items():
            for argument, given in field.args.items():
                for steps, scalar in _steps(given.type):
                    yield Place(kind, name, argument, steps, scalar)


def _steps(of: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    named = get_named_type(of)
    if isinstance(named, GraphQLScalarType):
        yield (), named.name
    elif isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            for steps, scalar in _steps(field.type):
                yield (name, *steps), scalar


def scalars() -> set[str]:
    """The names of all scalars that are published."""
    return {
        name
        for name, named in SCHEMA.type_map.items()
        if isinstance(named, GraphQLScalarType) and name != "Float"
    }
