"""Instruments: everything that a process counts of its own work, with the words that explain it."""

import platform
import tomllib
from functools import cache

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

from server.metrics.tallies import Counts, Durations, Levels
from server.settings import CHECKOUT

REGISTRY = CollectorRegistry()
OUTCOME = "billgraph.operation"
"""The key of a request's scope under which its operation says its type and outcome."""

OPERATIONS = Durations(
    "billgraph_operation_duration_seconds",
    "GraphQL operations over HTTP and WebSocket, from the request to its answer, by type (query, "
    "mutation, subscription, none: it was not run) and outcome. ok: answered without errors; "
    "errors: answered, with an error that is the client's; refused: not run, by the client's fault; "
    "limited: not run, for it was one too many; failed: our fault, which is in the log; abandoned: the "
    "client left. A subscription is timed until it stands.",
    ("type", "outcome"),
    *(("query", outcome) for outcome in ("ok", "errors", "failed")),
    *(("mutation", outcome) for outcome in ("ok", "errors", "failed")),
    *(("none", outcome) for outcome in ("refused", "limited", "failed")),
)
REQUESTS = Durations(
    "billgraph_http_request_duration_seconds",
    "HTTP requests that were no operations, by where they went (pay, files, callbacks, graphiql, static, "
    "probes, other) and by the class of the answer's status (2xx, 4xx, …).",
    ("place", "status"),
)
STATEMENTS = Durations(
    "billgraph_statement_duration_seconds",
    "Statements sent to PostgreSQL, BEGIN and COMMIT among them, from being sent to being answered. "
    "ok; conflict: met another transaction (it is run again); canceled: ended by a time limit, or "
    "because nobody waits for it; failed: any other error, a broken connection among them.",
    ("outcome",),
    *((outcome,) for outcome in ("ok", "conflict", "canceled", "failed")),
)
POOL_WAITED = Counts(
    "billgraph_pool_waited_seconds",
    "Seconds that work waited for a free connection, added up over all that waited; estimated from "
    "how many wait, once a second. Growing by 1 a second means that one waits all the time.",
    (),
    (),
)
REPLICA_READS = Counts(
    "billgraph_replica_reads",
    "Statements of queries that asked for a replica, by what became of each where it was tried. answered; "
    "late: that standby had not yet what it was to show; failed: it was out of reach, or the statement "
    "took too long. The next standby was tried then, and the primary in the end.",
    ("outcome",),
    *((outcome,) for outcome in ("answered", "late", "failed")),
)
JOBS = Durations(
    "billgraph_job_duration_seconds",
    "Jobs that a worker carried out, by kind and outcome. done; later: nothing wrong, again at its "
    "time; retried: failed, and tried again; dead: failed for good, someone must look; lost: another "
    "worker has it, or its outcome could not be kept.",
    ("kind", "outcome"),
)
WEBHOOKS = Durations(
    "billgraph_webhook_attempt_duration_seconds",
    "Attempts to deliver an event to a webhook endpoint. delivered: 2xx; refused: any other status; "
    "unreachable: no status at all within 15 s, or an address that may not be called.",
    ("outcome",),
    *((outcome,) for outcome in ("delivered", "refused", "unreachable")),
)
MAILS = Counts(
    "billgraph_mails",
    "Mails by what became of them. sent: taken by the mail server; dropped: its customer may not be "
    "mailed any more; deferred: not taken now, tried again; refused: not taken for good.",
    ("outcome",),
    *((outcome,) for outcome in ("sent", "dropped", "deferred", "refused")),
)
EVENTS_TOLD = Counts(
    "billgraph_events_told", "Events told to subscribers, over WebSocket and SSE.", (), ()
)
LOOP_LAG = Durations(
    "billgraph_event_loop_lag_seconds",
    "How late a timer rang in this process, looked at once a second: beyond 0.1 s, something held up "
    "all requests.",
    (),
    (),
)
SUBSCRIBERS = Levels(
    "billgraph_subscribers",
    "Subscriptions that are followed now, over WebSocket and SSE.",
    (),
    (),
)
SLOTS = Levels(
    "billgraph_worker_slots",
    "Jobs that workers can carry out at once: deliveries to webhooks, and all other jobs.",
    ("slots",),
)
SLOTS_BUSY = Levels(
    "billgraph_worker_slots_busy", "Jobs that workers carry out now, as above.", ("slots",)
)
BUILD = Levels(
    "billgraph_build_info",
    "Always 1: which version runs, on which Python.",
    ("version", "python"),
)
TALLIES = (
    *(OPERATIONS, REQUESTS, STATEMENTS, POOL_WAITED, REPLICA_READS, JOBS, WEBHOOKS, MAILS),
    *(EVENTS_TOLD, SUBSCRIBERS, SLOTS, SLOTS_BUSY, LOOP_LAG, BUILD),
)


@cache
def version() -> str:
    """The version that pyproject.toml says."""
    found: str = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
    return found


BUILD.set(1, version(), platform.python_version())
for _tally in TALLIES:
    REGISTRY.register(_tally)
GCCollector(REGISTRY)
ProcessCollector(registry=REGISTRY)
