"""Values as they are written: in the JSON of a request, and as literals of a document."""

import json
import re
from typing import Any

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Bare(str):
    """What is written without quotes: a number by its digits, an enum's value, or what is neither."""

    __slots__ = ()


def as_json(value: Any) -> str:
    """The value as JSON, its numbers by their digits."""
    if isinstance(value, dict):
        members = (f"{json.dumps(name)}: {as_json(one)}" for name, one in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_json, value))}]"
    return str(value) if isinstance(value, Bare) else json.dumps(value)


def as_literal(value: Any) -> str:
    """The value as GraphQL writes it. Raises ValueError for a member that is no name there."""
    if isinstance(value, dict):
        if not all(map(NAME.fullmatch, value)):
            raise ValueError("a key that GraphQL cannot write")
        members = (f"{name}: {as_literal(one)}" for name, one in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_literal, value))}]"
    return str(value) if isinstance(value, Bare) else json.dumps(value)


def read(text: str) -> Any:
    """The value that a JSON text is of, its numbers as they are written."""
    return json.loads(text, parse_float=Bare, parse_int=Bare, parse_constant=Bare)
