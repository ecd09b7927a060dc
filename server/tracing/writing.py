"""Writing: blocks become spans of OpenTelemetry, sent by a thread of its own. Nothing of it is loaded before."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from models import tracing
from models.tracing import TRACEPARENT, Facts
from server.metrics.connections import CountingClient, CountingConnection
from server.metrics.instruments import version
from server.outside.traces import exporter
from server.tracing.connections import TracedConnection

KINDS = {
    "inside": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "job": SpanKind.CONSUMER,
}
W3C = TraceContextTextMapPropagator()


class Writer:
    """Tells blocks to OpenTelemetry."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("billgraph", version())

    @contextmanager
    def span(self, name: str, kind: str, facts: Facts, parent: str | None) -> Iterator[None]:
        """A span; of a fault its kind is told, and not its words, which may hold what a client sent.

        What is inside of nothing is not told: a trace begins with a request or a job.
        """
        if kind == "inside" and self.traceparent() is None:
            yield
            return
        with self._tracer.start_as_current_span(
            name,
            W3C.extract({TRACEPARENT: parent}) if parent else None,
            KINDS[kind],
            facts,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    def traceparent(self) -> str | None:
        """The span in force; None where there is none."""
        carrier: dict[str, str] = {}
        W3C.inject(carrier)
        return carrier.get(TRACEPARENT)


@asynccontextmanager
async def written() -> AsyncIterator[None]:
    """Writes traces meanwhile, and sends what is left at the end."""
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter()))
    tracing.listen(Writer(provider))
    CountingClient.connection_class = TracedConnection
    try:
        yield
    finally:
        CountingClient.connection_class = CountingConnection
        tracing.listen(None)
        await asyncio.to_thread(provider.shutdown)


def annotate(facts: Facts) -> None:
    """Adds to the span in force what is known of it by now; its name, where "name" is among that."""
    span = trace.get_current_span()
    for key, value in facts.items():
        if key == "name":
            span.update_name(str(value))
        else:
            span.set_attribute(key, value)


def _resource() -> Resource:
    named = "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    name = {} if named else {"service.name": "billgraph"}
    return Resource.create({**name, "service.version": version()})
