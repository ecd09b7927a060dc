"""The limit: one hand-written SQL statement behind bare Starlette."""

import sys
from urllib.parse import urlencode

from bench.asking import Ask
from bench.cluster import Loaded
from bench.contenders import billgraph
from bench.contenders.contender import Contender, Dialect, Sample


def _dialect(path: str, parameters: list[str], read: object) -> Dialect:
    def ask(loaded: Loaded, sample: Sample) -> Ask:
        given = urlencode({name: str(sample[name]) for name in parameters})
        return Ask(f"/{path}?{given}", headers={"x-workspace": str(loaded.home.workspace_id)})

    return Dialect(ask, read)  # type: ignore[arg-type]  # one of Billgraph's own


def uvicorn(app: str, port: int) -> list[str]:
    """The command that serves an app with what is fastest, as Billgraph serves itself."""
    return [
        *(sys.executable, "-m", "uvicorn", app, "--port", str(port), "--loop", "uvloop"),
        *("--http", "httptools", "--no-access-log", "--log-level", "warning"),
        *("--timeout-keep-alive", "75"),
    ]


LIMIT = Contender(
    "limit",
    lambda port: uvicorn("bench.limit.server:app", port),
    {
        "list": _dialect("list", ["first"], billgraph.read_page),
        "page-1": _dialect("list", ["first"], billgraph.read_page),
        "deep": _dialect("deep", ["first", "at", "id"], billgraph.read_page),
        "filtered": _dialect("filtered", ["first", "status", "customer"], billgraph.read_page),
        "by-id": _dialect("by-id", ["id"], billgraph.read_invoice),
        "customer": _dialect("customer", ["id"], billgraph.read_customer),
    },
)
