"""Documents that ask for every field there is, one at a time, each by the shortest way to it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

from docs.schema_access import object_type, scopes_of
from domain.identifiers import encode_id, new_id
from schema.schema import schema
from tests.site import USER_ERRORS

ROOTS = ("Query", "Subscription")
ONE_OF_EACH_KIND = ("node", "nodes")
"""What shows anything, and takes the scope of whatever it is: no way leads through it here."""
BY_ARGUMENT = {"Query.exportUrl": {"INVOICES_READ"}}
"""What some fields take besides with the arguments that they are given here."""
SCALARS = {
    "Date": '"2026-01-31"',
    "DateTime": '"2026-01-31T00:00:00Z"',
    "Int": "60",
    "MinorUnits": "1",
    "Boolean": "true",
    "Decimal": '"1"',
    "Metadata": "{}",
    "CurrencyCode": '"USD"',
    "CountryCode": '"AT"',
    "TimeZone": '"UTC"',
}


@dataclass(frozen=True)
class Way:
    """The fields that lead from a root to an object: what to write around it, and the scopes they take."""

    root: str
    before: str
    after: str
    scopes: frozenset[str]

    def through(self, name: str, field: GraphQLField, condition: str = "") -> "Way":
        """This way and one field more."""
        on, off = (f"... on {condition} {{ ", " }") if condition else ("", "")
        more = f"{name}{arguments(field)} {{ {_refusals(field)} {on}"
        scopes = self.scopes | scopes_of(field)
        return Way(self.root, self.before + more, f"{off} }}{self.after}", scopes)


@dataclass(frozen=True)
class Question:
    """A document that asks for one field, by its name in the schema, and the scopes that it takes."""

    field: str
    root: str
    text: str
    scopes: frozenset[str]


@cache
def questions() -> list[Question]:
    """One for each field of every type that a query or a subscription reaches."""
    return [
        question
        for name, way in ways().items()
        for question in _of(object_type(name), way)
        if not question.field.startswith(("Query.__", "Subscription.__"))
    ]


def ways() -> dict[str, Way]:
    """The shortest way to every type, by its name."""
    found = {root: Way(root, "", "", frozenset()) for root in ROOTS}
    waiting = deque(found)
    while waiting:
        name = waiting.popleft()
        for step, field in object_type(name).fields.items():
            if name == "Query" and step in ONE_OF_EACH_KIND:
                continue
            for possible, condition in _objects(field):
                if possible not in found:
                    found[possible] = found[name].through(step, field, condition)
                    waiting.append(possible)
    return found


def reached_by_mutations() -> set[str]:
    """The names of the types that payloads alone lead to."""
    every = {
        name
        for name, named in schema._schema.type_map.items()
        if isinstance(named, GraphQLObjectType) and not name.startswith("__")
    }
    return every - set(ways())


def arguments(field: GraphQLField) -> str:
    """The arguments that a field can't do without, with ids that nothing has."""
    given = [
        f"{name}: {literal(argument, name)}"
        for name, argument in field.args.items()
        if is_required_argument(argument)
    ]
    return f"({', '.join(given)})" if given else ""


def literal(given: GraphQLArgument | GraphQLInputField, name: str) -> str:
    """A value for an argument or a field of an input."""
    return _literal(given.type, name)


def unknown(prefix: str) -> str:
    """An id of a kind, that nothing has."""
    return encode_id(prefix, new_id())


def below(field: GraphQLField) -> str:
    """What to select of a field so that its scope is all that it takes."""
    if not is_composite_type(get_named_type(field.type)):
        return ""
    return f"{{ __typename {_refusals(field)} }}"


def _refusals(field: GraphQLField) -> str:
    """What is selected of an object that can say why it was refused."""
    return USER_ERRORS if "userErrors" in getattr(get_named_type(field.type), "fields", {}) else ""


def _of(of: GraphQLObjectType, way: Way) -> Iterator[Question]:
    keyword = "subscription" if way.root == "Subscription" else "query"
    for name, field in of.fields.items():
        asked = f"{name}{arguments(field)} {below(field)}"
        text = f"{keyword} {{ {way.before}{asked}{way.after} }}"
        known = f"{of.name}.{name}"
        scopes = way.scopes | scopes_of(field) | BY_ARGUMENT.get(known, set())
        yield Question(known, way.root, text, scopes)


def _objects(field: GraphQLField) -> Iterator[tuple[str, str]]:
    named = get_named_type(field.type)
    if isinstance(named, GraphQLObjectType):
        yield named.name, ""
    if isinstance(named, GraphQLInterfaceType):
        for possible in schema._schema.get_possible_types(named):
            yield possible.name, possible.name


def _literal(of: Any, name: str) -> str:
    if isinstance(of, GraphQLNonNull):
        return _literal(of.of_type, name)
    if isinstance(of, GraphQLList):
        return f"[{_literal(of.of_type, name)}]"
    if isinstance(of, GraphQLEnumType):
        return str(next(iter(of.values)))
    if isinstance(of, GraphQLInputObjectType):
        parts = [name for name, part in of.fields.items() if is_required_input_field(part)]
        parts += [next(iter(of.fields))] if of.is_one_of else []
        given = [f"{part}: {literal(of.fields[part], part)}" for part in parts]
        return f"{{{', '.join(given)}}}"
    if of.name == "ID":
        return f'"{unknown("cus" if name == "customerId" else "inv")}"'
    return SCALARS.get(of.name, '"x"')
