"""The processes: they start on a machine with nothing, serve, and leave nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from server.settings import CHECKOUT
from tests.ports import free_port
from tests.process_tree import children
from tests.server.metrics.reading import Read
from tests.server.running import START_TIMEOUT_S, Running, ask, serving

pytestmark = pytest.mark.timeout(400)
SCHEMA = {"query": "{ __typename }"}
COUNTED = "billgraph_operation_duration_seconds_count"


def get(url: str) -> httpx2.Response:
    return httpx2.get(url, timeout=60)


def database_runs(folder: Path) -> bool:
    return (folder / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_migrates_serves_and_stops_with_its_database(by: signal.Signals, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert database_runs(tmp_path)
        assert get(f"{server.url}/healthz").text == "ok\n"

        status, said = server.stop(by)

    assert status == 0, said
    assert "Traceback" not in said
    assert not database_runs(tmp_path)


def test_a_demo_shows_a_key_that_works_and_shows_the_same_again(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as server:
        key = json.loads((tmp_path / "demo.json").read_text())["apiKey"]
        found = ask(server.url, key, "{ invoices(first: 1) { nodes { total { amount } } } }")
        _, first = server.stop(signal.SIGTERM)
    with serving(tmp_path, "--demo") as server:
        _, again = server.stop(signal.SIGTERM)

    assert "errors" not in found
    assert key in first
    assert key in again
    assert "200 invoices for 40 customers" in first
    assert "200 invoices for 40 customers" not in again
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600


def test_several_processes_serve_on_one_port_beside_a_worker(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        assert get(f"{server.url}/healthz").text == "ok\n"

        server.stop(signal.SIGTERM)

    assert not database_runs(tmp_path)


def test_several_processes_tell_their_metrics_as_one_from_wherever_they_are_asked(
    tmp_path: Path,
) -> None:
    """Also where the worker has an address of its own, and after one of them died."""
    worker = f"127.0.0.1:{free_port()}"
    with serving(tmp_path, "--workers", "2", METRICS_LISTEN=worker) as server:
        asked = [httpx2.post(f"{server.url}/graphql", json=SCHEMA, timeout=60) for _ in range(40)]
        by_web = until_counted(server.url, 40)
        by_worker = until_counted(f"http://{worker}", 40)
        os.kill(web_process(server), signal.SIGKILL)
        server.wait_until_ready()
        after = until_counted(server.url, 40)

        server.stop(signal.SIGTERM)

    assert {answer.status_code for answer in asked} == {200}
    for seen in (by_web, by_worker, after):
        assert seen.value(COUNTED, type="query", outcome="ok") == 40
        assert seen.value("billgraph_worker_slots", slots="jobs") == 10
        assert seen.value("billgraph_database_answered") == 1
    assert by_web.value("billgraph_pool_connections_limit") == 30
    assert not database_runs(tmp_path)


def until_counted(url: str, operations: int) -> Read:
    """The metrics once all of so many operations and of every process is in them: they tell each other each second."""
    end_s = time.monotonic() + START_TIMEOUT_S
    seen = Read("")
    while time.monotonic() < end_s:
        try:
            seen = Read(get(f"{url}/metrics").text)
        except httpx2.TransportError:
            seen = Read("")
        if (
            seen.value(COUNTED, type="query", outcome="ok") >= operations
            and seen.value("billgraph_pool_connections_limit") >= 30
            and seen.value("billgraph_worker_slots", slots="jobs") >= 10
            and seen.value("billgraph_database_answered") >= 1
        ):
            return seen
        time.sleep(0.1)
    pytest.fail(f"not counted: {seen.text}")


def web_process(server: Running) -> int:
    """One of the processes that answer requests."""
    return next(one.pid for one in children(server.process.pid) if "spawn_main" in one.command)


def test_a_port_that_is_taken_is_told_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "server", "serve", "--port", str(taken.getsockname()[1])],
            cwd=CHECKOUT,
            env={**os.environ, "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    assert done.returncode == 1
    assert "is it in use?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not database_runs(tmp_path)
