"""`python -m bench`: measures all, side by side; `--help` tells how to measure less."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench import cluster, cores, measures, profile, rounds, table
from bench.cluster import Loaded
from bench.contenders.billgraph import BILLGRAPH
from bench.contenders.contender import Contender
from bench.contenders.limit import LIMIT
from bench.contenders.naive import CACHED, NAIVE
from bench.contenders.peers import MERCURIUS, POSTGRAPHILE
from bench.processes import NotStarted, Running, running

CONTENDERS = [LIMIT, BILLGRAPH, POSTGRAPHILE, MERCURIUS, NAIVE, CACHED]
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False)


@app.callback(invoke_without_command=True)
def measure_all(
    context: typer.Context,
    invoices: Annotated[int, typer.Option(help="How many to load.")] = 100_000,
    only: Annotated[str, typer.Option(help="Measures, by comma: list,by-id.")] = "",
    against: Annotated[str, typer.Option(help="Contenders, by comma, by a part of a name.")] = "",
    times: Annotated[int, typer.Option("--rounds", help="Turns of each.")] = 5,
    seconds: Annotated[float, typer.Option(help="How long a turn is.")] = 3,
    fresh: Annotated[bool, typer.Option("--fresh", help="Load anew.")] = False,
) -> None:
    """Measures Billgraph beside the others and prints a table."""
    if context.invoked_subcommand:
        return
    with _database(invoices, fresh=fresh) as loaded, ExitStack() as stack:
        servers = [server for one in _chosen(against) if (server := _started(stack, one, loaded))]
        uvloop.run(_measure(servers, loaded, only, times, seconds))


def _chosen(against: str) -> list[Contender]:
    wanted = [part.strip().lower() for part in against.split(",") if part.strip()]
    return [
        one
        for one in CONTENDERS
        if not wanted or one is BILLGRAPH or any(part in one.name.lower() for part in wanted)
    ]


def _started(stack: ExitStack, contender: Contender, loaded: Loaded) -> Running | None:
    why = contender.missing()
    if why:
        console.print(f"[yellow]without {contender.name}:[/] {why}")
        return None
    try:
        return stack.enter_context(running(contender, loaded))
    except NotStarted as error:
        console.print(f"[red]{error}[/]")
        return None


async def _measure(
    servers: list[Running], loaded: Loaded, only: str, times: int, seconds: float
) -> None:
    chosen = [
        one
        for name, one in (await measures.read(loaded)).items()
        if not only or name in only.split(",")
    ]
    requests = await rounds.prepare(servers, chosen, loaded)
    for measure in chosen:
        await rounds.agree(servers, measure, requests)
    with console.status("Warming up"):
        await rounds.warm_up(servers, requests)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Measuring", total=times * len(chosen) * len(servers))
        scores = await rounds.run(
            servers, chosen, requests, loaded, times, seconds, lambda: progress.advance(task)
        )
    table.show(scores, {m.name: m.title for m in chosen}, console)


@app.command("profile")
def profile_command(
    measure: Annotated[str, typer.Argument(help="list, by-id, filtered, deep, customer.")],
    invoices: Annotated[int, typer.Option(help="How many to load.")] = 100_000,
    of: Annotated[str, typer.Option(help="Whom, by a part of the name.")] = "billgraph",
    seconds: Annotated[float, typer.Option(help="How long to watch.")] = 10,
    native: Annotated[bool, typer.Option("--native", help="C functions too.")] = False,
) -> None:
    """Shows where a server's microseconds go at one measure."""
    chosen = next(one for one in CONTENDERS if of.lower() in one.name.lower())
    # Time in which PostgreSQL takes the server's core would look like the server's own.
    with _database(invoices, apart=True) as loaded, running(chosen, loaded) as server:

        async def watch() -> None:
            found = (await measures.read(loaded))[measure]
            profile.show(*await profile.profile(server, found, loaded, seconds, native), console)

        uvloop.run(watch())


@contextmanager
def _database(invoices: int, *, fresh: bool = False, apart: bool = False) -> Iterator[Loaded]:
    """The database, and this process among the clients."""
    with ExitStack() as stack:
        stack.enter_context(
            cores.held_to(cores.of_the_clients() if apart else cores.of_the_database())
        )
        loaded = stack.enter_context(cluster.loaded(invoices, console, fresh=fresh))
        stack.enter_context(cores.held_to(cores.of_the_clients()))
        yield loaded


if __name__ == "__main__":
    app()
