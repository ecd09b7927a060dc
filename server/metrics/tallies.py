"""Tallies: counts in plain numbers, for each request pays for them; prometheus-client writes them out."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Where durations are told apart: up to so many seconds, and longer than the last."""

Labels = tuple[str, ...]


class Counts(Collector):
    """How often something happened, by its labels; those of `seen` are there before they happen."""

    def __init__(self, name: str, help_: str, labels: Labels, *seen: Labels) -> None:
        self._about = (name, help_, labels)
        self._counts: dict[Labels, float] = dict.fromkeys(seen, 0.0)

    def add(self, *labels: str, by: float = 1) -> None:
        """Counts it; labels are few and of our own making, never a client's."""
        self._counts[labels] = self._counts.get(labels, 0) + by

    def collect(self) -> Iterator[CounterMetricFamily]:
        """As Prometheus reads it."""
        name, help_, labels = self._about
        family = CounterMetricFamily(name, help_, labels=labels)
        for values, count in self._counts.items():
            family.add_metric(values, count)
        yield family


class Levels(Collector):
    """How much there is of something now, by its labels."""

    def __init__(self, name: str, help_: str, labels: Labels, *seen: Labels) -> None:
        self._about = (name, help_, labels)
        self._levels: dict[Labels, float] = dict.fromkeys(seen, 0.0)

    def set(self, level: float, *labels: str) -> None:
        """So much there is now."""
        self._levels[labels] = level

    def move(self, by: float, *labels: str) -> None:
        """So much more there is now, or less."""
        self._levels[labels] = self._levels.get(labels, 0.0) + by

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As Prometheus reads it."""
        name, help_, labels = self._about
        family = GaugeMetricFamily(name, help_, labels=labels)
        for values, level in self._levels.items():
            family.add_metric(values, level)
        yield family


@dataclass(slots=True)
class Times:
    """How many took how long."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Counts one that took so long."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds


class Durations(Collector):
    """How often something happened and how long it took, by its labels."""

    def __init__(self, name: str, help_: str, labels: Labels, *seen: Labels) -> None:
        self._about = (name, help_, labels)
        self._times = {values: Times() for values in seen}

    def add(self, seconds: float, *labels: str) -> None:
        """Counts one that took so long; labels are few and of our own making, never a client's."""
        self.of(*labels).add(seconds)

    def of(self, *labels: str) -> Times:
        """Those with these labels, for whoever counts often."""
        times = self._times.get(labels)
        if times is None:
            times = self._times[labels] = Times()
        return times

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """As Prometheus reads it: for each bound how many took no longer."""
        name, help_, labels = self._about
        family = HistogramMetricFamily(name, help_, labels=labels)
        for values, times in self._times.items():
            so_far, buckets = 0, []
            for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), times.counts, strict=True):
                so_far += count
                buckets.append((bound, so_far))
            family.add_metric(values, buckets, sum_value=times.sum_s)
        yield family
