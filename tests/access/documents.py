"""Documents that ask for every field there is, one at a time, each by the shortest way to it."""

from collections import deque
from collections.abc import Callable, Iterator
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
from plans.definitions import is_read, table_of
from schema.schema import schema
from tests.site import USER_ERRORS

IdOf = Callable[[str], str]
"""The id of something of a kind, by its prefix."""
TOLD = ("Subscription", "Event", "WebhookDelivery")
"""Types that a subscription is tried with as well."""
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

    def through(self, name: str, field: GraphQLField, id_of: IdOf, condition: str = "") -> "Way":
        """This way and one field more."""
        on, off = (f"... on {condition} {{ ", " }") if condition else ("", "")
        more = f"{name}{arguments(field, id_of)} {{ {_refusals(field)} {on}"
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
    """One for each field of every type that a query reaches, and of what a subscription tells."""
    told = ways("Subscription")
    asked = [*ways("Query").items(), *((name, told[name]) for name in TOLD)]
    return [question for name, way in asked for question in _of(object_type(name), way)]


def ways(root: str, id_of: IdOf | None = None) -> dict[str, Way]:
    """The shortest way from a root to every type, by its name; through things with these ids, or with
    ids that nothing has."""
    found = {root: Way(root, "", "", frozenset())}
    waiting = deque(found)
    while waiting:
        name = waiting.popleft()
        for step, field in object_type(name).fields.items():
            if name == "Query" and step in ONE_OF_EACH_KIND:
                continue
            for possible, condition in _objects(field):
                if possible not in found:
                    found[possible] = found[name].through(step, field, id_of or unknown, condition)
                    waiting.append(possible)
    return found


def unread() -> set[str]:
    """The names of the types that no query leads to."""
    every = {
        name
        for name, named in schema._schema.type_map.items()
        if isinstance(named, GraphQLObjectType) and not name.startswith("__")
    }
    return every - set(ways("Query"))


def connections(id_of: IdOf | None = None) -> Iterator[tuple[str, str]]:
    """Every field that is read by pages, with a document in which %s stands for its other arguments."""
    for name, way in ways("Query", id_of).items():
        for step, field in object_type(name).fields.items():
            if "first" in field.args:
                page = f"{step}%s {{ edges {{ cursor }} }}"
                yield (
                    f"{name}.{step}",
                    f"query($cursor: String) {{ {way.before}{page}{way.after} }}",
                )


def arguments(field: GraphQLField, id_of: IdOf | None = None) -> str:
    """The arguments that a field can't do without; an id is of the kind that it answers."""
    named = get_named_type(field.type)
    given = [
        f'{name}: "{(id_of or unknown)(table_of(named).prefix)}"'
        if name == "id" and is_read(named)
        else f"{name}: {literal(argument, name)}"
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
