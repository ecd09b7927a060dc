"""Connections that tell each statement as a span: by its kind and a hash of it, never its text or values."""

from functools import lru_cache
from hashlib import sha256
from typing import Any

from models import tracing
from models.tracing import SETTING, Facts
from server.metrics.connections import CountingConnection

STATEMENTS_KNOWN = 1_000
HASH_LENGTH = 16


class TracedConnection(CountingConnection):
    """Statements outside of any span, such as a worker's looking for jobs, are not told."""

    async def execute(self, query: str, *values: Any, **options: Any) -> str:
        """As asyncpg's. BEGIN takes the trace along, for statements that promise jobs by themselves."""
        parent = tracing.traceparent()
        if values or parent is None:
            return await super().execute(query, *values, **options)
        if not query.startswith("BEGIN"):
            with tracing.span(*_told(query)):
                return await super().execute(query, **options)
        with tracing.span(*_told("BEGIN")):
            told = f"{query.rstrip('; ')}; SET LOCAL {SETTING} = '{parent}'"
            return await super().execute(told, **options)

    async def _execute(self, query: str, *given: Any, **options: Any) -> Any:
        if tracing.traceparent() is None:
            return await super()._execute(query, *given, **options)
        with tracing.span(*_told(query)):
            return await super()._execute(query, *given, **options)


@lru_cache(STATEMENTS_KNOWN)
def _told(query: str) -> tuple[str, Any, Facts]:
    verb = query.split(None, 1)[0].upper().rstrip(";") if query.strip() else ""
    return (
        f"PostgreSQL {verb}".strip(),
        "client",
        {
            "db.system.name": "postgresql",
            "db.operation.name": verb,
            "billgraph.statement.hash": sha256(query.encode()).hexdigest()[:HASH_LENGTH],
        },
    )
