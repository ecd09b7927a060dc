"""Allowances: never more than promised, however many processes share one; and never less for long."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from domain.allowances import (
    BELIEVED_UP_TO,
    DEBT_MAX,
    LONG_AGO,
    MINUTE,
    Allowance,
    Tab,
    owing,
    spent,
    wait,
)

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ID = UUID(int=1)


def tab(points: int = 60, on_account: int = 0) -> Tab:
    return Tab(ID, Allowance(points, on_account))


def test_a_minutes_points_may_be_spent_at_once_and_come_back_one_by_one() -> None:
    one = tab()
    one.put(60, NOON)
    one.told(spent(LONG_AGO, NOON, one.tell()), NOON)

    assert one.standing(NOON) == (0, 60)
    assert one.wait(1, NOON) == SECOND
    assert one.wait(10, NOON) == 10 * SECOND
    assert one.wait(1, NOON + SECOND) == timedelta()
    assert one.standing(NOON + 5.5 * SECOND) == (5, 55)
    assert one.standing(NOON + MINUTE) == one.standing(NOON + 60 * MINUTE) == (60, 0)


def test_what_is_on_its_way_to_the_others_counts_until_they_know_it() -> None:
    one = tab(on_account=20)
    one.put(15, NOON)
    more = one.tell()
    one.put(3, NOON)

    assert more == 15 * SECOND
    assert one.untold() == 18 * SECOND
    assert one.has_room(2)
    assert not one.has_room(3)
    assert one.standing(NOON) == (42, 18)

    one.keep()
    assert one.tell() == 18 * SECOND
    one.told(NOON + 18 * SECOND, NOON)
    assert (one.owed, one.telling, one.standing(NOON)) == (0, 0, (42, 18))


def test_what_a_crash_made_the_others_forget_is_remembered() -> None:
    one = tab()
    one.told(NOON + MINUTE, NOON)
    one.put(1, NOON)
    one.tell()
    one.told(NOON + SECOND, NOON)

    assert one.spent_until == NOON + MINUTE + SECOND


def test_a_debt_ends_and_a_clock_that_was_wrong_is_not_believed() -> None:
    assert spent(NOON + DEBT_MAX, NOON, MINUTE) == NOON + DEBT_MAX
    assert wait(NOON + BELIEVED_UP_TO, NOON, SECOND) == BELIEVED_UP_TO - MINUTE + SECOND
    assert wait(NOON + BELIEVED_UP_TO + SECOND, NOON, SECOND) == timedelta()
    assert spent(NOON + timedelta(days=365), NOON, SECOND) == NOON + SECOND


def test_a_tab_is_forgotten_once_nothing_would_be_lost() -> None:
    one = tab()
    one.put(1, NOON)
    assert not one.is_done_with(NOON + 2 * MINUTE)
    assert owing([one]) == [one]
    one.tell()
    one.told(NOON + SECOND, NOON)
    assert not one.is_done_with(NOON + SECOND)
    assert one.is_done_with(NOON + MINUTE)
    assert owing([one]) == []


@dataclass
class Crowd:
    """Processes that share one allowance, each with its tab, and all that they let through."""

    allowance: Allowance
    tabs: list[Tab]
    spent_until: datetime = LONG_AGO
    now: datetime = NOON
    let_through: list[tuple[datetime, int]] = field(default_factory=list)

    def ask(self, number: int, points: int) -> timedelta:
        """One request to one process; how long it has to wait."""
        asked = self.tabs[number % len(self.tabs)]
        points = min(points, self.allowance.points)
        if asked.hand(points):
            self.let_through.append((self.now, points))
            return timedelta()
        if points > self.allowance.on_account:
            return self.take(asked, points)
        if not asked.has_room(points):
            self.tell(number)
        if not (found := asked.wait(points, self.now)):
            asked.put(points, self.now)
            self.let_through.append((self.now, points))
        return found

    def take(self, asked: Tab, points: int) -> timedelta:
        """One that is too much for a process to let through on its own account."""
        more = self.allowance.time_of(points)
        found = max(
            asked.wait(points, self.now),
            wait(self.spent_until, self.now, more + asked.untold()),
        )
        if not found:
            self.spent_until = spent(self.spent_until, self.now, more)
            asked.hear(self.spent_until, self.now)
            self.let_through.append((self.now, points))
        return found

    def tell(self, number: int) -> None:
        """One process tells what it let through, and hears of the others."""
        teller = self.tabs[number % len(self.tabs)]
        self.spent_until = spent(self.spent_until, self.now, teller.tell())
        teller.told(self.spent_until, self.now)

    @property
    def most_beyond(self) -> int:
        """By how many points the worst span of time exceeded what comes back in it; the burst included."""
        worst = 0.0
        for start, (begin, _) in enumerate(self.let_through):
            total = 0
            for at, points in self.let_through[start:]:
                total += points
                back = (at - begin) / MINUTE * self.allowance.points
                worst = max(worst, total - back)
        return round(worst)

    @property
    def promised(self) -> int:
        """The burst, and what every process but one may let through that the others don't know of."""
        return self.allowance.points + (len(self.tabs) - 1) * self.allowance.on_account


ALLOWANCES = some.builds(Allowance, some.integers(1, 300), some.integers(0, 40))
STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("ask"), some.integers(0, 4), some.integers(1, 120)),
        some.tuples(some.just("tell"), some.integers(0, 4), some.just(0)),
        some.tuples(some.just("pass"), some.just(0), some.integers(1, 20_000)),
    ),
    max_size=80,
)


def crowd(allowance: Allowance, processes: int) -> Crowd:
    return Crowd(allowance, [Tab(ID, allowance) for _ in range(processes)])


@given(ALLOWANCES, some.integers(1, 5), STEPS)
def test_in_no_span_of_time_is_more_let_through_than_promised(
    allowance: Allowance, processes: int, steps: list[tuple[str, int, int]]
) -> None:
    several = crowd(allowance, processes)

    for step, number, size in steps:
        if step == "ask":
            several.ask(number, size)
        elif step == "tell":
            several.tell(number)
        else:
            several.now += timedelta(milliseconds=size)

    assert several.most_beyond <= several.promised


@given(some.integers(20, 300), some.integers(1, 5), some.lists(some.integers(1, 250), max_size=20))
def test_who_waits_as_long_as_told_is_let_in_unless_others_came_first(
    points: int, processes: int, sizes: list[int]
) -> None:
    several = crowd(Allowance(points, points // 20), processes)

    for size in (min(size, points - points // 20) for size in sizes):
        if waited := several.ask(0, size):
            several.now += waited
            assert several.ask(0, size) == timedelta()


@given(some.integers(20, 300), some.integers(1, 5), some.integers(1, 100))
def test_who_keeps_well_below_the_allowance_is_never_refused(
    points: int, processes: int, count: int
) -> None:
    """Though what is told late counts from when it is told on."""
    several = crowd(Allowance(points, points // 20), processes)
    apart = MINUTE / points / 0.9

    for number in range(count):
        assert several.ask(number, 1) == timedelta()
        several.now += apart
