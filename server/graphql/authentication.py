"""Authentication: whose key a request carries.

Keys are remembered for reads alone, whose statements check by themselves that the key is live. TEST
keys never are: what time it is for them is looked up with them.

Keys that are of no use are remembered too, so that whoever sends one again and again costs no statement;
and those never seen before are looked up a few at a time, so that a flood of them leaves connections to
everyone else.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from graphql import FieldNode

from resolvers import access_tokens, api_keys
from resolvers.api_keys import find_caller
from resolvers.callers import Caller
from schema.execution import Operation
from server.bearer import token_of
from server.graphql.errors import UNAUTHENTICATED, RequestRefused
from server.graphql.lru import Lru, LruOfTexts

OUR_OWN = ("ak_", access_tokens.PREFIX)
REMEMBERED = 10_000
REMEMBERED_FOR = timedelta(minutes=1)
USELESS_CHARACTERS_REMEMBERED = 500_000
STRANGERS_AT_ONCE = 4

NOBODY = Caller(
    workspace_id=UUID(int=0),
    mode="TEST",
    scopes=frozenset(),
    now=datetime.min.replace(tzinfo=UTC),
    actor="nobody",
)


class Issuer(Protocol):
    """Whoever else issues tokens for this server."""

    async def find_caller(self, token: str, now: datetime) -> Caller | None:
        """Who carries this token; None where it is not a good one."""
        ...


class Callers:
    """Who calls, by the key of a request."""

    def __init__(
        self, secret: bytes, clock: Callable[[], datetime], issuer: Issuer | None = None
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._issuer = issuer
        self._remembered: Lru[str, Caller] = Lru(REMEMBERED)
        self._useless: LruOfTexts[datetime] = LruOfTexts(USELESS_CHARACTERS_REMEMBERED)
        self._strangers = asyncio.Semaphore(STRANGERS_AT_ONCE)

    def known(self, headers: Mapping[str, str]) -> Caller | None:
        """Who carried this key lately, whether or not it is live; None where nobody did."""
        return self._remembered.get(token_of(headers.get("authorization", "")) or "")

    async def find(
        self,
        headers: Mapping[str, str],
        operation: Operation,
        admit: Callable[[Caller], None],
        *,
        anew: bool = False,
    ) -> Caller:
        """Who calls. Raises RequestRefused for someone unknown who asks for more than the schema.

        Whoever carried the key lately must be let in by `admit` before it is looked up again.

        A read by plans may go by what is remembered of its key: its statements hold the condition
        that the key is live. Whatever changes or calculates something looks the key up, and so does
        what is read `anew`.
        """
        token, now = _token(headers), self._clock()
        if token is None and asks_for_schema_alone(operation):
            return NOBODY
        caller = self._remembered.get(token) if token else None
        is_fresh = caller is not None and _is_fresh(caller, now)
        if caller is None or not is_fresh or anew or not operation.is_all_plans:
            if caller is not None:
                admit(caller)
            caller = await self._find(token, now) if token else None
            if caller is None:
                raise unauthenticated()
            if caller.mode == "TEST":
                return caller
        if caller.expires_at is not None and caller.expires_at <= now:
            raise unauthenticated()
        return caller.at(now)

    async def check(self, headers: Mapping[str, str]) -> None:
        """Raises RequestRefused where there is a key or token and it is of no use."""
        token = _token(headers)
        if token is not None and await self._find(token, self._clock()) is None:
            raise unauthenticated()

    async def _find(self, token: str, now: datetime) -> Caller | None:
        """By the database, unless it said a moment ago that there is no such key."""
        if token in self._remembered:
            caller = await self._look_up(token, now)
        else:
            async with self._strangers:
                if self._is_useless(token, now):
                    return None
                caller = await self._look_up(token, now)
        if caller is not None:
            self._remembered[token] = caller
            return caller
        self._remembered.pop(token, None)
        if token.startswith(OUR_OWN):
            self._useless[token] = now
        return None

    def _is_useless(self, token: str, now: datetime) -> bool:
        """What was no key of ours isn't one later: keys are made of chance, and end for good."""
        found = self._useless.get(token)
        return found is not None and now - found <= REMEMBERED_FOR

    async def _look_up(self, token: str, now: datetime) -> Caller | None:
        """By an API key, an access token of ours, or one of the outside issuer."""
        if token.startswith(access_tokens.PREFIX):
            caller = access_tokens.find_caller(token, self._secret, now)
            return await api_keys.while_live(caller) if caller else None
        if self._issuer is not None and token.count(".") == 2:
            return await self._issuer.find_caller(token, now)
        return await find_caller(token, now)

    def forget(self, headers: Mapping[str, str]) -> None:
        """Forgets a key that a read has found revoked."""
        token = _token(headers)
        if token is not None:
            self._remembered.pop(token, None)


def unauthenticated() -> RequestRefused:
    """The refusal of whoever carries no key, or none that is live."""
    return RequestRefused(
        401,
        "Send an API key of this server: Authorization: Bearer ak_live_…",
        UNAUTHENTICATED,
        headers={"www-authenticate": "Bearer"},
    )


def _is_fresh(caller: Caller, now: datetime) -> bool:
    """Whether a read may go by what is remembered: not of a sandbox, whose time is its own."""
    return caller.mode == "LIVE" and now - caller.now <= REMEMBERED_FOR


def asks_for_schema_alone(operation: Operation) -> bool:
    """Whether nothing but the schema itself is asked for, which is no secret."""
    return all(
        isinstance(selection, FieldNode) and selection.name.value.startswith("__")
        for selection in operation.node.selection_set.selections
    )


def _token(headers: Mapping[str, str]) -> str | None:
    given = headers.get("authorization")
    if given is None:
        return None
    token = token_of(given)
    if token is None:
        raise unauthenticated()
    return token
