"""A Stripe that answers what it is told to: a real HTTP server that keeps what it was asked."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SHAPES = Path(__file__).parent / "stripe"
Json = dict[str, Any]


def shape(name: str, **changes: Any) -> Json:
    """An object as Stripe documents it, with what a test needs to be otherwise."""
    found: Json = json.loads((SHAPES / f"{name}.json").read_text())
    return {**found, **changes}


def failure(code: str | None = None, **changes: Any) -> Json:
    """An error of Stripe's."""
    return {"error": {**shape("error")["error"], "code": code, **changes}}


def listed(*objects: Json) -> Json:
    """A page of a list, the last one."""
    return {"object": "list", "data": list(objects), "has_more": False, "url": "/v1/things"}


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    fields: Mapping[str, str]

    @property
    def key(self) -> str | None:
        """The key under which Stripe does it once."""
        return self.headers.get("idempotency-key")


@dataclass(frozen=True)
class Answer:
    """What is answered: a body of JSON, or none by hanging up, after `delay_s`."""

    body: Json | None
    status: int = 200
    delay_s: float = 0


@dataclass
class RecordedStripe:
    """Answers each path in the order of what is laid out for it; the last is answered again."""

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)

    def will(self, asking: str, body: Json | None, status: int = 200, delay_s: float = 0) -> None:
        """Lays out one more answer to such as `POST /v1/refunds`."""
        self.answers.setdefault(asking, []).append(Answer(body, status, delay_s))

    def take(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        left = self.answers.get(f"{asked.method} {asked.path}")
        if not left:
            return Answer(failure("not_laid_out", message=f"{asked.method} {asked.path}"), 404)
        return left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def running() -> Iterator[RecordedStripe]:
    """A recorded Stripe on a free port of this machine."""
    recorded = RecordedStripe()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(recorded))
    server.daemon_threads = True
    recorded.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield recorded
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(recorded: RecordedStripe) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["content-length"] or 0)).decode())

        def _answer(self, body: str) -> None:
            url = urlsplit(self.path)
            fields = dict(parse_qsl(body or url.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = recorded.take(Asked(self.command, url.path, headers, fields))
            time.sleep(answer.delay_s)
            if answer.body is None:
                self.close_connection = True
                return
            self._send(answer, json.dumps(answer.body).encode())

        def _send(self, answer: Answer, body: bytes) -> None:
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.send_header("request-id", "req_Qx0aBcDeFgHiJk")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Keeps quiet."""

    return Answering
