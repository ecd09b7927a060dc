"""Access tokens: short-lived and signed, for a browser or a phone that must not hold an API key.

A token is `at_` and a signed JWT. It says all that there is to know about its caller, so none is
stored; it ends by itself, and at once with the API key that made it.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from domain.errors import Collector, Forbidden, OutOfRange
from domain.identifiers import encode_id
from models.connections import rows
from resolvers.callers import SCOPES, Caller, check_grant
from resolvers.refusals import not_found

PREFIX = "at_"
TTL_MIN_S, TTL_MAX_S = 60, 3600
ISSUER = "billgraph"
ALGORITHM = "HS256"
_SCOPES = ("scopes",)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A new token, and the instant after which it is of no use."""

    text: str
    expires_at: datetime


async def create(
    caller: Caller,
    secret: bytes,
    clock_now: datetime,
    scopes: Collection[str],
    customer_id: UUID | None = None,
    ttl_seconds: int = 900,
) -> AccessToken:
    """A token of the caller's workspace with some of its scopes, signed with `secret`.

    It ends by the clock (`clock_now`), not by a sandbox's own time.

    With `customer_id` it sees what is that customer's and changes nothing, so it takes READ scopes
    alone. Raises Forbidden for a caller who came by a token, or with meta {scope} for a scope that
    it lacks; NotFound at ("customerId",), OutOfRange with meta {least, most}, Required and
    InvalidFormat (rules: Callers).
    """
    found = Collector()
    found.keep(caller.require_key, "make another")
    found.keep(check_grant, caller, scopes, "token")
    found.keep(_check_ttl, ttl_seconds)
    found.refuse()
    if customer_id is not None and not await _exists(caller.workspace_id, customer_id):
        raise not_found("customerId")
    if customer_id is not None:
        _check_reads_alone(scopes)
    expires_at = clock_now.replace(microsecond=0) + timedelta(seconds=ttl_seconds)
    return AccessToken(_signed(caller, secret, scopes, customer_id, expires_at), expires_at)


def find_caller(text: str, secret: bytes, now: datetime) -> Caller | None:
    """Who carries this token; None where it was not signed with `secret`, or has ended by `now`.

    Whether its API key is live is for whoever asks the database.
    """
    try:
        token = jwt.decode(text.removeprefix(PREFIX), _key(secret), algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        return None
    claims = token.claims
    if claims.get("iss") != ISSUER or claims["exp"] <= now.timestamp():
        return None
    return Caller(
        workspace_id=UUID(claims["workspace"]),
        mode=claims["mode"],
        scopes=frozenset(claims["scopes"]),
        now=now,
        actor=claims["actor"],
        customer_id=UUID(claims["customer"]) if claims["customer"] else None,
        key_id=UUID(claims["key"]) if claims["key"] else None,
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def _signed(
    caller: Caller,
    secret: bytes,
    scopes: Collection[str],
    customer_id: UUID | None,
    expires_at: datetime,
) -> str:
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "exp": int(expires_at.timestamp()),
        "workspace": caller.workspace_id.hex,
        "mode": caller.mode,
        "scopes": [scope for scope in SCOPES if scope in scopes],
        "customer": customer_id and customer_id.hex,
        "key": caller.key_id and caller.key_id.hex,
        "actor": encode_id("cus", customer_id) if customer_id else caller.actor,
    }
    return PREFIX + jwt.encode({"alg": ALGORITHM}, claims, _key(secret))


def _key(secret: bytes) -> OctKey:
    """A key of its own: what else the secret signs is no token."""
    return OctKey.import_key(hmac.digest(secret, b"access tokens", "sha256"))


def _check_reads_alone(scopes: Collection[str]) -> None:
    writing = [scope for scope in scopes if scope.endswith("_WRITE")]
    if writing:
        message = f"A token for one customer reads alone: leave {writing[0]} out."
        raise Forbidden(message, field=_SCOPES, meta={"scope": writing[0]})


def _check_ttl(ttl_seconds: int) -> None:
    if not TTL_MIN_S <= ttl_seconds <= TTL_MAX_S:
        raise OutOfRange(
            f"A token lives from {TTL_MIN_S} to {TTL_MAX_S} seconds.",
            field=("ttlSeconds",),
            meta={"least": TTL_MIN_S, "most": TTL_MAX_S},
        )


async def _exists(workspace_id: UUID, customer_id: UUID) -> bool:
    found = await rows(
        "SELECT 1 FROM customers WHERE workspace_id = $1 AND id = $2", workspace_id, customer_id
    )
    return bool(found)
