"""One run: starts who takes part, checks that they agree, and measures them in turns."""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench import ceiling, issuing, lineup, measures, rounds, soak
from bench.cluster import Loaded
from bench.contenders.billgraph import BILLGRAPH
from bench.processes import NotStarted, Running, running
from bench.replaying import NotReplayable, Replay
from bench.rounds import Score, Scores
from bench.soak import Memory

ISSUE = "issue"
CEILING_S = 3


@dataclass(frozen=True)
class Wanted:
    """What a run is to do: everything, unless `only` and `against` name parts of it."""

    only: tuple[str, ...] = ()
    against: str = ""
    rounds: int = 5
    seconds: float = 3
    soak: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether the result is one to publish."""
        return not self.only and not self.against

    def wants(self, measure: str) -> bool:
        """Whether a measure takes part."""
        return not self.only or measure in self.only


def disturbance(scores: Scores) -> float:
    """How much of a core other programs took during a turn, the median."""
    taken = [value for row in scores.values() for score in row.values() for value in score.others]
    return statistics.median(taken) if taken else 0.0


@dataclass
class Result:
    """What a run found."""

    loaded: Loaded
    wanted: Wanted
    scores: dict[str, dict[str, Score]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    ceiling: float = 0
    memory: list[Memory] = field(default_factory=list)


async def hold(loaded: Loaded, wanted: Wanted, console: Console) -> Result:
    """Measures all that is wanted."""
    result = Result(loaded, wanted)
    result.ceiling = await ceiling.measure(loaded, CEILING_S)
    found = await measures.read(loaded)
    result.titles = {measure.name: measure.title for measure in found.values()}
    result.titles[ISSUE] = "issue of two lines"
    reads = [measure for name, measure in found.items() if wanted.wants(name)]
    with ExitStack() as stack:
        servers = lineup.start(wanted.against, loaded, stack, console)
        if reads:
            await _read(servers, reads, result, console)
    if wanted.wants(ISSUE):
        await _issue(result, console)
    if wanted.soak:
        await _soak(list(found.values()), result, console)
    return result


async def requests_of(server: Running, measure: str, loaded: Loaded) -> Sequence[bytes]:
    """The requests of one measure, issuing included, as a server takes them."""
    if measure == ISSUE:
        return await issuing.requests(server.port, loaded)
    found = (await measures.read(loaded))[measure]
    prepared = await rounds.prepare([server], [found], loaded)
    return prepared[(server.contender.name, measure)]


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)


async def _read(
    servers: Sequence[Running],
    reads: Sequence[measures.Measure],
    result: Result,
    console: Console,
) -> None:
    requests = await rounds.prepare(servers, reads, result.loaded)
    for measure in reads:
        await rounds.agree(servers, measure, requests)
    with console.status("Warming up"):
        await rounds.warm_up(servers, requests)
    wanted = result.wanted
    with _progress(console) as progress:
        task = progress.add_task("Reading", total=wanted.rounds * len(requests))
        result.scores |= await rounds.run(
            servers,
            reads,
            requests,
            result.loaded,
            wanted.rounds,
            wanted.seconds,
            lambda: progress.advance(task),
        )


async def _issue(result: Result, console: Console) -> None:
    loaded, wanted = result.loaded, result.wanted
    try:
        with console.status("Recording an issue"):
            replay = Replay(loaded, await issuing.record(loaded))
        with running(BILLGRAPH, loaded) as server, _progress(console) as progress:
            task = progress.add_task("Issuing", total=wanted.rounds)
            result.scores[ISSUE] = await issuing.compete(
                server,
                replay,
                loaded,
                wanted.rounds,
                wanted.seconds,
                lambda: progress.advance(task),
            )
    except (NotReplayable, NotStarted) as error:
        console.print(f"[yellow]without issues:[/] {error}")


async def _soak(found: list[measures.Measure], result: Result, console: Console) -> None:
    with running(BILLGRAPH, result.loaded) as server, _progress(console) as progress:
        task = progress.add_task("Soaking", total=result.wanted.soak)
        result.memory = await soak.soak(
            server,
            found,
            result.loaded,
            result.wanted.soak,
            lambda count: progress.update(task, advance=count),
        )
