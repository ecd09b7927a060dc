"""The outside issuer of tokens: its keys, fetched from its JWKS address and kept for a while."""

import asyncio
import time
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from domain.identifiers import decode_id
from models.connections import rows
from models.walls import looking_at
from resolvers.callers import SCOPES, Caller
from server.logs import reason

ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
KEPT_S = 600.0
TRIED_AGAIN_AFTER_S = 30.0
FETCH_TIMEOUT_S = 5.0
ANSWER_MAX_BYTES = 256 * 1024

log = structlog.stdlib.get_logger(__name__)


class JwksIssuer:
    """Takes the JWTs of one issuer for one audience.

    Its claims: `workspace` (wsp_…), `scope` (names of scopes, by spaces), `customer` (cus_…) where
    it is for one customer alone, and `sub`, which events name as their actor.
    """

    def __init__(self, url: str, issuer: str, audience: str) -> None:
        self._url = url
        self._issuer = issuer
        self._audience = audience
        self._keys: KeySet | None = None
        self._fetched_s = self._tried_s = -KEPT_S
        self._one_at_a_time = asyncio.Lock()

    async def find_caller(self, token: str, now: datetime) -> Caller | None:
        """Who carries this token; None where it is not a good one, or its workspace is unknown."""
        claims = await self._verified(token, now)
        if claims is None:
            return None
        customer = claims.get("customer")
        customer_id = None if customer is None else decode_id("cus", str(customer))
        workspace_id = decode_id("wsp", str(claims.get("workspace")))
        found = await _workspace(workspace_id) if workspace_id else None
        if workspace_id is None or found is None or (customer is not None and customer_id is None):
            return None
        return Caller(
            workspace_id=workspace_id,
            mode=found["mode"],
            scopes=frozenset(str(claims.get("scope", "")).split()) & set(SCOPES),
            now=found["test_now"] or now,
            actor=str(claims["sub"]),
            customer_id=customer_id,
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            clock_now=now,
        )

    async def _verified(self, token: str, now: datetime) -> Mapping[str, Any] | None:
        """The claims; keys are fetched anew where none of those known fits, for issuers rotate them."""
        await self._fetch(older_than_s=KEPT_S)
        decoded = self._decoded(token)
        if decoded is None:
            await self._fetch(older_than_s=TRIED_AGAIN_AFTER_S)
            decoded = self._decoded(token)
        if decoded is None:
            return None
        registry = jwt.JWTClaimsRegistry(
            int(now.timestamp()),
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(decoded.claims)
        except JoseError:
            return None
        return decoded.claims

    def _decoded(self, token: str) -> jwt.Token | None:
        try:
            return jwt.decode(token, self._keys, ALGORITHMS) if self._keys else None
        except (JoseError, ValueError):
            return None

    async def _fetch(self, older_than_s: float) -> None:
        """Fetches the keys where they are older than that; whoever comes meanwhile waits.

        Where the issuer does not answer, the keys known stay good until it does.
        """
        async with self._one_at_a_time:
            clock_s = time.monotonic()
            if clock_s - self._tried_s < min(older_than_s, TRIED_AGAIN_AFTER_S):
                return
            if clock_s - self._fetched_s < older_than_s:
                return
            self._tried_s = clock_s
            try:
                self._keys = await asyncio.to_thread(_key_set, self._url)
                self._fetched_s = clock_s
            except (OSError, JoseError, ValueError) as error:
                log.warning("the issuer's keys could not be fetched", error=reason(error))


def _key_set(url: str) -> KeySet:
    with urllib.request.urlopen(  # noqa: S310 - settings take https:// alone, or this machine
        url, timeout=FETCH_TIMEOUT_S
    ) as answer:
        told = orjson.loads(answer.read(ANSWER_MAX_BYTES))
    public = [key for key in told["keys"] if key.get("kty") in ("RSA", "EC", "OKP")]
    return KeySet.import_key_set({"keys": public})


async def _workspace(workspace_id: UUID) -> dict[str, Any] | None:
    with looking_at(workspace_id):
        found = await rows(
            "SELECT mode, test_now FROM workspaces WHERE workspace_id = $1 AND id = $1",
            workspace_id,
        )
    return found[0] if found else None
