"""The result as a table for a terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from bench import cores
from bench.rounds import Scores


def show(scores: Scores, titles: Mapping[str, str], console: Console) -> None:
    """Prints rates, processor time and ratios."""
    made = Table("measure", "contender", title=cores.arrangement())
    for name in ("per s", "of limit", "server µs", "SQL µs", "ms", "spread"):
        made.add_column(name, justify="right", no_wrap=True)
    for measure, by_contender in scores.items():
        limit = by_contender.get("limit")
        for name, score in by_contender.items():
            ratio = f"{score.rate / limit.rate:.2f}" if limit else ""
            spread = f"{min(score.per_second):,.0f}–{max(score.per_second):,.0f}"
            made.add_row(
                titles[measure],
                name,
                f"{score.rate:,.0f}",
                ratio,
                f"{score.server_cpu_us:,.0f}",
                f"{score.database_cpu_us:,.0f}",
                f"{sorted(score.latency_ms)[len(score.latency_ms) // 2]:.1f}",
                spread,
            )
        made.add_section()
    console.print(made)
