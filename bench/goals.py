"""What Billgraph is to reach, as ratios measured in one run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bench.rounds import Score, Scores

BILLGRAPH = "Billgraph"


@dataclass(frozen=True)
class Goal:
    """A ratio of two scores of one run: at least `bound`, or at most where `is_most`."""

    title: str
    bound: float
    above: tuple[str, str]
    below: tuple[str, str]
    is_most: bool = False

    def judged(self, scores: Scores) -> "Judged | None":
        """How far it is reached; None where one of the two wasn't measured."""
        above, below = (
            scores.get(measure, {}).get(who) for measure, who in (self.above, self.below)
        )
        if above is None or below is None:
            return None

        def ratio(value: Callable[[Score], float]) -> str:
            return self._marked(value(above) / value(below))

        has_core = above.server_cpu_us and below.server_cpu_us
        return Judged(
            self.title,
            f"{'≤' if self.is_most else '≥'} {self.bound:g}",
            ratio(lambda score: score.rate),
            ratio(lambda score: 1 / score.server_cpu_us) if has_core else "",
        )

    def _marked(self, ratio: float) -> str:
        is_met = ratio <= self.bound if self.is_most else ratio >= self.bound
        return f"{ratio:.2f} {'✓' if is_met else '✗'}"


class Judged(NamedTuple):
    """A goal beside what was measured, each ratio marked.

    `by_core` is what a server core can answer where nothing else is scarce: by its processor time.
    """

    title: str
    wanted: str
    by_rate: str
    by_core: str


def _beside(title: str, bound: float, measure: str, other: str) -> Goal:
    return Goal(title, bound, (measure, BILLGRAPH), (measure, other))


GOALS = [
    _beside("list, of the hand-written limit", 0.8, "list", "limit"),
    _beside("list, times Strawberry + Tortoise", 8, "list", "Strawberry + Tortoise"),
    _beside("list, times PostGraphile 5", 2.5, "list", "PostGraphile 5"),
    _beside("list, times Mercurius", 2.5, "list", "Mercurius, JIT"),
    _beside("one by id, of the hand-written limit", 0.6, "by-id", "limit"),
    Goal(
        "page 1, times the deep page",
        1.3,
        ("page-1", BILLGRAPH),
        ("deep", BILLGRAPH),
        is_most=True,
    ),
    _beside("issue, of pgbench", 0.4, "issue", "pgbench"),
]


def judged(scores: Scores) -> Iterator[Judged]:
    """Every goal whose two scores were measured."""
    yield from filter(None, (goal.judged(scores) for goal in GOALS))
