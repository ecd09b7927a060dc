"""Payloads: what mutations answer, and the one way that an act is performed and a refusal turned into userErrors."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar
from uuid import UUID

import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo, get_named_type

from domain.errors import Refused
from domain.identifiers import decode_id
from plans.running import check_scopes, plan
from plans.selections import Document
from plans.statements import Run
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.directives import SemanticNonNull
from schema.errors import UserError, user_errors

if TYPE_CHECKING:
    from schema.queries import Query

UNKNOWN = UUID(int=0)
"""What a text that is no id of the wanted type stands for: no row has it."""

KEY = "idempotency_key"
SHARED = ("found", "query", "user_errors")


@dataclass(frozen=True)
class Found:
    """The row that a field of a payload reads back; of another workspace where it says so."""

    id: UUID
    workspace_id: UUID | None = None


ROOT: Any = object()
"""The root of reads: its fields need nothing of it."""


@strawberry.type
class Payload:
    """What every payload holds. `found` names the rows that its other fields read back."""

    found: strawberry.Private[Mapping[str, Found]]
    user_errors: list[UserError] = strawberry.field(
        description="Why it was refused; empty on success. Where there is one, nothing changed."
    )

    query: Annotated["Query", strawberry.lazy("schema.queries")] | None = strawberry.field(
        description="All reads, after the change: spare a second round trip.",
        directives=[SemanticNonNull()],
    )


class Input(Protocol):
    """An input that may carry an idempotency key."""

    idempotency_key: str | None


Made = TypeVar("Made", bound=Payload)
Act = Callable[[Caller, Once | None], Awaitable["Outcome"]]


@dataclass(frozen=True)
class Outcome:
    """What an act brought about: the rows to read back, by field, and plain values of the payload."""

    found: Mapping[str, Found]
    values: Mapping[str, Any]


def outcome(found: Mapping[str, UUID | Found] | None = None, **values: Any) -> Outcome:
    """An outcome; a bare id is of the caller's own workspace."""
    rows = {
        name: row if isinstance(row, Found) else Found(row) for name, row in (found or {}).items()
    }
    return Outcome(rows, values)


async def perform(info: strawberry.Info, payload: type[Made], given: Any, act: Act) -> Made:
    """Performs an act and answers its payload; a refusal becomes userErrors, here and nowhere else.

    Raises ScopeMissing, before anything happens, where the payload asks for what the caller may
    not read.
    """
    check_payload(info._raw_info)
    empty = dict.fromkeys(_own_values(payload))
    try:
        done = await act(info.context.caller, _once(info, given))
    except Refused as refused:
        return payload(found={}, query=ROOT, user_errors=user_errors(refused.refusals), **empty)
    return payload(found=done.found, query=ROOT, user_errors=[], **{**empty, **done.values})


def _own_values(payload: type[Payload]) -> list[str]:
    return [field.name for field in fields(payload) if field.init and field.name not in SHARED]


def _once(info: strawberry.Info, given: Any) -> Once | None:
    key = getattr(given, KEY, None)
    if key is None:
        return None
    rest = {field.name: getattr(given, field.name) for field in fields(given) if field.name != KEY}
    return Once(info.field_name, key, rest)


def check_payload(info: GraphQLResolveInfo[Any]) -> None:
    """Raises ScopeMissing where the caller lacks a scope that reading the payload back takes, and
    TooCostly where that is more than is left of the request's budget; TtlInvalid."""
    from schema.execution import asked_below, is_read_back

    payload = get_named_type(info.return_type)
    assert isinstance(payload, GraphQLObjectType)
    variables: Any = info.variable_values
    document = Document(info.schema, info.fragments, variables)
    rows = 0
    for key, nodes in document.fields(payload, info.field_nodes).items():
        name = nodes[0].name.value
        if name in payload.fields and is_read_back(payload.fields[name]):
            asked = asked_below(info, payload, key, nodes, document)
            run = Run(document.variables, info.context, info.context.caller.workspace_id)
            statement = plan(asked, run)
            check_scopes(statement, info.context)
            statement.functions(run)
            rows += statement.cost(run)
    info.context.budget.require(rows)


def uuid_of(prefix: str, text: str) -> UUID:
    """The uuid in a global id; UNKNOWN where it is none of this type, so that it isn't found."""
    return decode_id(prefix, text) or UNKNOWN


def given_fields(given: Any, *left_out: str) -> dict[str, Any]:
    """The fields that an input gives: those absent from it are absent here, null is None."""
    return {
        field.name: value
        for field in fields(given)
        if field.name not in left_out
        and (value := getattr(given, field.name)) is not strawberry.UNSET
    }


def changes(given: Any, *left_out: str) -> dict[str, Any]:
    """The fields that an input gives, each as resolvers take it."""
    return {name: plain(value) for name, value in given_fields(given, *left_out).items()}


def plain(value: Any) -> Any:
    """A value of an input as resolvers take it: enums as their names, input objects as dictionaries."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [plain(part) for part in value]
    if hasattr(value, "__strawberry_definition__"):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value
