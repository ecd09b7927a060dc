"""Runs the web server and the worker: in this process, or in several that this one watches over."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from server import database
from server.metrics.sharing import kept_up
from server.settings import Settings, load
from server.tracing.setting import traced

GRACE_S = 20
WATCHED_EVERY_S = 1
# A busy machine takes its time to start a process, which is killed if it says nothing for so long.
STARTING_S = 120
# Tells a process that another watches over it, and which.
WATCHED_BY = "WATCHED_BY"
OPTIONS: dict[str, Any] = {
    "loop": "uvloop",
    "http": "server.http_protocol:BoundedHttpProtocol",
    "ws_max_size": 2**20,
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": GRACE_S,
    "timeout_keep_alive": 75,
    "timeout_worker_healthcheck": STARTING_S,
}
SIGNALS = (signal.SIGINT, signal.SIGTERM)

Result = TypeVar("Result")
log = structlog.stdlib.get_logger(__name__)


class ServingError(Exception):
    """The server could not start, or a part of it ended by itself."""


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """`main` on uvloop; what it opened is closed on Ctrl+C and SIGTERM alike."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def serve(
    settings: Settings, host: str, port: int, with_worker: bool, when_ready: Callable[[], None]
) -> None:
    """Serves until a signal asks to stop; answers what is under way, finishes the job at hand."""
    from server.app import create_app

    config = uvicorn.Config(create_app(settings), host=host, port=port, **OPTIONS)
    server = _Server(config, when_ready)
    async with traced(settings), database.connected(settings):
        stop = asyncio.Event()
        serving = asyncio.create_task(server.serve())
        working = asyncio.create_task(_work(settings, stop) if with_worker else stop.wait())
        await asyncio.wait({serving, working}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stop.set()
        await serving
        await working
    if not server.started:
        raise ServingError(f"could not listen on {host}:{port}; is it in use?")


async def work(settings: Settings) -> None:
    """Works until a signal asks to stop, and finishes the job at hand."""
    _leave_with_the_watcher()
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with traced(settings), database.connected(settings), kept_up(settings.metrics_dir):
        await _work(settings, stop)


def serve_by_many(
    settings: Settings,
    host: str,
    port: int,
    with_worker: bool,
    workers: int,
    when_ready: Callable[[], None],
) -> None:
    """Serves by `workers` processes on one port, with one more for the worker.

    One that ends by itself is replaced; SIGHUP replaces the web servers, one after the other.
    """
    from server.app import create_app

    create_app(settings)  # what is wrong is said once, here, and not by each process again
    when_ready()
    with tempfile.TemporaryDirectory(prefix="billgraph-metrics-") as folder:
        os.environ.update({"METRICS_DIR": folder, **_as_environment(settings)})
        with _worker_process() if with_worker else contextlib.nullcontext():
            config = uvicorn.Config(
                "server.serving:app", host=host, port=port, factory=True, workers=workers, **OPTIONS
            )
            _Watcher(config, [config.bind_socket()]).run()


def app() -> ASGIApp:
    """The app by the settings of the environment, for the processes of `serve_by_many`."""
    from server import logs
    from server.app import create_app

    _leave_with_the_watcher()
    settings = load()
    logs.configure(settings.log_format)
    logs.take_over()
    return create_app(settings)


class _Server(uvicorn.Server):
    """uvicorn, which says when it listens and leaves signals to end it quietly."""

    def __init__(
        self, config: uvicorn.Config, when_ready: Callable[[], None], *, takes_signals: bool = True
    ) -> None:
        super().__init__(config)
        self._when_ready = when_ready
        self._signals = SIGNALS if takes_signals else ()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        # uvicorn leaves the whole process where the port is taken; what is open must be closed.
        try:
            await super().startup(sockets)
        except SystemExit:
            self.should_exit = True
            return
        if self.started:
            self._when_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in self._signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in self._signals:
                loop.remove_signal_handler(number)


class _Watcher(Multiprocess):
    """uvicorn's, which otherwise waits the whole time of a health check for one who died during it."""

    def keep_subprocess_alive(self) -> None:
        for process in self.processes:
            # Held here too, the process's own end would stay open when it dies.
            process.child_conn.close()
        super().keep_subprocess_alive()


async def _work(settings: Settings, stop: asyncio.Event) -> None:
    from server import worker

    async with _metrics_served(settings):
        await worker.run(settings, stop)
    if not stop.is_set():
        raise ServingError("the worker ended by itself")


@contextlib.asynccontextmanager
async def _metrics_served(settings: Settings) -> AsyncIterator[None]:
    """/metrics and probes at METRICS_LISTEN for as long as this lasts, where that is set."""
    if settings.metrics_listen is None:
        yield
        return
    from server.app import create_metrics_app

    host, _, port = settings.metrics_listen.rpartition(":")
    config = uvicorn.Config(
        create_metrics_app(settings),
        host=host.strip("[]"),
        port=int(port),
        **{**OPTIONS, "lifespan": "off", "timeout_graceful_shutdown": 1},
    )
    server = _Server(config, lambda: None, takes_signals=False)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    if not server.started:
        raise ServingError(f"could not listen on {settings.metrics_listen}; is it in use?")
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _as_environment(settings: Settings) -> dict[str, str]:
    """What the opened installation knows and its child processes must be told."""
    given = {
        "DATABASE_URL": settings.dsn,
        "SECRET_KEY": settings.secret,
        "PUBLIC_URL": settings.public_url,
        WATCHED_BY: str(os.getpid()),
    }
    if settings.metrics_dir:
        given["METRICS_DIR"] = str(settings.metrics_dir)
    if settings.demo_api_key:
        given["DEMO_API_KEY"] = settings.demo_api_key.get_secret_value()
    return given


def _leave_with_the_watcher() -> None:
    """Stops, as by SIGTERM, once who watches over this process is gone: it would hold the port for ever."""
    if (watcher := os.environ.get(WATCHED_BY)) is None:
        return

    def watch() -> None:
        while str(os.getppid()) == watcher:
            time.sleep(WATCHED_EVERY_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def _worker_process() -> Iterator[None]:
    """One worker beside the web servers; one that ends by itself is started again."""
    stop = threading.Event()
    command = [sys.executable, "-m", "server", "worker"]

    def watch() -> None:
        while not stop.is_set():
            with subprocess.Popen(command) as process:
                while process.poll() is None:
                    if stop.wait(WATCHED_EVERY_S):
                        process.terminate()
                        process.wait()
            if not stop.is_set():
                log.error("the worker ended and is started again", code=process.returncode)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
