"""A contender: a server to start, and a dialect for each measure that it takes part in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.asking import Ask
from bench.cluster import Loaded

Sample = Mapping[str, Any]
"""What one request of a measure asks for, such as an invoice's id."""


@dataclass(frozen=True)
class Dialect:
    """How a contender is asked, and the answer in common words: what all must agree on.

    `complete` adds to a sample what the server itself must tell first, such as a cursor.
    """

    ask: Callable[[Loaded, Sample], Ask]
    read: Callable[[Any], Any]
    complete: Callable[[int, Loaded, Sample], Awaitable[Sample]] | None = None


@dataclass(frozen=True)
class Contender:
    """A server beside others. `missing` says why it can't take part here, or is empty."""

    name: str
    command: Callable[[int], list[str]]
    dialects: Mapping[str, Dialect]
    environment: Callable[[Loaded], dict[str, str]] = lambda loaded: {"DATABASE_URL": loaded.dsn}
    folder: Path | None = None
    missing: Callable[[], str] = field(default=lambda: "")
