"""Who gets what: each kind of caller, and the scope that each field of the schema takes, from the schema itself."""

from collections.abc import Iterator
from typing import Any, cast

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType, get_named_type

from plans.definitions import DEFINITION, SOURCE, is_read, table_of
from plans.sources import Asking, Calculated, ManyParts, Table
from schema.fields import TAKES, of_each_customer
from schema.schema import schema

UNKNOWN = "401, `UNAUTHENTICATED`"
LACKING = "`FORBIDDEN` with the scope by name: nothing is read, and nothing happens"
ABSENT = "the very answer that what doesn't exist gets"
DONE = "the answer"

CALLERS = {
    "no key": (UNKNOWN, UNKNOWN),
    "what is no key": (UNKNOWN, UNKNOWN),
    "a key that nobody was given": (UNKNOWN, UNKNOWN),
    "a revoked key": (UNKNOWN, UNKNOWN),
    "an access token that has ended": (UNKNOWN, UNKNOWN),
    "an access token whose key was revoked": (UNKNOWN, UNKNOWN),
    "an access token of another server": (UNKNOWN, UNKNOWN),
    "a JWT of an issuer that isn't ours": (UNKNOWN, UNKNOWN),
    "a key with all scopes but the one that it takes": (LACKING, LACKING),
    "a key with no scope but those that it takes": (DONE, DONE),
    "a key of another workspace": (ABSENT, ABSENT),
    "a LIVE key, of the sandbox's things": (ABSENT, ABSENT),
    "a TEST key, of the LIVE workspace's things": (ABSENT, ABSENT),
    "a token of another customer": (ABSENT, "`FORBIDDEN`: a customer's token changes nothing"),
}
"""What each kind of caller gets who reads, and who changes something."""

NOTHING, THEIRS, ALL = "nothing", "theirs", "all of it"


def callers() -> str:
    """Each kind of caller."""
    return _table(("who asks", "and reads", "and changes"), _callers())


def reads() -> str:
    """Every field of Query and Subscription."""
    rows = (
        (f"`{name}`", _listed(scopes_of(field)), _of_customer(field))
        for root in ("Query", "Subscription")
        for name, field in object_type(root).fields.items()
    )
    return _table(("to read", "takes", "a customer's token sees"), rows)


def acts() -> str:
    """Every field of Mutation."""
    rows = (
        (f"`{name}`", _listed(scopes_of(field)))
        for name, field in object_type("Mutation").fields.items()
    )
    return _table(("to do", "takes"), rows)


def guarded() -> str:
    """Every field below the roots that takes another scope than its object."""
    rows = (
        (f"`{of.name}.{name}`", _listed(more))
        for of in objects()
        for name, field in of.fields.items()
        if (more := scopes_of(field) - _own(of))
    )
    return _table(("to select", "takes"), rows)


def kinds() -> str:
    """Every type that is read from a table."""
    rows = (
        (f"`{of.name}`", _listed(_own(of)), _sees(table_of(of))) for of in objects() if is_read(of)
    )
    return _table(("an object of", "takes", "a customer's token sees"), rows)


def object_type(name: str) -> GraphQLObjectType:
    """An object type of the schema."""
    return cast(GraphQLObjectType, schema._schema.type_map[name])


def objects() -> list[GraphQLObjectType]:
    """The object types, but for roots, payloads and those that others only wrap rows in."""
    return [
        named
        for name, named in sorted(schema._schema.type_map.items())
        if isinstance(named, GraphQLObjectType)
        and name not in ("Query", "Mutation", "Subscription")
        and not name.startswith("__")
        and not name.endswith(("Payload", "Connection", "Edge"))
    ]


def scopes_of(field: GraphQLField) -> set[str]:
    """The scopes that selecting a field takes, whatever is selected below it."""
    metadata: Any = field.extensions[DEFINITION].metadata
    source = metadata.get(SOURCE)
    node = _node_of(field)
    if isinstance(source, Calculated):
        return {source.scope}
    if isinstance(source, ManyParts):
        return {source.table.scope}
    if node is not None:
        return {table_of(node).scope}
    return {scope for scope in (metadata.get(TAKES),) if scope}


def _node_of(field: GraphQLField) -> GraphQLNamedType | None:
    """The type read from a table whose rows a field answers, in a connection or not."""
    named = get_named_type(field.type)
    if isinstance(named, GraphQLObjectType) and "nodes" in named.fields:
        named = get_named_type(named.fields["nodes"].type)
    return named if is_read(named) else None


def _own(of: GraphQLObjectType) -> set[str]:
    return {table_of(of).scope} if is_read(of) else set()


def _of_customer(field: GraphQLField) -> str:
    node, source = _node_of(field), field.extensions[DEFINITION].metadata.get(SOURCE)
    if node is not None:
        return _sees(table_of(node))
    if source is None:
        return "`FORBIDDEN`"
    if isinstance(source, Calculated):
        return NOTHING
    return "who they are" if isinstance(source, Asking) else THEIRS


def _sees(table: Table) -> str:
    if table.customer is None:
        return NOTHING
    return ALL if table.customer is of_each_customer else THEIRS


def _listed(scopes: set[str]) -> str:
    return ", ".join(f"`{scope}`" for scope in sorted(scopes))


def _callers() -> Iterator[tuple[str, ...]]:
    for who, (reading, changing) in CALLERS.items():
        yield who, reading, changing


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
