"""Authentication: whose key a request carries.

Keys are remembered for reads alone, whose statements check by themselves that the key is live. TEST
keys never are: what time it is for them is looked up with them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from graphql import FieldNode

from resolvers import access_tokens, api_keys
from resolvers.api_keys import find_caller
from resolvers.callers import Caller
from schema.execution import Operation
from server.graphql.errors import UNAUTHENTICATED, RequestRefused
from server.graphql.lru import Lru

BEARER = "bearer "
REMEMBERED = 10_000
REMEMBERED_FOR = timedelta(minutes=1)

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

    async def find(
        self, headers: Mapping[str, str], operation: Operation, *, anew: bool = False
    ) -> Caller:
        """Who calls. Raises RequestRefused for someone unknown who asks for more than the schema.

        A read by plans may go by what is remembered of its key: its statements hold the condition
        that the key is live. Whatever changes or calculates something looks the key up, and so does
        what is read `anew`.
        """
        token, now = _token(headers), self._clock()
        if token is None and asks_for_schema_alone(operation):
            return NOBODY
        caller = self._remembered.get(token) if token else None
        is_remembered = caller is not None and now - caller.now <= REMEMBERED_FOR
        if caller is None or not is_remembered or anew or not operation.is_all_plans:
            caller = await self._look_up(token, now) if token else None
            if caller is None or token is None:
                raise unauthenticated()
            if caller.mode == "TEST":
                return caller
            self._remembered[token] = caller
        if caller.expires_at is not None and caller.expires_at <= now:
            raise unauthenticated()
        return caller.at(now)

    async def check(self, headers: Mapping[str, str]) -> None:
        """Raises RequestRefused where there is a key or token and it is of no use."""
        token = _token(headers)
        if token is not None and await self._look_up(token, self._clock()) is None:
            raise unauthenticated()

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
    if given[: len(BEARER)].lower() != BEARER:
        raise unauthenticated()
    return given[len(BEARER) :].strip()
