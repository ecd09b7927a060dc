"""Where traces go: an endpoint of OTLP over HTTP, as OpenTelemetry's own environment variables name it."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExporter


def exporter() -> SpanExporter:
    """By OTEL_EXPORTER_OTLP_ENDPOINT and its like: headers, time limit, compression, certificate."""
    return OTLPSpanExporter()
