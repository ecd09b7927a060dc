"""Where a request's microseconds go: samples of the server's stacks, taken by py-spy under load."""

import asyncio
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import load, processes
from bench.cluster import Loaded
from bench.processes import Running
from server.settings import CHECKOUT

SAMPLES_PER_S = 1_000
ROWS = 45


class ToolMissing(Exception):
    """py-spy is not here."""


@dataclass(frozen=True)
class Profile:
    """Microseconds a request by function, alone and with what it calls; the time between answers,
    and the processor's part of it."""

    own: Counter[str]
    whole: Counter[str]
    between_us: float
    server_us: float


async def profile(
    server: Running, requests: Sequence[bytes], loaded: Loaded, seconds: float, native: bool
) -> Profile:
    """Where a request's microseconds go, waiting included."""
    await load.put(server.port, requests, seconds=1)
    written = loaded.folder / "profile.txt"
    spy = await asyncio.to_thread(_spy, server.pid, seconds, native, written)
    mine = processes.family(server.pid)
    before = processes.cpu_s(mine)
    came = await load.put(server.port, requests, seconds=seconds + 1)
    server_us = (processes.cpu_s(mine) - before) / came.answers * 1e6
    await asyncio.to_thread(spy.wait)
    own, whole = _counted(written)
    scale = 1e6 / came.per_second / max(1, sum(own.values()))
    return Profile(_scaled(own, scale), _scaled(whole, scale), 1e6 / came.per_second, server_us)


def _spy(pid: int, seconds: float, native: bool, written: Path) -> subprocess.Popen[bytes]:
    found = shutil.which("py-spy") or shutil.which("py-spy", path=str(CHECKOUT / ".venv" / "bin"))
    if found is None:
        raise ToolMissing("py-spy is missing: .tools/bin/uv pip install py-spy")
    command = [found, "record", "--pid", str(pid), "--format", "raw", "--output", str(written)]
    command += ["--rate", str(SAMPLES_PER_S), "--duration", str(round(seconds)), "--nonblocking"]
    command += ["--native"] if native else []
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _counted(written: Path) -> tuple[Counter[str], Counter[str]]:
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for line in written.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [_short(frame) for frame in stack.split(";")]
        own[frames[-1]] += int(count)
        for frame in set(frames):
            whole[frame] += int(count)
    return own, whole


def _short(frame: str) -> str:
    """Without the line number, so that a function is one."""
    name, _, place = frame.rpartition(" (")
    return f"{name} ({place.rpartition(':')[0]})" if name else frame


def _scaled(counts: Counter[str], scale: float) -> Counter[str]:
    return Counter({name: round(count * scale) for name, count in counts.items()})


def show(found: Profile, console: Console) -> None:
    """Prints the functions that take the most."""
    made = Table(
        title=f"{found.between_us:,.0f} µs from answer to answer, "
        f"{found.server_us:,.0f} of them the server's processor time"
    )
    made.add_column("own µs", justify="right")
    made.add_column("with its calls", justify="right")
    made.add_column("function", no_wrap=True)
    for name, microseconds in found.own.most_common(ROWS):
        made.add_row(f"{microseconds:,}", f"{found.whole[name]:,}", name)
    console.print(made)
    calls = Table(title="With what they call")
    calls.add_column("µs", justify="right")
    calls.add_column("function", no_wrap=True)
    for name, microseconds in found.whole.most_common(ROWS):
        calls.add_row(f"{microseconds:,}", name)
    console.print(calls)
