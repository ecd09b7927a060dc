"""Servers as processes: started on the server's core, watched for what they use, stopped at the end."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import cores
from bench.cluster import Loaded
from bench.contenders.contender import Contender
from server.settings import CHECKOUT

START_TIMEOUT_S = 60
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class NotStarted(Exception):
    """A contender that didn't begin to listen, with the end of what it said."""


@dataclass(frozen=True)
class Running:
    """A contender that listens."""

    contender: Contender
    port: int
    pid: int


@contextmanager
def running(contender: Contender, loaded: Loaded) -> Iterator[Running]:
    """Runs a contender's server for as long as this lasts. Raises NotStarted."""
    port, log = free_port(), loaded.folder / f"{contender.name.replace(' ', '-')}.log"
    environment = {**os.environ, **contender.environment(loaded)}
    command = contender.command(port)
    with log.open("wb") as output, cores.held_to(cores.of_the_server()):
        server = subprocess.Popen(
            command,
            cwd=contender.folder or CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(contender, server, port, log)
        yield Running(contender, port, server.pid)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(contender: Contender, server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    said = log.read_text(errors="replace")[-2000:]
    raise NotStarted(f"{contender.name} did not start:\n{said}")


def cpu_s(pids: list[int]) -> float:
    """The processor time that these processes have used so far; 0 where the system won't say."""
    return sum(map(_cpu_s, pids))


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # user and system time of its own; and of children that ended, which PostgreSQL's backends are.
    return sum(int(field) for field in fields[11:15]) / TICKS_PER_S


def busy_s() -> float:
    """The processor time that the whole machine has used so far; 0 where the system won't say."""
    try:
        line = Path("/proc/stat").read_text().splitlines()[0]
    except OSError:
        return 0.0
    user, nice, system, _, _, interrupts, soft, stolen = (int(part) for part in line.split()[1:9])
    return (user + nice + system + interrupts + soft + stolen) / TICKS_PER_S


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found, parents = [pid], {pid}
    for status in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parent.name)):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent in parents:
            parents.add(int(status.parent.name))
            found.append(int(status.parent.name))
    return found


def memory_mb(pid: int) -> float:
    """What a process holds of memory, in MiB; 0 where the system won't say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
