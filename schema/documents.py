"""Links to documents: a signed address that works for a while."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.identifiers import encode_id
from plans.errors import TtlInvalid
from plans.rows import column
from plans.statements import Context
from resolvers import document_links
from schema.fields import argument, derived_for

TTL_MIN_S, TTL_MAX_S, TTL_S = 60, 86_400, 900


def pdf_url(prefix: str, description: str) -> Any:
    """A link to the PDF of a numbered row, whose ids have this prefix."""
    ttl = argument(
        "ttl_seconds", int | None, f"How long it works, {TTL_MIN_S} to {TTL_MAX_S} s.", TTL_S
    )
    needs = {name: column(name) for name in ("workspace_id", "id", "number")}
    return derived_for(_signed(prefix), needs, description, ttl)


def _signed(prefix: str) -> Callable[[Context, Mapping[str, Any]], Callable[..., str | None]]:
    def function_for(context: Context, arguments: Mapping[str, Any]) -> Callable[..., str | None]:
        # Whoever opens the link lives by the clock, also where a sandbox has a time of its own.
        now = context.caller.real_now
        expires_at = now + timedelta(seconds=checked_ttl(arguments["ttlSeconds"]))

        def url(workspace_id: str, id: str, number: str | None) -> str | None:
            if number is None:
                return None
            document_id = encode_id(prefix, UUID(id))
            path = document_links.path_of(UUID(workspace_id), document_id, number)
            signed = document_links.signed(context.secret, path, expires_at)
            return f"{context.settings['public_url']}{signed}"

        return url

    return function_for


def checked_ttl(ttl_s: int) -> int:
    """A lifetime in seconds that a link can have. Raises TtlInvalid."""
    if not TTL_MIN_S <= ttl_s <= TTL_MAX_S:
        raise TtlInvalid(f"`ttlSeconds` goes from {TTL_MIN_S} to {TTL_MAX_S}, not {ttl_s}.")
    return ttl_s
