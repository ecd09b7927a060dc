"""Memory over many requests: what the server holds must not grow with what it has answered."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from bench import load, processes, rounds
from bench.cluster import Loaded
from bench.measures import Measure
from bench.processes import Running

REQUESTS = 100_000
STEPS = 20
# Caches fill in the beginning: from here on nothing may grow.
SETTLED_AFTER = 0.2


@dataclass(frozen=True)
class Memory:
    """What a server held after so many requests, in MiB."""

    requests: int
    held_mb: float


async def soak(
    server: Running,
    measures: list[Measure],
    loaded: Loaded,
    count: int,
    on_requests: Callable[[int], None],
) -> list[Memory]:
    """Sends `count` requests of all kinds, a step of one kind at a time, and notes the memory."""
    prepared = await rounds.prepare([server], measures, loaded)
    kinds = itertools.cycle(prepared.values())
    seen = [Memory(0, processes.memory_mb(server.pid))]
    step = count // STEPS
    for number in range(1, STEPS + 1):
        await load.put(server.port, next(kinds), count=step)
        seen.append(Memory(number * step, processes.memory_mb(server.pid)))
        on_requests(step)
    return seen


def growth_mb(seen: list[Memory]) -> float:
    """How much more was held at the end than once caches had filled."""
    settled = next(one for one in seen if one.requests >= SETTLED_AFTER * seen[-1].requests)
    return seen[-1].held_mb - settled.held_mb
