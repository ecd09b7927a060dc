"""Cursors as tests see them: the row that one stands for, and a place holder to compare them by."""

import base64
from typing import Any
from uuid import UUID

import orjson

CURSOR = "the cursor of "
TAG_LENGTH = 20


def row_of(cursor: str) -> UUID:
    """The id of the row that a real cursor was made for; clients can't rely on this."""
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return UUID(orjson.loads(raw[TAG_LENGTH:])[-1])


def alike(found: Any, expected: Any) -> bool:
    """Whether an answer is what was expected, order of keys included, cursors by their rows."""
    if isinstance(expected, str) and expected.startswith(CURSOR):
        return isinstance(found, str) and CURSOR + str(row_of(found)) == expected
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and list(found) == list(expected)
            and all(alike(found[key], expected[key]) for key in expected)
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(map(alike, found, expected))
        )
    return type(found) is type(expected) and bool(found == expected)
