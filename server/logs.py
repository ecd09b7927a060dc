"""One line a happening, for people or for machines: with the request's id, without secrets."""

import logging
import sys
from contextvars import ContextVar
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from server.redaction import redact

# What these say at a lower level is noise, or holds statements and their values.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

QUIET = (
    *("tortoise", "asyncpg", "asyncio", "httpx2", "httpcore2", "strawberry", "uvicorn"),
    *("stripe", "urllib3"),
)


def configure(
    log_format: Literal["text", "json"], stream: TextIO = sys.stderr, level: int = logging.INFO
) -> None:
    """Sends structlog and the standard library's logging through one redacting line writer."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        with_request_id,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    _configure_standard_library(shared, _renderer(log_format, stream), stream, level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def with_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Names the request in whose course a line is written."""
    request_id = REQUEST_ID.get()
    if request_id:
        event["request_id"] = request_id
    return event


def without_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The last step before a line is written: nothing after it may add text."""
    return {name: redact(value, name) for name, value in event.items()}


def _configure_standard_library(
    shared: list[Processor], renderer: Processor, stream: TextIO, level: int
) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_secrets,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def _renderer(log_format: Literal["text", "json"], stream: TextIO) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
