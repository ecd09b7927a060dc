"""Endpoints: made, changed, deleted, and given new secrets; a URL is checked by where it leads."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from domain.errors import OutOfRange
from domain.identifiers import new_id
from domain.limits import WEBHOOK_ENDPOINTS_MAX
from domain.webhooks import BOTH_SECRETS_SIGN, SECRET_BYTES, written_secret
from models.connections import rows
from models.webhooks import WebhookEndpoint
from models.writes import change, insert
from resolvers import idempotency
from resolvers.callers import Caller
from resolvers.events import check_told
from resolvers.fields import Check, Given, Path, as_it_is, checked, or_else, required
from resolvers.idempotency import Once
from resolvers.refusals import not_found

_URL = ("url",)


class Destinations(Protocol):
    """What knows where URLs lead."""

    async def check(self, url: str, path: Path) -> None:
        """Refuses with UrlNotAllowed, at the path, a URL that may not be called."""


@dataclass(frozen=True, slots=True)
class MadeSecret:
    """An endpoint and its new secret, which is None where an idempotency key was repeated."""

    id: UUID
    secret: str | None = None


async def create(
    caller: Caller,
    url: str,
    types: Collection[str],
    destinations: Destinations,
    *,
    once: Once | None = None,
) -> MadeSecret:
    """A new endpoint for events of these types (EventType's names), or of all where there are none.

    Raises Forbidden, also at ("types",) for events that the caller may not read, and for a caller by
    access token; UrlNotAllowed at ("url",); OutOfRange (meta {max}) above 20 endpoints (rules:
    Events, webhooks, live updates).
    """
    caller.require("SETTINGS_WRITE")
    caller.require_key("have events sent")
    check_told(caller, types, "types")
    await destinations.check(url, _URL)

    async def act() -> MadeSecret:
        await _require_room(caller)
        made = WebhookEndpoint(
            workspace_id=caller.workspace_id,
            id=new_id(),
            url=url,
            types=_distinct(types, ()),
            enabled=True,
            secret=_new_secret(),
            created_at=caller.now,
        )
        await insert(made)
        return MadeSecret(made.id, made.secret)

    return await idempotency.run(caller, once, act, MadeSecret)


async def update(
    caller: Caller,
    endpoint_id: UUID,
    changes: Given,
    destinations: Destinations,
    *,
    once: Once | None = None,
) -> UUID:
    """Changes url, types (null is all) or enabled; the endpoint's id.

    Whoever has it told something, or somewhere else, does so by a key and may read all that it is
    told: Forbidden otherwise, at the field. Raises Forbidden, NotFound at ("id",), Refusals of
    Required, and UrlNotAllowed at ("url",).
    """
    caller.require("SETTINGS_WRITE")
    values = checked(changes, _CHECKS)
    if "url" in values:
        await destinations.check(values["url"], _URL)

    async def act() -> UUID:
        endpoint = await _locked(caller, endpoint_id)
        telling = [
            name for name in ("types", "url", "enabled") if values.get(name) not in (None, False)
        ]
        if telling:
            caller.require_key("have events sent")
            check_told(caller, values.get("types", endpoint.types), telling[0])
        if values.get("enabled"):
            values["disabled_reason"] = None
        await change(endpoint, values)
        return endpoint.id

    return await idempotency.run(caller, once, act)


async def delete(caller: Caller, endpoint_id: UUID, *, once: Once | None = None) -> UUID:
    """Removes an endpoint with its deliveries; its id. Raises Forbidden, and NotFound at ("id",)."""
    caller.require("SETTINGS_WRITE")

    async def act() -> UUID:
        found = await rows(
            "DELETE FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2 RETURNING 1",
            caller.workspace_id,
            endpoint_id,
        )
        if not found:
            raise not_found("id")
        return endpoint_id

    return await idempotency.run(caller, once, act)


async def rotate_secret(
    caller: Caller, endpoint_id: UUID, *, once: Once | None = None
) -> MadeSecret:
    """A new secret; the one before signs beside it for 24 hours.

    Raises Forbidden, also for a caller by access token, and NotFound at ("id",).
    """
    caller.require("SETTINGS_WRITE")
    caller.require_key("be told a secret")

    async def act() -> MadeSecret:
        endpoint = await _locked(caller, endpoint_id)
        columns = {
            "secret": _new_secret(),
            "previous_secret": endpoint.secret,
            "previous_secret_until": caller.now + BOTH_SECRETS_SIGN,
        }
        await change(endpoint, columns)
        return MadeSecret(endpoint.id, endpoint.secret)

    return await idempotency.run(caller, once, act, MadeSecret)


def _distinct(types: Collection[str], _: Path) -> list[str]:
    return sorted(set(types))


_CHECKS: dict[str, Check] = {
    "url": required(as_it_is),
    "types": or_else([], _distinct),
    "enabled": required(as_it_is),
}


async def _require_room(caller: Caller) -> None:
    """Every event is matched with every endpoint: there are few. Whoever makes one waits for others."""
    await rows(
        "SELECT 1 FROM workspaces WHERE workspace_id = $1 AND id = $1 FOR NO KEY UPDATE",
        caller.workspace_id,
    )
    [found] = await rows(
        "SELECT count(*) AS n FROM webhook_endpoints WHERE workspace_id = $1", caller.workspace_id
    )
    if found["n"] >= WEBHOOK_ENDPOINTS_MAX:
        message = f"A workspace has at most {WEBHOOK_ENDPOINTS_MAX} endpoints: delete one first."
        raise OutOfRange(message, field=_URL, meta={"max": WEBHOOK_ENDPOINTS_MAX})


async def _locked(caller: Caller, endpoint_id: UUID) -> WebhookEndpoint:
    found: Any = WebhookEndpoint.filter(workspace_id=caller.workspace_id, id=endpoint_id)
    endpoint: WebhookEndpoint | None = await found.select_for_update(no_key=True).first()
    if endpoint is None:
        raise not_found("id")
    return endpoint


def _new_secret() -> str:
    return written_secret(secrets.token_bytes(SECRET_BYTES))
