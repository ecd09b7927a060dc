"""API keys: made, shown once, found by their hash, revoked.

A key is `ak_live_` or `ak_test_` and 43 random characters. A TEST key is a row of the sandbox, so
it sees that alone. A sandbox's keys can be made and revoked from its LIVE workspace too.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from domain.errors import Collector, Forbidden, InvalidFormat
from domain.identifiers import encode_id, new_id
from domain.limits import NAME_LENGTH_MAX
from domain.texts import check_text
from models.api_keys import ApiKey
from models.connections import rows
from models.walls import EVERY_WORKSPACE, looking_at, seeing
from models.writes import insert
from resolvers import idempotency, workspaces
from resolvers.callers import SCOPES, Caller, check_grant
from resolvers.idempotency import Once
from resolvers.refusals import not_found

SECRET_BYTES = 32
HINT_LENGTH = 12
TOUCHED_EVERY = timedelta(minutes=1)
_TOKEN = re.compile(r"ak_(live|test)_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key's row is: of the caller's workspace, or of its sandbox."""

    workspace_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key and its secret; the secret is None where an idempotency key was repeated."""

    workspace_id: UUID
    id: UUID
    secret: str | None = None


async def create(
    caller: Caller,
    name: str,
    mode: str,
    scopes: Collection[str],
    *,
    once: Once | None = None,
) -> CreatedKey:
    """A new key, LIVE or TEST, with scopes that the caller holds too.

    A TEST key made by a LIVE caller is one of the workspace's sandbox, which is made on first use.
    Raises Forbidden for a scope that the caller lacks, or for a LIVE key asked by a TEST caller;
    Required, TooLong and InvalidFormat (rules: Callers).
    """
    caller.require("SETTINGS_WRITE")
    caller.require_key("make an API key")
    found = Collector()
    trimmed = found.keep(check_text, name, ("name",), NAME_LENGTH_MAX)
    found.keep(_check_mode, caller, mode)
    found.keep(check_grant, caller, scopes, "key")
    found.refuse()

    async def act() -> CreatedKey:
        home = caller.workspace_id
        if mode != caller.mode:
            home = await workspaces.ensure_sandbox(home, caller.now)
        key, secret = _new(home, mode, trimmed or "", scopes, caller.now)
        await insert(key)
        return CreatedKey(home, key.id, secret)

    return await idempotency.run(caller, once, act, CreatedKey, sight=EVERY_WORKSPACE)


async def revoke(caller: Caller, key_id: UUID, *, once: Once | None = None) -> KeyPlace:
    """Ends a key of the workspace or of its sandbox at once; a second time changes nothing.

    Raises Forbidden, and NotFound at ("id",).
    """
    caller.require("SETTINGS_WRITE")

    async def act() -> KeyPlace:
        home = await _home_of(caller.workspace_id, key_id)
        await rows(
            "UPDATE api_keys SET revoked_at = $3 "
            "WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL",
            home,
            key_id,
            caller.now,
        )
        return KeyPlace(home, key_id)

    return await idempotency.run(caller, once, act, KeyPlace, sight=EVERY_WORKSPACE)


# A key is found before its workspace is known: the statement that finds it looks there as well.
_SEEING = seeing("k.workspace_id")
_TEST_NOW = (
    "(SELECT w.test_now FROM workspaces w WHERE w.workspace_id = k.workspace_id "
    "AND w.id = k.workspace_id) AS test_now"
)


async def find_caller(token: str, now: datetime) -> Caller | None:
    """Who holds this token, in its workspace's time; None for what is no key that is live.

    `now` is the clock's. Notes when the key was last used, by the clock, once a minute at most, and
    never waits to do so.
    """
    if not _TOKEN.fullmatch(token):
        return None
    found = await rows(
        f"SELECT k.workspace_id, k.id, k.mode, k.scopes, k.last_used_at, {_TEST_NOW} "
        f"FROM api_keys k WHERE k.token_hash = $1 AND k.revoked_at IS NULL AND {_SEEING}",
        _hash(token),
    )
    if not found:
        return None
    key = found[0]
    if key["last_used_at"] is None or now - key["last_used_at"] >= TOUCHED_EVERY:
        await _touch(key["workspace_id"], key["id"], now)
    return Caller(
        workspace_id=key["workspace_id"],
        mode=key["mode"],
        scopes=frozenset(orjson.loads(key["scopes"])),
        now=key["test_now"] or now,
        actor=encode_id("key", key["id"]),
        key_id=key["id"],
        clock_now=now,
    )


async def while_live(caller: Caller) -> Caller | None:
    """A caller by access token, in its workspace's time; None once the key that made it is revoked."""
    found = await rows(
        f"SELECT {_TEST_NOW} FROM api_keys k "
        f"WHERE k.workspace_id = $1 AND k.id = $2 AND k.revoked_at IS NULL AND {_SEEING}",
        caller.workspace_id,
        caller.key_id,
    )
    return caller.at(found[0]["test_now"] or caller.now, caller.now) if found else None


async def _touch(workspace_id: UUID, key_id: UUID, now: datetime) -> None:
    """Whoever comes first writes it; the others pass by."""
    with looking_at(workspace_id):
        await rows(
            "UPDATE api_keys SET last_used_at = $3 WHERE (workspace_id, id) IN ("
            "SELECT workspace_id, id FROM api_keys WHERE workspace_id = $1 AND id = $2 "
            "AND (last_used_at IS NULL OR last_used_at <= $4) FOR UPDATE SKIP LOCKED)",
            workspace_id,
            key_id,
            now,
            now - TOUCHED_EVERY,
        )


async def _home_of(workspace_id: UUID, key_id: UUID) -> UUID:
    """The workspace of a key: this one, or its sandbox."""
    found = await rows(
        "SELECT workspace_id FROM api_keys WHERE id = $2 AND (workspace_id = $1 OR workspace_id = "
        "(SELECT sandbox_id FROM workspaces WHERE workspace_id = $1 AND id = $1))",
        workspace_id,
        key_id,
    )
    if not found:
        raise not_found("id")
    home = found[0]["workspace_id"]
    assert isinstance(home, UUID)
    return home


def _check_mode(caller: Caller, mode: str) -> None:
    if mode not in ("LIVE", "TEST"):
        raise InvalidFormat("A key is LIVE or TEST.", field=("mode",))
    if mode == "LIVE" and caller.mode == "TEST":
        raise Forbidden("A TEST key makes TEST keys alone.", field=("mode",))


def _new(
    workspace_id: UUID, mode: str, name: str, scopes: Collection[str], now: datetime
) -> tuple[ApiKey, str]:
    secret = f"ak_{mode.lower()}_{secrets.token_urlsafe(SECRET_BYTES)}"
    key = ApiKey(
        workspace_id=workspace_id,
        id=new_id(),
        token_hash=_hash(secret),
        name=name,
        hint=f"{secret[:HINT_LENGTH]}…",
        mode=mode,
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=now,
    )
    return key, secret


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
