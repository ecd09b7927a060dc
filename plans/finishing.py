"""Finishing: what Python adds to an answer after the statement, where derived fields were selected."""

from collections.abc import Callable, Mapping
from typing import Any

Function = Callable[..., Any]
"""Takes the needs of a derived field by name, as the JSON has them, and answers its value as JSON."""


def finished(value: Any, functions: Mapping[str, Function]) -> Any:
    """The answer with each derived field's needs replaced by what its function makes of them.

    A statement answers the needs of a derived field as an object with one key, a mark that only
    that statement knows: no data of a workspace can look like one.
    """
    if isinstance(value, list):
        return [finished(item, functions) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(key, needs)] = value.items()
        if key in functions:
            return functions[key](**finished(needs, functions))
    return {key: finished(part, functions) for key, part in value.items()}
