"""The table of a run of endurance, for a terminal and for docs/reliability.md."""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime

from bench import cores
from bench.endurance import Endured, quantile
from bench.mix import KINDS
from bench.page_parts import PagePart
from server.settings import CHECKOUT

PART = PagePart(
    CHECKOUT / "docs" / "reliability.md",
    "<!-- written by `python -m bench load` -->",
    "<!-- end of load -->",
)
SETTLED_S = 30


def lines(result: Endured) -> Iterator[str]:
    """What is shown of a run, as Markdown."""
    minutes = result.seconds / 60
    yield (
        f"{datetime.now(UTC):%-d %B %Y}, {cores.count()} cores for clients, server and PostgreSQL "
        f"together, Python {platform.python_version()}: {result.clients} clients for {minutes:g} "
        f"minutes, each sending its next request as soon as it is answered; {result.invoices:,} "
        "invoices in the end."
    )
    yield ""
    yield "| Request | answered | per s | p50 ms | p99 ms | errors |"
    yield "|---|---:|---:|---:|---:|---:|"
    for kind, title in KINDS.items():
        taken = result.taken[kind]
        yield _row(title, taken.latencies_s, len(taken.errors), result.seconds)
    latencies_s = [one for taken in result.taken.values() for one in taken.latencies_s]
    yield _row("**all**", latencies_s, len(result.errors), result.seconds)
    yield ""
    yield "| Over time | |"
    yield "|---|---|"
    yield from (f"| {name} | {value} |" for name, value in _facts(result).items())


def write(result: Endured) -> None:
    """Replaces what an earlier run wrote."""
    PART.write(lines(result))


def _row(title: str, latencies_s: list[float], errors: int, seconds: float) -> str:
    p50, p99 = (quantile(latencies_s, share) * 1000 for share in (0.5, 0.99))
    count = len(latencies_s)
    return f"| {title} | {count:,} | {count / seconds:,.0f} | {p50:,.0f} | {p99:,.0f} | {errors} |"


def _facts(result: Endured) -> dict[str, str]:
    settled = result.memory_mb[min(SETTLED_S, len(result.memory_mb) // 2) :]
    lag = f"{quantile(result.lags_s, 0.5):.1f} s at the median, {max(result.lags_s):.1f} s at most"
    return {
        "memory of all server processes": (
            f"{result.memory_mb[0]:,.0f} MiB at the beginning, {settled[0]:,.0f} once warm, "
            f"{settled[-1]:,.0f} at the end"
        ),
        "oldest mail or other job that is due waits": lag,
        "outbox empty after the last request": f"{result.drained_s:.1f} s",
        "`verify`": "nothing wrong" if not result.wrong else f"{result.wrong} things are wrong",
    }
