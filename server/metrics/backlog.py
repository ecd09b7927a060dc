"""The backlog as Prometheus reads it: asked of the database at each look, which it may fail to answer."""

import asyncio
from collections.abc import Sequence

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from models.connections import FAULTS
from resolvers import jobs, test_clocks
from resolvers.jobs import Backlog
from server.clock import utc_now
from server.logs import reason

TIME_LIMIT_S = 2.0

log = structlog.stdlib.get_logger(__name__)


async def families() -> list[Metric]:
    """What waits, how long, and what is dead; without them, where the database does not say in time."""
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            found = await jobs.backlogs(utc_now(), await test_clocks.running())
    except FAULTS as fault:
        log.warning("the backlog could not be read for metrics", error=reason(fault))
        return [answered(0)]
    return [answered(1), *written(found)]


def answered(value: int) -> Metric:
    """Whether the database said what waits."""
    return GaugeMetricFamily(
        "billgraph_database_answered",
        f"1 where the database said within {TIME_LIMIT_S:g} s what waits; 0 where all billgraph_jobs "
        "are missing here, because it did not.",
        value,
    )


def written(found: Sequence[Backlog]) -> list[Metric]:
    """As Prometheus reads it."""
    counts = GaugeMetricFamily(
        "billgraph_jobs",
        "Jobs in the outbox by kind and state. due: waits for a worker; later: not due yet; running: "
        "in a worker's hands; dead: failed for good, and stays until someone looks.",
        labels=("kind", "state"),
    )
    lags = GaugeMetricFamily(
        "billgraph_jobs_oldest_due_seconds",
        "How long the oldest job that is due has waited for a worker; 0 where none does. Sandboxes "
        "with a clock of their own are left out.",
        labels=("kind",),
    )
    for one in found:
        for state in ("due", "later", "running", "dead"):
            counts.add_metric((one.kind, state), getattr(one, state))
        lags.add_metric((one.kind,), one.oldest_due.total_seconds())
    return [counts, lags]
