"""Exports: what the server holds in memory while it writes a file of every line that a workspace has."""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from bench import processes
from bench.cluster import Loaded
from bench.processes import Running

INVOICES = 410_000
"""Of three lines each; the largest workspace holds a million lines then."""
LINK = "{ exportUrl(kind: LINES) }"
TIMEOUT_S = 600


@dataclass(frozen=True)
class Written:
    """One file, and the server's memory before it and at most while it was written."""

    rows: int
    size_mb: float
    took_s: float
    before_mb: float
    most_mb: float

    def __str__(self) -> str:
        return (
            f"{self.rows:,} lines, {self.size_mb:,.0f} MB in {self.took_s:.1f} s: the server held "
            f"{self.before_mb:.0f} MiB before, {self.most_mb:.0f} MiB at most"
        )


def measure(server: Running, loaded: Loaded) -> Written:
    """Fetches the lines of the largest workspace, as fast as they come."""
    address = f"http://127.0.0.1:{server.port}"
    with httpx2.Client(timeout=TIMEOUT_S) as http:
        authorization = {"authorization": f"Bearer {loaded.home.api_key}"}
        asked = http.post(f"{address}/graphql", json={"query": LINK}, headers=authorization)
        link = urlsplit(asked.json()["data"]["exportUrl"])
        held, ends, size = [processes.memory_mb(server.pid)], 0, 0
        began_s = time.perf_counter()
        with http.stream("GET", f"{address}{link.path}?{link.query}") as answer:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                ends, size = ends + part.count(b"\n"), size + len(part)
                held.append(processes.memory_mb(server.pid))
        took_s = time.perf_counter() - began_s
    return Written(ends - 1, size / 1e6, took_s, held[0], max(held))
