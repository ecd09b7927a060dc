"""Allowances: what a caller may ask for within a minute, in points that come back evenly."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
NOTHING = timedelta()
LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Spent after the fact, points may exceed what there is; nobody waits for longer than this by it.
DEBT_MAX = 2 * MINUTE
# What lies further ahead was written by a clock that was wrong.
BELIEVED_UP_TO = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Allowance:
    """`points` may be spent at once, and as many come back within a minute.

    A process lets `on_account` of them through before it tells the others.
    """

    points: int
    on_account: int = 0

    def time_of(self, points: int) -> timedelta:
        """How long these points take to come back."""
        return MINUTE * points / self.points


def began(spent_until: datetime, now: datetime) -> datetime:
    """From when on points that are spent now come back: after those that were spent before."""
    return spent_until if now < spent_until <= now + BELIEVED_UP_TO else now


def spent(spent_until: datetime, now: datetime, more: timedelta) -> datetime:
    """Until when all points are back once as many more are spent as come back in this time."""
    return min(began(spent_until, now) + more, now + DEBT_MAX)


def wait(spent_until: datetime, now: datetime, more: timedelta) -> timedelta:
    """How long until so many may be spent: the generic cell rate algorithm (ITU-T I.371)."""
    return max(NOTHING, began(spent_until, now) + more - MINUTE - now)


@dataclass(slots=True)
class Tab:
    """What one process knows of one caller's allowance, and has let through since it told the others.

    `spent_until` is as the others have it, or earlier: they may have spent meanwhile. `owed` points
    are told to nobody yet, `telling` are on their way. `at_hand` may be let through without another
    look at the clock, and as many as `beyond` were left then besides.
    """

    id: UUID
    allowance: Allowance
    spent_until: datetime = LONG_AGO
    owed: int = 0
    telling: int = 0
    used_at: datetime = LONG_AGO
    at_hand: int = 0
    beyond: int = 0

    def has_room(self, points: int) -> bool:
        """Whether so many may be let through before the others are told."""
        return self.owed + self.telling + points <= self.allowance.on_account

    def untold(self, points: int = 0) -> timedelta:
        """How long it takes until what was let through here, and as many more, are back."""
        return self.allowance.time_of(self.owed + self.telling + points)

    def wait(self, points: int, now: datetime) -> timedelta:
        """How long until so many may be spent, by what is known here."""
        return wait(self.spent_until, now, self.untold(points))

    def standing(self, now: datetime) -> tuple[int, int]:
        """How many points are left, by what is known here, and in how many seconds all are back."""
        back_in = began(self.spent_until, now) - now + self.untold()
        left = (MINUTE - back_in) * self.allowance.points // MINUTE
        return max(0, left), -(-back_in // SECOND)

    def put(self, points: int, now: datetime) -> None:
        """Lets points through."""
        self.owed += points
        self.used_at = now
        self._look(now)

    def hand(self, points: int) -> bool:
        """Lets points through that are at hand; whether there were as many."""
        if points > self.at_hand:
            return False
        self.at_hand -= points
        self.owed += points
        return True

    def tell(self) -> timedelta:
        """What the others are to be told now; `told` or `keep` must follow."""
        self.telling, self.owed = self.owed, 0
        return self.allowance.time_of(self.telling)

    def told(self, spent_until: datetime, now: datetime) -> None:
        """They know, and say until when it is spent; what they have forgotten is remembered here."""
        known = spent(self.spent_until, now, self.allowance.time_of(self.telling))
        self.telling = 0
        self.hear(max(known, spent_until), now)

    def hear(self, spent_until: datetime, now: datetime) -> None:
        """Learns until when it is spent."""
        self.spent_until = max(began(self.spent_until, now), spent_until)
        self.used_at = now
        self._look(now)

    def keep(self) -> None:
        """What is still on its way did not arrive."""
        self.owed, self.telling = self.owed + self.telling, 0

    def _look(self, now: datetime) -> None:
        """Time only adds to what is left, so what is at hand stays so; half of what need not be told."""
        left, _ = self.standing(now)
        untold = self.owed + self.telling
        self.at_hand = max(0, min(left, self.allowance.on_account // 2 - untold))
        self.beyond = left - self.at_hand

    def is_done_with(self, now: datetime) -> bool:
        """Whether nothing would be lost without it: all is back, and nobody is at it."""
        rests = not self.owed and not self.telling and self.used_at + MINUTE <= now
        return rests and self.spent_until <= now


def owing(tabs: Iterable[Tab]) -> list[Tab]:
    """Those with something to tell."""
    return [tab for tab in tabs if tab.owed]
