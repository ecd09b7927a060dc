"""Proves what is stored: runs every check on one moment of the database, and says what is wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import asyncpg
import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from domain.identifiers import encode_id
from models.walls import EVERY_WORKSPACE, within
from resolvers.verification import CHECKS, Check, Fault, faults

Told = Callable[[Fault], None]
Begun = Callable[[Check], None]


async def verify(
    connection: asyncpg.Connection,
    on_fault: Told,
    on_check: Begun = lambda _: None,
    workspace_id: UUID | None = None,
) -> int:
    """Runs every check on what is stored at one moment; how many faults there were.

    `on_fault` hears of each as it is found: there may be many. Only reads; all may go on meanwhile.
    """
    found = 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(within(EVERY_WORKSPACE))
        for check in CHECKS:
            on_check(check)
            async for fault in faults(connection, check, workspace_id):
                on_fault(fault)
                found += 1
    return found


async def run(dsn: str, *, as_json: bool, screen: Console, out: Console) -> int:
    """Verifies the database of `dsn`, with progress on `screen` and faults on `out`; how many."""
    write = _json if as_json else _words
    connection = await asyncpg.connect(dsn)
    try:
        with _progress(screen) as on_check:
            found = await verify(connection, lambda fault: write(fault, out), on_check)
    finally:
        await connection.close()
    if as_json:
        summary = {"checks": len(CHECKS), "faults": found}
        out.print(orjson.dumps(summary).decode(), soft_wrap=True, markup=False)
    elif found:
        screen.print(f"[red]✗[/] {found} things are wrong")
    else:
        screen.print(f"[green]✓[/] {len(CHECKS)} checks found nothing wrong")
    return found


@contextmanager
def _progress(screen: Console) -> Iterator[Begun]:
    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task("", total=len(CHECKS), completed=-1)

        def begun(check: Check) -> None:
            progress.update(task, advance=1, description=check.proves)

        yield begun


def _words(fault: Fault, out: Console) -> None:
    place = encode_id("wsp", fault.workspace_id)
    line = f"[red]✗[/] [bold]{fault.check}[/] {escape(fault.subject)} of {place}: {escape(fault.wrong)}"
    out.print(line, soft_wrap=True)


def _json(fault: Fault, out: Console) -> None:
    told = {
        "check": fault.check,
        "workspaceId": encode_id("wsp", fault.workspace_id),
        "subject": fault.subject,
        "wrong": fault.wrong,
    }
    out.print(orjson.dumps(told).decode(), soft_wrap=True, markup=False)
