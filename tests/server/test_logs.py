"""What a log line looks like and carries."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from server import logs, request_log
from server.request_log import RequestLog

SECRET = "ak_live_0123456789abcdef"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged; however slow the machine is, no request drags."""
    monkeypatch.setattr(request_log, "SLOW_S", 600.0)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def greet(_: Request) -> Response:
    structlog.stdlib.get_logger("shop").info("greeting", api_key=SECRET)
    return PlainTextResponse("hello")


async def refuse(_: Request) -> Response:
    structlog.stdlib.get_logger("shop").info("refusing", api_key=SECRET)
    return PlainTextResponse("no", 403)


async def fail(_: Request) -> Response:
    raise RuntimeError(f"could not use {SECRET}")


async def stream(_: Request) -> Response:
    return Response(headers={"content-type": "text/event-stream"})


def client() -> TestClient:
    routes = [
        Route("/", greet),
        Route("/healthz", greet),
        Route("/refuse", refuse),
        Route("/fail", fail),
        Route("/stream", stream),
        Route("/pay/{token}", greet),
    ]
    return TestClient(RequestLog(Starlette(routes=routes)), raise_server_exceptions=False)


def lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_and_all_it_logs_carry_one_id(written: io.StringIO) -> None:
    logs.configure("json", written)

    answer = client().get("/refuse?q=private", headers={"x-request-id": "trace-7"})

    refusing, request = lines(written)
    assert answer.headers["x-request-id"] == "trace-7"
    assert refusing["request_id"] == request["request_id"] == "trace-7"
    assert request["event"] == "request"
    assert (request["method"], request["path"], request["status"]) == ("GET", "/refuse", 403)
    assert "private" not in written.getvalue()


def test_an_id_that_could_forge_a_line_is_replaced(written: io.StringIO) -> None:
    logs.configure("json", written)

    answer = client().get("/", headers={"x-request-id": "a b"})

    assert answer.headers["x-request-id"] != "a b"
    assert len(answer.headers["x-request-id"]) == 32


def test_a_failure_is_logged_with_its_traceback_but_not_its_secrets(written: io.StringIO) -> None:
    logs.configure("json", written)

    client().get("/fail")

    (line,) = lines(written)
    assert line["status"] == 500
    assert "RuntimeError: could not use ak_live_[redacted]" in str(line["exception"])


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_stay_out_of_either_format(
    log_format: Literal["text", "json"], written: io.StringIO
) -> None:
    logs.configure(log_format, written)

    client().get("/fail")
    client().get("/pay/9f8a7b6c5d4e3f2a1b0c")
    logging.getLogger("elsewhere").warning("token %s", SECRET)

    assert "0123456789abcdef" not in written.getvalue()
    assert "9f8a7b6c5d4e3f2a1b0c" not in written.getvalue()
    assert "request" in written.getvalue()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (TimeoutError(), "TimeoutError"),
        (ValueError("no such place"), "ValueError: no such place"),
        (OSError(2, "gone"), "FileNotFoundError: [Errno 2] gone"),
    ],
)
def test_a_fault_is_told_with_its_kind_though_it_may_say_no_more(
    fault: Exception, told: str
) -> None:
    assert logs.reason(fault) == told


def test_probes_leave_no_line(written: io.StringIO) -> None:
    logs.configure("json", written)

    client().get("/healthz")

    assert [line["event"] for line in lines(written)] == ["greeting"]


def test_what_dragged_leaves_a_line_and_what_goes_on_does_not(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_log, "SLOW_S", 0.0)
    logs.configure("json", written)

    client().get("/stream")
    client().get("/healthz")

    shown = [line["path"] for line in lines(written) if line["event"] == "request"]
    assert shown == ["/healthz"]
