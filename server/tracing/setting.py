"""Whether traces are written: where an endpoint is set and OpenTelemetry isn't turned off."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models import tracing
from server.settings import Settings


def is_on(settings: Settings) -> bool:
    """By the variables that OpenTelemetry has for it."""
    endpoint = settings.otel_exporter_otlp_endpoint or settings.otel_exporter_otlp_traces_endpoint
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return bool(endpoint) and not is_off and os.environ.get("OTEL_TRACES_EXPORTER") != "none"


def protocol() -> str:
    """The protocol that the environment wants; http/protobuf alone is spoken."""
    general = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    return os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", general)


@asynccontextmanager
async def traced(settings: Settings) -> AsyncIterator[None]:
    """Writes traces meanwhile, where they are on; else nothing of OpenTelemetry is even loaded."""
    if not is_on(settings) or tracing.is_heard():
        yield
        return
    from server.tracing.writing import written

    async with written():
        yield
