"""Metering: what an operation costs beyond its price, and how its caller is told what is left."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Final, Protocol

from domain.allowances import MINUTE, Tab
from plans.running import Budget
from resolvers.callers import Caller
from server.graphql.errors import FORBIDDEN, RequestRefused
from server.graphql.prices import MAILS, POINTS, ROWS_PER_POINT, SECRETS

Headers = tuple[tuple[bytes, bytes], ...]

LEFT: Final = ("retry-after", "ratelimit", "ratelimit-policy")
"""The headers by which callers are told; browsers show them to pages of other origins if asked to."""

_SPENT: Final = {
    POINTS: "You have spent the {limit:,} points that you have for a minute.",
    MAILS: "You have sent the {limit:,} invoices by mail that you may in a minute.",
    SECRETS: "You have made the {limit:,} keys, tokens, links and secrets that you may in a minute.",
}


class Purse(Protocol):
    """Where points are charged."""

    async def spend(self, caller: Caller, kind: str, points: int) -> None:
        """Charges points. Raises RequestRefused where there are not as many left."""
        ...

    def owe(self, caller: Caller, points: int) -> None:
        """Charges points after the fact."""
        ...


class Meter(Budget):
    """The budget of an operation that was admitted: it charges for many rows."""

    def __init__(
        self,
        purse: Purse | None = None,
        caller: Caller | None = None,
        tab: Tab | None = None,
        *,
        is_act: bool = False,
    ) -> None:
        self._purse = purse
        self._caller = caller
        self._tab = tab
        self._is_act = is_act
        self._free_rows = ROWS_PER_POINT

    def leave(self) -> Awaitable[None] | None:
        """Charges a read before it runs. What an act reads afterwards is charged, and never refused."""
        if self.spent < self._free_rows or self._is_act or not self._purse or not self._caller:
            return None
        points = self._due()
        if self._tab and self._tab.hand(points):
            return None
        return self._purse.spend(self._caller, POINTS, points)

    def close(self) -> None:
        """Charges what is not charged yet."""
        if self.spent >= self._free_rows and self._purse and self._caller:
            self._purse.owe(self._caller, self._due())

    def headers(self) -> Headers:
        """What is left, once that is less than half: as many at least, for some come back meanwhile.

        Two more headers take longer to write than all of this to reckon, so most answers go without.
        """
        tab = self._tab
        if tab is None or (left := tab.at_hand + tab.beyond) * 2 >= tab.allowance.points:
            return ()
        policy = _policy(POINTS, tab.allowance.points)
        return (policy, (b"ratelimit", f'"{POINTS}";r={left}'.encode()))

    def _due(self) -> int:
        points = self.spent // ROWS_PER_POINT - self._free_rows // ROWS_PER_POINT + 1
        self._free_rows += points * ROWS_PER_POINT
        return points


def told(kind: str, tab: Tab, now: datetime) -> Headers:
    """What is left of a minute's allowance, in the headers that the IETF drafts for it."""
    left, seconds = tab.standing(now)
    policy = _policy(kind, tab.allowance.points)
    return (policy, (b"ratelimit", f'"{kind}";r={left};t={seconds}'.encode()))


@lru_cache(1_000)
def _policy(kind: str, points: int) -> tuple[bytes, bytes]:
    return (b"ratelimit-policy", f'"{kind}";q={points};w={MINUTE.seconds}'.encode())


def refusal(kind: str, tab: Tab, now: datetime, wait: timedelta) -> RequestRefused:
    """The refusal of whoever has to wait this long."""
    seconds = max(1, ceil(wait.total_seconds()))
    message = f"{_SPENT[kind].format(limit=tab.allowance.points)} Ask again in {seconds} s."
    standing = {name.decode(): value.decode() for name, value in told(kind, tab, now)}
    extensions = {"code": FORBIDDEN, "reason": "RATE_LIMITED", "retryAfter": seconds}
    return RequestRefused(
        429,
        message,
        FORBIDDEN,
        headers={"retry-after": str(seconds), **standing},
        errors=[{"message": message, "extensions": extensions}],
    )
