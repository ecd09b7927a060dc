"""The result as tables for a terminal."""

from rich.console import Console
from rich.table import Table

from bench import cores, soak
from bench.goals import judged
from bench.rounds import OTHERS_AT_MOST
from bench.session import Result, disturbance

# Whom each measure is compared with.
YARDSTICKS = ("limit", "pgbench")


def show(result: Result, console: Console) -> None:
    """Prints what was measured, and which goals it meets."""
    console.print(_scores(result))
    console.print(_goals(result))
    console.print(f"The clients alone can take {result.ceiling:,.0f} answers/s of 18 kB.")
    disturbed = disturbance(result.scores)
    if disturbed > OTHERS_AT_MOST:
        console.print(
            f"[yellow]Other programs took {disturbed:.1f} of a core meanwhile:[/] "
            "trust the processor times more than the rates."
        )
    if result.memory:
        first, last = result.memory[0], result.memory[-1]
        console.print(
            f"Memory: {first.held_mb:.0f} MiB at first, {last.held_mb:.0f} after "
            f"{last.requests:,} requests; grown since caches filled: "
            f"{soak.growth_mb(result.memory):+.1f} MiB."
        )


def _scores(result: Result) -> Table:
    made = Table("measure", "contender", title=cores.arrangement())
    for name in ("per s", "ratio", "server µs", "SQL µs", "ms", "spread"):
        made.add_column(name, justify="right", no_wrap=True)
    for measure, by_contender in result.scores.items():
        yardstick = next((by_contender[name] for name in YARDSTICKS if name in by_contender), None)
        for name, score in by_contender.items():
            made.add_row(
                result.titles[measure],
                name,
                f"{score.rate:,.0f}",
                f"{score.rate / yardstick.rate:.2f}" if yardstick else "",
                f"{score.server_cpu_us:,.0f}" if score.server_cpu_us else "",
                f"{score.database_cpu_us:,.0f}",
                f"{score.median_ms:.1f}",
                f"{min(score.per_second):,.0f}–{max(score.per_second):,.0f}",
            )
        made.add_section()
    return made


def _goals(result: Result) -> Table:
    made = Table("goal")
    for name in ("wanted", "by answers/s", "by server core"):
        made.add_column(name, justify="right")
    for goal in judged(result.scores):
        made.add_row(*goal)
    return made
