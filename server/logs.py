"""One line a happening, for people or for machines: with the request's id, without secrets."""

import logging
import sys
import threading
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Literal, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.identifiers import encode_id
from models import tracing
from server.redaction import redact

FACTS: ContextVar[dict[str, Any] | None] = ContextVar("facts", default=None)
"""What every line says that is written in the course of one request or one job."""

# What these say at a lower level is noise, or holds statements and their values.
QUIET = (
    *("tortoise", "asyncpg", "asyncio", "httpx2", "httpcore2", "strawberry", "uvicorn"),
    *("stripe", "urllib3"),
)


log = structlog.stdlib.get_logger(__name__)


def configure(
    log_format: Literal["text", "json"], stream: TextIO = sys.stderr, level: int = logging.INFO
) -> None:
    """Sends structlog and the standard library's logging through one redacting line writer."""
    shared: list[Processor] = [
        with_facts,
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


def about(**facts: Any) -> None:
    """Has the lines of this request or job say this too."""
    known = FACTS.get()
    if known is not None:
        known.update(facts)


def reason(fault: BaseException) -> str:
    """What went wrong, in one line's field; of which kind it is, since many say nothing more."""
    return f"{type(fault).__name__}: {fault}".rstrip(": ")


def take_over() -> None:
    """Has what Python itself would print written as lines too: warnings, and what nobody caught."""
    logging.captureWarnings(True)
    sys.excepthook = _say_what_ended_it
    threading.excepthook = _say_what_ended_a_thread
    sys.unraisablehook = _say_what_nobody_caught


def with_facts(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Names the request or job in whose course a line is written, and whose workspace it is about."""
    facts = FACTS.get() or {}
    for name, value in facts.items():
        event.setdefault(name, value)
    trace = tracing.traceparent()
    if trace is not None:
        _, event["trace_id"], event["span_id"], _ = trace.split("-")
    workspace_id = event.get("workspace_id")
    if isinstance(workspace_id, UUID):
        event["workspace_id"] = encode_id("wsp", workspace_id)
    return event


def _say_what_ended_it(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """A line like any other, without secrets, where Python would print the traceback as it is."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        log.critical("a fault ended it", exc_info=(kind, error, traceback))


def _say_what_ended_a_thread(ended: threading.ExceptHookArgs) -> None:
    name = ended.thread.name if ended.thread else ""
    log.error("a fault ended a thread", thread=name, exc_info=ended.exc_value)


def _say_what_nobody_caught(found: "sys.UnraisableHookArgs") -> None:
    log.error("a fault that nobody could catch", where=repr(found.object), exc_info=found.exc_value)


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
