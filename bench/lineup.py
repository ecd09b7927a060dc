"""Who takes part in a run, and who can't here."""

from contextlib import ExitStack

from rich.console import Console

from bench.cluster import Loaded
from bench.contenders.billgraph import BILLGRAPH
from bench.contenders.contender import Contender
from bench.contenders.limit import LIMIT
from bench.contenders.naive import CACHED, NAIVE
from bench.contenders.peers import MERCURIUS, POSTGRAPHILE
from bench.processes import NotStarted, Running, running

CONTENDERS = [LIMIT, BILLGRAPH, POSTGRAPHILE, MERCURIUS, CACHED, NAIVE]


def chosen(against: str) -> list[Contender]:
    """Billgraph and those whose names have one of these parts (by comma) in them; all without any."""
    wanted = [part.strip().lower() for part in against.split(",") if part.strip()]
    return [
        one
        for one in CONTENDERS
        if not wanted or one is BILLGRAPH or any(part in one.name.lower() for part in wanted)
    ]


def start(against: str, loaded: Loaded, stack: ExitStack, console: Console) -> list[Running]:
    """Starts them; says a word about each that can't take part."""
    started = []
    for contender in chosen(against):
        why = contender.missing()
        try:
            if not why:
                started.append(stack.enter_context(running(contender, loaded)))
        except NotStarted as error:
            why = str(error)
        if why:
            console.print(f"[yellow]without {contender.name}:[/] {why}")
    return started
