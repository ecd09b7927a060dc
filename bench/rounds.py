"""Rounds: every contender has its turn at every measure in each, so that noise meets all alike."""

import os
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from bench import load, processes
from bench.cluster import Loaded
from bench.load import Load
from bench.measures import Measure
from bench.processes import Running

# Just-in-time compilers take their time before the first round; a turn begins with less.
FIRST_WARM_UP_S = 3
WARM_UP_S = 0.4
SAMPLES_COMPARED = 3
# A turn during which other programs took more than this of a core is taken again, a few times.
OTHERS_AT_MOST = 0.15
ATTEMPTS = 3


class Differs(Exception):
    """Two contenders that answer differently measure different things."""


@dataclass
class Score:
    """What one contender reached at one measure, a value a round."""

    per_second: list[float] = field(default_factory=list)
    server_us: list[float] = field(default_factory=list)
    database_us: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median of its rounds' answers a second."""
        return statistics.median(self.per_second)

    @property
    def server_cpu_us(self) -> float:
        """Microseconds of processor time that the server took for an answer, the median."""
        return statistics.median(self.server_us)

    @property
    def median_ms(self) -> float:
        """The median of its rounds' median latencies."""
        return statistics.median(self.latency_ms)

    @property
    def database_cpu_us(self) -> float:
        """Microseconds of processor time that PostgreSQL took for an answer, the median."""
        return statistics.median(self.database_us)


Scores = Mapping[str, Mapping[str, Score]]
"""By measure, then by contender."""


Requests = Mapping[tuple[str, str], Sequence[bytes]]
"""What each contender, by name, is sent for each measure, by name."""


async def prepare(
    servers: Sequence[Running], measures: Sequence[Measure], loaded: Loaded
) -> Requests:
    """The requests of all, in each contender's dialect."""
    return {
        (server.contender.name, measure.name): await _wires(server, measure, loaded)
        for server in servers
        for measure in measures
        if measure.name in server.contender.dialects
    }


async def _wires(server: Running, measure: Measure, loaded: Loaded) -> list[bytes]:
    dialect = server.contender.dialects[measure.name]
    samples = measure.samples
    if dialect.complete:
        samples = [await dialect.complete(server.port, loaded, sample) for sample in samples]
    return [dialect.ask(loaded, sample).wire(server.port) for sample in samples]


async def agree(servers: Sequence[Running], measure: Measure, requests: Requests) -> None:
    """Raises Differs unless all answer the same to a few samples."""
    for number in range(min(SAMPLES_COMPARED, len(measure.samples))):
        answers = {}
        for server in servers:
            asked = requests.get((server.contender.name, measure.name))
            if asked is None:
                continue
            body = await load.ask(server.port, asked[number])
            read = server.contender.dialects[measure.name].read
            answers[server.contender.name] = read(orjson.loads(body))
        (first, wanted), *others = answers.items()
        for name, answer in others:
            if answer != wanted:
                raise Differs(f"{measure.name}: {first} says {wanted}\n{name} says {answer}")


async def warm_up(servers: Sequence[Running], requests: Requests) -> None:
    """Lets each server meet each kind of request for a while."""
    for server in servers:
        for (name, _), asked in requests.items():
            if name == server.contender.name:
                await load.put(server.port, asked, seconds=FIRST_WARM_UP_S)


async def run(
    servers: Sequence[Running],
    measures: Sequence[Measure],
    requests: Requests,
    loaded: Loaded,
    rounds: int,
    seconds: float,
    on_turn: Callable[[], None],
) -> dict[str, dict[str, Score]]:
    """Measures all, `rounds` times, `seconds` a turn."""
    scores: dict[str, dict[str, Score]] = {measure.name: {} for measure in measures}
    for number in range(rounds):
        for measure in measures:
            # Each round begins with another one: whoever comes first meets what came before.
            start = number % len(servers)
            for server in (*servers[start:], *servers[:start]):
                name = server.contender.name
                if asked := requests.get((name, measure.name)):
                    score = scores[measure.name].setdefault(name, Score())
                    await turn(server, asked, loaded, seconds, score)
                    on_turn()
    return scores


async def turn(
    server: Running, requests: Sequence[bytes], loaded: Loaded, seconds: float, score: Score
) -> None:
    """One contender's turn at one measure, added to its score."""
    await load.put(server.port, requests, seconds=WARM_UP_S)
    await add(score, loaded, server.pid, lambda: load.put(server.port, requests, seconds=seconds))


async def add(
    score: Score, loaded: Loaded, pid: int | None, attempt: Callable[[], Awaitable[Load]]
) -> None:
    """Adds an attempt to a score; where others disturb it, the quietest of a few."""
    made: list[tuple[float, Load, _Used]] = []
    while len(made) < ATTEMPTS and (not made or made[-1][0] > OTHERS_AT_MOST):
        before = _Used.so_far(pid, loaded)
        came = await attempt()
        used = _Used.so_far(pid, loaded).since(before)
        made.append((used.others / came.seconds, came, used))
    others, came, used = min(made, key=lambda one: one[0])
    score.per_second.append(came.per_second)
    score.server_us.append(used.server / came.answers * 1e6)
    score.database_us.append(used.database / came.answers * 1e6)
    score.latency_ms.append(statistics.median(came.latencies_s) * 1000)
    score.others.append(others)


@dataclass(frozen=True)
class _Used:
    """Processor time in seconds: of the server, of PostgreSQL, of this process, of all."""

    server: float
    database: float
    clients: float
    all: float

    @classmethod
    def so_far(cls, pid: int | None, loaded: Loaded) -> "_Used":
        return cls(
            processes.cpu_s(processes.family(pid)) if pid else 0.0,
            processes.cpu_s(processes.family(postmaster(loaded))),
            processes.cpu_s([os.getpid()]),
            processes.busy_s(),
        )

    def since(self, before: "_Used") -> "_Used":
        return _Used(
            self.server - before.server,
            self.database - before.database,
            self.clients - before.clients,
            self.all - before.all,
        )

    @property
    def others(self) -> float:
        return max(0.0, self.all - self.server - self.database - self.clients)


def postmaster(loaded: Loaded) -> int:
    """The process id of PostgreSQL."""
    return int((loaded.folder / "postgres" / "postmaster.pid").read_text().split("\n")[0])
