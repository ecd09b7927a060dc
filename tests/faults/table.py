"""The table of faults: what each row says, and the page that holds them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from bench.page_parts import PagePart
from server.settings import CHECKOUT
from tests.faults.traffic import Traffic

PART = PagePart(
    CHECKOUT / "docs" / "reliability.md",
    "<!-- written by `make faults` -->",
    "<!-- end of faults -->",
)
HEAD = (
    "| Fault | How it is done here | Acknowledged | Unanswered, repeated | Served again after "
    "| Outbox empty after |",
    "|---|---|---:|---:|---:|---:|",
)


@dataclass
class Row:
    """A fault that was survived."""

    fault: str
    how: str
    acknowledged: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    answered_s: float | None = None
    drained_s: float | None = None
    note: str = ""

    def asked(self, traffic: Traffic) -> None:
        """What clients were told meanwhile."""
        self.acknowledged += len(traffic.acknowledged)
        self.unanswered += traffic.unanswered

    def answered(self, seconds: float) -> None:
        """A mutation was answered so long after the fault was over; the longest time counts."""
        self.answered_s = max(self.answered_s or 0, seconds)

    def drained(self, seconds: float) -> None:
        """All that was promised was done so long after the fault was over."""
        self.drained_s = seconds

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        """The row that `told` was made of."""
        return cls(**{**told, "unanswered": Counter(told["unanswered"])})

    def told(self) -> dict[str, Any]:
        """The row as plain values, for another process."""
        return {**asdict(self), "unanswered": dict(self.unanswered)}

    def __str__(self) -> str:
        cells = (
            self.fault + (f" ({self.note})" if self.note else ""),
            self.how,
            f"{self.acknowledged:,}" if self.acknowledged else "",
            f"{self.unanswered.total():,}" if self.acknowledged else "",
            _seconds(self.answered_s),
            _seconds(self.drained_s),
        )
        return f"| {' | '.join(cells)} |"


def lines(rows: Iterable[Row]) -> list[str]:
    """The table."""
    return [*HEAD, *(str(row) for row in rows)]


def write(rows: Iterable[Row], circumstances: str) -> None:
    """Replaces the table that an earlier run wrote."""
    PART.write([circumstances, "", *lines(rows)])


def _seconds(taken_s: float | None) -> str:
    return "" if taken_s is None else f"{taken_s:.1f} s"
