"""The wire's exact forms: how an SQL value of each GraphQL scalar is written into the JSON."""

from collections.abc import Callable, Mapping, Sequence

PAIRS_AT_MOST = 49  # PostgreSQL's functions take 100 arguments
INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def instant(expression: str) -> str:
    """UTC with exactly six fractional digits and a Z."""
    return f"to_char({expression} AT TIME ZONE 'UTC', '{INSTANT}')"


def decimal(expression: str) -> str:
    """A numeric in plain notation, without trailing zeros."""
    return f"trim_scale({expression})::text"


def as_it_is(expression: str) -> str:
    """What PostgreSQL's own JSON says: texts, integers, booleans, dates and jsonb."""
    return expression


FORMS: Mapping[str, Callable[[str], str]] = {"DateTime": instant, "Decimal": decimal}


def global_id(prefix: str, expression: str) -> str:
    """The opaque id of a row: its prefix and the 32 hexadecimal digits of its uuid."""
    return f"'{prefix}_' || replace({expression}::text, '-', '')"


def written(scalar: str, expression: str) -> str:
    """An expression in the form of a GraphQL scalar or enum."""
    return FORMS.get(scalar, as_it_is)(expression)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def json_object(pairs: Sequence[tuple[str, str]]) -> str:
    """The JSON object of these keys and expressions; a long one is joined from several."""
    if len(pairs) > PAIRS_AT_MOST:
        head, tail = json_object(pairs[:PAIRS_AT_MOST]), json_object(pairs[PAIRS_AT_MOST:])
        return f"(left({head}::text, -1) || ',' || substr({tail}::text, 2))::json"
    listed = ", ".join(f"{literal(key)}, {expression}" for key, expression in pairs)
    return f"json_build_object({listed})"


def json_list(expression: str, order: str, keep: str = "") -> str:
    """The JSON list of an expression over rows; empty where there are none."""
    kept = f" FILTER (WHERE {keep})" if keep else ""
    return f"coalesce(json_agg({expression} ORDER BY {order}){kept}, '[]'::json)"
