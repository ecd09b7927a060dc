"""Writes the result of a run into docs/performance.md, between its marks, and draws the chart."""

import platform
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import chart, cores, soak
from bench.goals import judged
from bench.page_parts import PagePart
from bench.session import Result, disturbance
from bench.table import YARDSTICKS
from server.settings import CHECKOUT

PICTURE = CHECKOUT / "docs" / "pictures" / "performance.svg"
PART = PagePart(
    CHECKOUT / "docs" / "performance.md", "<!-- written by `make bench` -->", "<!-- end -->"
)


class Incomplete(Exception):
    """A run of parts is not published as if it were all."""


def write(result: Result) -> None:
    """Replaces what an earlier run wrote."""
    PICTURE.write_text(chart.svg(result.scores, result.titles))
    PART.write(_lines(result))


def _lines(result: Result) -> Iterator[str]:
    yield _circumstances(result)
    yield ""
    yield from _goals(result)
    yield ""
    yield f"![Answers a second by measure and contender](pictures/{PICTURE.name})"
    yield ""
    yield from _scores(result)
    if result.memory:
        yield ""
        yield _memory(result)


def _circumstances(result: Result) -> str:
    invoices = sum(home.invoices for home in result.loaded.homes)
    disturbed = disturbance(result.scores)
    return (
        f"{datetime.now(UTC):%-d %B %Y}, {_processor()}, {cores.arrangement()}; Python "
        f"{platform.python_version()}; {invoices:,} invoices of three lines in "
        f"{len(result.loaded.homes)} workspaces; the median of {result.wanted.rounds} turns of "
        f"{result.wanted.seconds:g} s, 16 connections. The clients alone can take "
        f"{result.ceiling:,.0f} answers/s of 18 kB. Other programs took {disturbed:.2f} of a "
        "core meanwhile."
    )


def _processor() -> str:
    try:
        names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        names = []
    return names[0] if names else platform.machine()


def _goals(result: Result) -> Iterator[str]:
    yield "| Goal | wanted | by answers/s | by server core |"
    yield "|---|---:|---:|---:|"
    for goal in judged(result.scores):
        yield f"| {' | '.join(goal)} |"


def _scores(result: Result) -> Iterator[str]:
    yield "| Measure | Contender | answers/s | ratio | server µs | SQL µs | median ms |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for measure, by_contender in result.scores.items():
        yardstick = next((by_contender[name] for name in YARDSTICKS if name in by_contender), None)
        for name, score in by_contender.items():
            ratio = f"{score.rate / yardstick.rate:.2f}" if yardstick else ""
            server = f"{score.server_cpu_us:,.0f}" if score.server_cpu_us else ""
            yield (
                f"| {result.titles[measure]} | {name} | {score.rate:,.0f} | {ratio} | {server} "
                f"| {score.database_cpu_us:,.0f} | {score.median_ms:.1f} |"
            )


def _memory(result: Result) -> str:
    first, last = result.memory[0], result.memory[-1]
    return (
        f"Memory of the server: {first.held_mb:.0f} MiB at its start, {last.held_mb:.0f} MiB after "
        f"{last.requests:,} requests of all kinds; {soak.growth_mb(result.memory):+.1f} MiB since "
        f"the first {soak.SETTLED_AFTER:.0%} of them."
    )
