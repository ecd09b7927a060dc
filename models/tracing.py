"""Tracing: where code says what takes a while, and hears which trace it is part of; mostly nobody listens."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

TRACEPARENT = "traceparent"
"""The key of a job's payload, and the name of a header, under which a trace goes on (W3C Trace Context)."""

SETTING = "billgraph.traceparent"
"""Where a transaction tells it to statements that promise jobs by themselves."""

Facts = Mapping[str, str | int]


class Listener(Protocol):
    """Whoever writes traces."""

    def span(
        self,
        name: str,
        kind: Literal["inside", "server", "client", "job"],
        facts: Facts,
        parent: str | None,
    ) -> AbstractContextManager[None]:
        """A block that is a part of a trace: of `parent`, else of the block around it."""
        ...

    def traceparent(self) -> str | None:
        """The block that code runs in, for others to go on from."""
        ...


_listener: Listener | None = None
_NOTHING = nullcontext()


def listen(listener: Listener | None) -> None:
    """Has all blocks told to this one from now on; or to nobody."""
    global _listener  # noqa: PLW0603 - one a process, as its log is
    _listener = listener


def is_heard() -> bool:
    """Whether anybody listens."""
    return _listener is not None


def span(
    name: str,
    kind: Literal["inside", "server", "client", "job"] = "inside",
    facts: Facts | None = None,
    parent: str | None = None,
) -> AbstractContextManager[None]:
    """A block that may be a part of a trace. Neither name nor facts hold what a client has sent."""
    if _listener is None:
        return _NOTHING
    return _listener.span(name, kind, facts or {}, parent)


def traceparent() -> str | None:
    """The trace that code runs in, as a header would say it; None where nobody writes any."""
    return None if _listener is None else _listener.traceparent()
