"""Runs localstripe as a program of its own, behind a server that spares it what it doesn't know."""

import http.client
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

from tests.ports import free_port

# Fields of a PaymentIntent that Stripe documents and localstripe 1.15 refuses.
UNKNOWN_THERE = ("description", "return_url")
READY_WITHIN_S = 90


@dataclass
class LocalStripe:
    """A Stripe that takes cards, charges them and gives money back; what it told by webhook."""

    address: str
    webhook_address: str
    port: int
    told: queue.Queue[tuple[dict[str, str], bytes]] = field(default_factory=queue.Queue)

    def post(self, path: str, **fields: str) -> bytes:
        """What Stripe's own front end would send from a browser."""
        status, body = asked(self.port, "POST", path, list(fields.items()), "Bearer sk_test_12345")
        assert status == 200, body
        return body

    def wait_for_one_about(self, key: str) -> tuple[dict[str, str], bytes]:
        """The next webhook that names what we ordered by this key: its headers and body."""
        while True:
            headers, body = self.told.get(timeout=READY_WITHIN_S)
            if key.encode() in body:
                return headers, body


def asked(
    port: int, method: str, path: str, fields: list[tuple[str, str]], authorization: str
) -> tuple[int, bytes]:
    """What localstripe itself answers."""
    headers = {"authorization": authorization}
    if fields:
        headers["content-type"] = "application/x-www-form-urlencoded"
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, urlencode(fields), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def running() -> Iterator[LocalStripe]:
    """localstripe on a free port, as long as it is needed."""
    port = free_port()
    command = [sys.executable, "-m", "localstripe", "--from-scratch", "--port", str(port)]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
        ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as between,
    ):
        here = f"http://127.0.0.1:{between.server_port}"
        opened = LocalStripe(here, f"{here}/webhook", port)
        between.RequestHandlerClass = _handler(opened)
        thread = threading.Thread(target=between.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            _wait_for(port)
            yield opened
        finally:
            between.shutdown()
            thread.join()
            process.terminate()


def _handler(opened: LocalStripe) -> type[BaseHTTPRequestHandler]:
    class Between(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass_on(b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            if self.path == "/webhook":
                headers = {name.lower(): value for name, value in self.headers.items()}
                opened.told.put((headers, body))
                self._answer(200, b"")
            else:
                self._pass_on(body)

        def _pass_on(self, body: bytes) -> None:
            fields = [pair for pair in parse_qsl(body.decode()) if pair[0] not in UNKNOWN_THERE]
            self._answer(
                *asked(opened.port, self.command, self.path, fields, self.headers["authorization"])
            )

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Keeps quiet."""

    return Between


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("localstripe did not start")
