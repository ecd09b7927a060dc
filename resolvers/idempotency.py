"""Idempotency: an act with a key happens once, and whoever repeats it gets the first answer again.

The key's row is written in the transaction of the effect: first without a result, so that a twin
waits for it, at the end with one. A refusal rolls it back, so refusals are not kept. A result is
kept as the ids it holds, never as what they show: the payload is read anew. Secrets are not kept:
a repeated apiKeyCreate answers the key without its secret.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import orjson

from domain.errors import (
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InvalidFormat,
    Required,
    TooLong,
)
from domain.identifiers import new_id
from domain.limits import IDEMPOTENCY_KEY_LENGTH_MAX
from domain.money import plain
from domain.texts import is_storable
from models.connections import rows
from models.transactions import transaction
from models.walls import Sight
from resolvers import purging
from resolvers.callers import Caller

Result = TypeVar("Result")

KEPT = timedelta(days=30)
TWIN_WAIT_MS = 2000
_PATH = ("idempotencyKey",)
_ID = "id"


@dataclass(frozen=True, slots=True)
class Once:
    """What a caller said to be done once: the mutation's name, their key, and their whole input.

    The input is any tree of mappings, lists, dataclasses and plain values, without the key itself.
    """

    mutation: str
    key: str
    input: object

    @property
    def input_hash(self) -> str:
        """The same for inputs that mean the same: order of keys and trailing zeros don't count."""
        canonical = orjson.dumps(_canonical(self.input), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()


async def run(
    caller: Caller,
    once: Once | None,
    act: Callable[[], Awaitable[Result]],
    kind: type[Result] = UUID,  # type: ignore[assignment]  # most acts answer an id
    *,
    sight: Sight | None = None,
) -> Result:
    """Runs an act in one transaction; with a key, once for all who send it within 30 days.

    It sees the caller's workspace, unless `sight` says more.

    `kind` is what the act answers: a UUID, or a dataclass of UUIDs and of values that are not kept
    and may be None. Raises IdempotencyKeyReused where the key came with another input, and
    IdempotencyInProgress where its first run lasts longer than 2 s (rules: Callers).
    """
    if once is None:
        return await transaction(sight or caller.workspace_id, act)
    _check_key(once.key)

    async def with_key() -> Result:
        if not await _claimed(caller, once):
            return await _answered(caller, once, kind)
        result = await act()
        await _keep(caller, once, result)
        return result

    return await transaction(sight or caller.workspace_id, with_key)


async def find(
    caller: Caller,
    once: Once | None,
    kind: type[Result] = UUID,  # type: ignore[assignment]  # most acts answer an id
) -> Result | None:
    """What was answered to a key before, for an act that starts outside of its transaction.

    Raises IdempotencyKeyReused as `run` does.
    """
    if once is None:
        return None
    _check_key(once.key)
    found = await transaction(caller.workspace_id, lambda: _found(caller, once))
    is_kept = found and found[0]["created_at"] >= caller.now - KEPT
    return _answer(once, found[0], kind) if is_kept else None


async def forget(caller: Caller, once: Once | None, result: object) -> None:
    """Releases a key whose act was refused after all, for refusals are not kept.

    Only while it still stands for this very result: another may have taken it since.
    """
    if once is None:
        return
    key = (caller.workspace_id, once.mutation, once.key, orjson.dumps(_kept(result)).decode())
    await transaction(caller.workspace_id, lambda: rows(_FORGET, *key))


async def purge(now: datetime) -> int:
    """Deletes a batch of keys older than 30 days, of every workspace; how many there were."""
    return await purging.purge("idempotency_keys", "created_at", now - KEPT)


_FORGET = """
DELETE FROM idempotency_keys
WHERE workspace_id = $1 AND mutation = $2 AND key = $3 AND result = $4::text::jsonb
"""


def _check_key(key: str) -> None:
    limit = IDEMPOTENCY_KEY_LENGTH_MAX
    if not key:
        raise Required("An idempotency key has at least one character.", field=_PATH)
    if len(key) > limit:
        message = f"An idempotency key has at most {limit} characters."
        raise TooLong(message, field=_PATH, meta={"max": limit})
    if not is_storable(key):
        raise InvalidFormat("Remove the null character or broken character in it.", field=_PATH)


# The limit holds while this statement waits for a twin, and no longer. A row that has outlived its
# 30 days is as good as none.
_CLAIM = f"""
WITH patience AS MATERIALIZED (
    SELECT current_setting('lock_timeout') AS usual_ms,
        set_config('lock_timeout', '{TWIN_WAIT_MS}', true) AS ms
)
INSERT INTO idempotency_keys AS kept (workspace_id, id, mutation, key, input_hash, created_at)
SELECT $1, $2, $3, $4, $5, $6 FROM patience WHERE ms IS NOT NULL
ON CONFLICT (workspace_id, mutation, key) DO UPDATE
SET input_hash = excluded.input_hash, result = NULL, created_at = excluded.created_at
WHERE kept.created_at < $7
RETURNING set_config('lock_timeout', (SELECT usual_ms FROM patience), true)
"""


async def _claimed(caller: Caller, once: Once) -> bool:
    """Whether the key is ours to use; it is not where a committed twin has its row."""
    named = (caller.workspace_id, new_id(), once.mutation, once.key, once.input_hash)
    try:
        return bool(await rows(_CLAIM, *named, caller.now, caller.now - KEPT))
    except asyncpg.LockNotAvailableError:
        message = "The first request with this key is still running; retry shortly."
        raise IdempotencyInProgress(message, field=_PATH) from None


async def _answered(caller: Caller, once: Once, kind: type[Result]) -> Result:
    [found] = await _found(caller, once)
    return _answer(once, found, kind)


async def _found(caller: Caller, once: Once) -> list[dict[str, Any]]:
    return await rows(
        "SELECT input_hash, result, created_at FROM idempotency_keys "
        "WHERE workspace_id = $1 AND mutation = $2 AND key = $3",
        caller.workspace_id,
        once.mutation,
        once.key,
    )


def _answer(once: Once, found: Mapping[str, Any], kind: type[Result]) -> Result:
    if found["input_hash"] != once.input_hash:
        message = "This key was used before with another input; take a new key."
        raise IdempotencyKeyReused(message, field=_PATH)
    return _replayed(orjson.loads(found["result"]), kind)


async def _keep(caller: Caller, once: Once, result: object) -> None:
    await rows(
        "UPDATE idempotency_keys SET result = $4::text::jsonb "
        "WHERE workspace_id = $1 AND mutation = $2 AND key = $3",
        caller.workspace_id,
        once.mutation,
        once.key,
        orjson.dumps(_kept(result)).decode(),
    )


def _kept(result: object) -> dict[str, str]:
    if isinstance(result, UUID):
        return {_ID: str(result)}
    assert is_dataclass(result)
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    return {name: str(value) for name, value in values.items() if isinstance(value, UUID)}


def _replayed(kept: Mapping[str, str], kind: type[Result]) -> Result:
    if issubclass(kind, UUID):
        return cast("Result", UUID(kept[_ID]))
    assert is_dataclass(kind)
    values = {field.name: kept.get(field.name) for field in fields(kind)}
    return kind(**{name: value and UUID(value) for name, value in values.items()})


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _canonical(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        return {type(value).__name__: _canonical(parts)}
    if isinstance(value, Decimal):
        return str(plain(value))
    if isinstance(value, Enum):
        return _canonical(value.value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return f"{type(value).__name__} {value}"
