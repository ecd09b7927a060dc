"""`python -m bench`: measures all, side by side; `--help` tells how to measure less."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from bench import (
    cluster,
    cores,
    documents,
    endurance,
    endurance_table,
    exporting,
    hostile,
    lineup,
    profile,
    report,
    session,
    size,
    soak,
    table,
)
from bench.cluster import Loaded
from bench.contenders.billgraph import BILLGRAPH
from bench.load import Failed
from bench.processes import running
from bench.profile import ToolMissing
from bench.report import Incomplete
from bench.rounds import Differs
from bench.session import Wanted

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False)
INVOICES = 100_000
Invoices = Annotated[int, typer.Option(help="How many to load.")]


@app.callback(invoke_without_command=True)
def measure_all(
    context: typer.Context,
    invoices: Invoices = INVOICES,
    only: Annotated[
        str, typer.Option(help="By comma: list, filtered, page-1, deep, by-id, customer, issue.")
    ] = "",
    against: Annotated[str, typer.Option(help="Contenders, by comma, by a part of a name.")] = "",
    rounds: Annotated[int, typer.Option(help="Turns of each.")] = 5,
    seconds: Annotated[float, typer.Option(help="How long a turn is.")] = 3,
    soaked: Annotated[
        bool, typer.Option("--soak", help="Also: memory over 100,000 requests.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Load anew.")] = False,
    written: Annotated[
        bool, typer.Option("--write", help="Into docs/performance.md and its chart.")
    ] = False,
) -> None:
    """Measures Billgraph beside the others, and prints tables."""
    if context.invoked_subcommand:
        return
    names = tuple(part.strip() for part in only.split(",") if part.strip())
    wanted = Wanted(names, against, rounds, seconds, soak.REQUESTS if soaked else 0)
    if written and not wanted.is_whole:
        raise Incomplete("--write goes without --only and --against")
    with _database(invoices, fresh=fresh) as loaded:
        result = uvloop.run(session.hold(loaded, wanted, console))
    table.show(result, console)
    if wanted.is_whole:
        console.print(str(uvloop.run(documents.measure())))
    if written:
        report.write(result)


@app.command("profile")
def profile_command(
    measure: Annotated[str, typer.Argument(help="list, by-id, filtered, deep, customer, issue.")],
    invoices: Invoices = INVOICES,
    of: Annotated[str, typer.Option(help="Whom, by a part of the name.")] = "billgraph",
    seconds: Annotated[float, typer.Option(help="How long to watch.")] = 10,
    native: Annotated[bool, typer.Option("--native", help="C functions too.")] = False,
) -> None:
    """Shows where a server's microseconds go at one measure."""
    chosen = next(one for one in lineup.CONTENDERS if of.lower() in one.name.lower())
    # Time in which PostgreSQL takes the server's core would look like the server's own.
    with _database(invoices, apart=True) as loaded, running(chosen, loaded) as server:

        async def watch() -> None:
            asked = await session.requests_of(server, measure, loaded)
            profile.show(await profile.profile(server, asked, loaded, seconds, native), console)

        uvloop.run(watch())


@app.command("pdf")
def pdf_command() -> None:
    """Shows how long the PDF of an invoice takes."""
    console.print(str(uvloop.run(documents.measure())))


@app.command("exporting")
def exporting_command(invoices: Invoices = exporting.INVOICES) -> None:
    """Shows what the server's memory comes to while it writes a file of a million lines."""
    with _database(invoices) as loaded, running(BILLGRAPH, loaded) as server:
        for _ in range(2):
            console.print(str(exporting.measure(server, loaded)))


@app.command("size")
def size_command(
    invoices: Annotated[int, typer.Option(help="How many to make.")] = size.INVOICES,
    written: Annotated[bool, typer.Option("--write", help="Into docs/scale.md.")] = False,
) -> None:
    """Shows how many bytes PostgreSQL holds for an invoice, by table."""
    found = uvloop.run(size.measure(invoices, console))
    console.print("\n".join(found.lines()), soft_wrap=True)
    console.print(f"One client made {found.per_s:.0f} a second, with what happens to them later.")
    if written:
        size.write(found)


@app.command("load")
def load_command(
    minutes: Annotated[float, typer.Option(help="How long.")] = 10,
    clients: Annotated[int, typer.Option(help="How many.")] = 64,
    written: Annotated[bool, typer.Option("--write", help="Into docs/reliability.md.")] = False,
) -> None:
    """Puts a mix of reads, drafts, issues, sends and payments on a whole server, for minutes."""
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Under load", total=minutes * 60)
        result = uvloop.run(endurance.endure(minutes, clients, lambda: progress.advance(task)))
    for line in endurance_table.lines(result):
        console.print(line, soft_wrap=True, markup=False)
    for error in result.errors[:10]:
        console.print(f"[red]✗[/] {escape(error)}")
    if written:
        endurance_table.write(result)
    raise typer.Exit(bool(result.errors or result.wrong))


@app.command("hostile")
def hostile_command(
    only: Annotated[str, typer.Argument(help="A part of the names of those to send.")] = "",
) -> None:
    """Shows how long requests that mean harm hold the server's event loop."""
    with cluster.loaded(hostile.INVOICES, console) as loaded:
        found = uvloop.run(hostile.hold(loaded, only, console))
    hostile.show(found, console)
    raise typer.Exit(not all(held.is_met for held in found))


@contextmanager
def _database(invoices: int, *, fresh: bool = False, apart: bool = False) -> Iterator[Loaded]:
    """The database; this process is among the clients."""
    with ExitStack() as stack:
        held = cores.of_the_clients() if apart else cores.of_the_database()
        stack.enter_context(cores.held_to(held))
        loaded = stack.enter_context(cluster.loaded(invoices, console, fresh=fresh))
        stack.enter_context(cores.held_to(cores.of_the_clients()))
        yield loaded


def main() -> None:
    """Runs what was asked for; what hinders it is said in words."""
    try:
        app()
    except (Differs, Failed, Incomplete, ToolMissing) as error:
        console.print(f"[red]✗[/] {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
