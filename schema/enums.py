"""Values of enums: their names on the wire, with a description for whoever reads the schema."""

from typing import Any, cast

import strawberry


def enum_value(name: str, *, description: str) -> str:
    """A value of an enum; to Python its value is its name."""
    made: Any = strawberry.enum_value(name, description=description)
    return cast(str, made)
