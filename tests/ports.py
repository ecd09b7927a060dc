"""Ports: free ones, below those that the system gives to connections, and each test worker's its own."""

import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import suppress

FIRST, EACH, WORKERS = 20_000, 2_000, 6


def free_port() -> int:
    """A port of this machine that nobody listens on, and that nobody is given a second time."""
    for port in _untried:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable")


def _of_this_worker() -> Iterator[int]:
    """Its ports in turn; another run on the same machine likely begins elsewhere."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    begin = os.getpid()
    return (FIRST + EACH * worker + turn % EACH for turn in itertools.count(begin))


_untried = _of_this_worker()
