"""What Billgraph is to reach, as ratios measured in one run."""

from collections.abc import Callable
from dataclasses import dataclass

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

    def ratio(self, scores: Scores) -> float | None:
        """By answers a second; None where one of the two wasn't measured."""
        return self._of(scores, lambda score: score.rate)

    def ratio_by_core(self, scores: Scores) -> float | None:
        """By what a server core can answer where nothing else is scarce: its processor time."""
        return self._of(scores, lambda score: 1 / max(score.server_cpu_us, 1))

    def is_met(self, scores: Scores) -> bool | None:
        """Whether it is reached; None where it wasn't measured."""
        ratio = self.ratio(scores)
        if ratio is None:
            return None
        return ratio <= self.bound if self.is_most else ratio >= self.bound

    def _of(self, scores: Scores, value: Callable[[Score], float]) -> float | None:
        above, below = (_score(scores, *which) for which in (self.above, self.below))
        return value(above) / value(below) if above and below else None


def _score(scores: Scores, measure: str, contender: str) -> Score | None:
    return scores.get(measure, {}).get(contender)


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
