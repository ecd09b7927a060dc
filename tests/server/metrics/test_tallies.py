"""Tallies are written out as prometheus-client writes its own histograms and counters."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from server.metrics.tallies import BOUNDS_S, Counts, Durations, Levels

SECONDS = (0.0, 0.0004, 0.001, 0.0011, 0.3, 1.0, 10.0, 10.1, 4_000.0)


def test_durations_are_a_histogram() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    durations = Durations("took_seconds", "How long.", ("kind",), ("a",))
    histogram = Histogram("took_seconds", "How long.", ("kind",), registry=theirs, buckets=BOUNDS_S)
    ours.register(durations)
    histogram.labels("a")

    for seconds in SECONDS:
        durations.add(seconds, "b")
        histogram.labels("b").observe(seconds)

    assert generate_latest(ours) == without_created(generate_latest(theirs))


def test_counts_are_a_counter() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    counts = Counts("seen", "How many.", ("kind",), ("a",))
    counter = Counter("seen", "How many.", ("kind",), registry=theirs)
    ours.register(counts)
    counter.labels("a")

    counts.add("b")
    counts.add("b", by=6)
    counter.labels("b").inc(7)

    assert generate_latest(ours) == without_created(generate_latest(theirs))


def test_levels_are_a_gauge() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    levels = Levels("busy", "How many.", ("kind",), ("a",))
    gauge = Gauge("busy", "How many.", ("kind",), registry=theirs)
    ours.register(levels)
    gauge.labels("a")

    levels.set(7, "b")
    levels.move(-2, "b")
    gauge.labels("b").set(5)

    assert generate_latest(ours) == generate_latest(theirs)


def without_created(text: bytes) -> bytes:
    """As it is once prometheus-client is told not to write when each began."""
    lines = text.splitlines(keepends=True)
    return b"".join(line for line in lines if b"_created" not in line)
