"""The wire's exact forms: SQL that writes each value as JSON text, to be joined into the answer.

PostgreSQL's json_build_object looks up the type of each argument at each call; joined texts took two
thirds of its time for a page of invoices. So a value here is never null and is JSON already: a
sequence of pieces, each a literal or an SQL expression, that one concat() puts together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)

ARGUMENTS_AT_MOST = 90  # PostgreSQL's functions take 100
INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
DAY = "YYYY-MM-DD"


@dataclass(frozen=True, slots=True)
class Text:
    """A piece that is the same in every answer."""

    text: str


Piece = str | Text
Json = tuple[Piece, ...]
"""JSON text in pieces: SQL expressions, and literals."""

NULL: Json = (Text("null"),)


def quoted(expression: str) -> Json:
    """A text without anything to escape."""
    return (Text('"'), expression, Text('"'))


def instant(expression: str) -> Json:
    """UTC with exactly six fractional digits and a Z."""
    return quoted(f"to_char({expression} AT TIME ZONE 'UTC', '{INSTANT}')")


def day(expression: str) -> Json:
    """A calendar day."""
    return quoted(f"to_char({expression}, '{DAY}')")


def decimal(expression: str) -> Json:
    """A numeric in plain notation, without trailing zeros."""
    return quoted(f"trim_scale({expression})")


def number(expression: str) -> Json:
    """An integer, which concat() writes by itself."""
    return (expression,)


def as_text(expression: str) -> Json:
    """A boolean, or jsonb."""
    return (f"({expression})::text",)


def escaped(expression: str) -> Json:
    """Any text, or whatever else PostgreSQL itself has a JSON form of."""
    return (f"to_json({expression})",)


FORMS: Mapping[str, Callable[[str], Json]] = {
    "DateTime": instant,
    "Date": day,
    "Decimal": decimal,
    "Int": number,
    "MinorUnits": number,
    "Boolean": as_text,
    "Metadata": as_text,
    "JSON": as_text,
    "CurrencyCode": quoted,
    "CountryCode": quoted,
}


def global_id(prefix: str, expression: str) -> Json:
    """The opaque id of a row: its prefix and the 32 hexadecimal digits of its uuid."""
    return (Text(f'"{prefix}_'), f"encode(uuid_send({expression}), 'hex')", Text('"'))


def value(
    of: GraphQLOutputType, expression: str, written: bool = False, never_null: bool = True
) -> Json:
    """An expression in the form of a GraphQL scalar, enum, or list kept as JSON; null where it is.

    A non-null type is believed where `never_null` says that the database holds it too.
    """
    named = get_named_type(of)
    if is_list_type(get_nullable_type(of)):
        made = as_text(expression)
    elif written or isinstance(named, GraphQLEnumType):
        made = quoted(expression)
    else:
        made = FORMS.get(named.name, escaped)(expression)
    return made if is_non_null_type(of) and never_null else or_null(expression, made)


def or_null(expression: str, made: Json) -> Json:
    """JSON made of an expression, or null where that is."""
    if len(made) == 1 and not isinstance(made[0], Text):
        return (f"coalesce(({joined(made)})::text, 'null')",)
    return (f"CASE WHEN {expression} IS NULL THEN 'null' ELSE {joined(made)} END",)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def constant(text: str) -> Json:
    """A name of the schema."""
    return (Text(f'"{text}"'),)


def json_object(pairs: Sequence[tuple[str, Json]]) -> Json:
    """The JSON object of these keys and values."""
    made: list[Piece] = []
    for index, (key, pieces) in enumerate(pairs):
        made += [Text(f'{"," if index else "{"}"{key}":'), *pieces]
    return (*made, Text("}" if pairs else "{}"))


def json_list(made: Json, order: str, keep: str = "") -> Json:
    """The JSON list of a value over rows; empty where there are none."""
    kept = f" FILTER (WHERE {keep})" if keep else ""
    return (Text("["), f"string_agg({joined(made)}, ',' ORDER BY {order}){kept}", Text("]"))


def joined(pieces: Json) -> str:
    """SQL of the whole text."""
    arguments = [_sql(piece) for piece in _merged(pieces)]
    if len(arguments) == 1:
        return arguments[0]
    while len(arguments) > ARGUMENTS_AT_MOST:
        arguments = [
            f"concat({', '.join(arguments[start : start + ARGUMENTS_AT_MOST])})"
            for start in range(0, len(arguments), ARGUMENTS_AT_MOST)
        ]
    return f"concat({', '.join(arguments)})"


def _merged(pieces: Json) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, Text) and isinstance(merged[-1], Text):
            merged[-1] = Text(merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return merged


def _sql(piece: Piece) -> str:
    return literal(piece.text) if isinstance(piece, Text) else piece
