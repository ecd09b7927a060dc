"""What `make run` shows: a workspace that is worth looking at, its key, and what to try next."""

import os
from dataclasses import dataclass

import orjson
from pydantic import SecretStr
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.errors import NotFound
from domain.identifiers import decode_id
from models.connections import rows
from models.walls import EVERY_WORKSPACE, looking_at
from resolvers import api_keys, workspaces
from resolvers.callers import system
from server import database, demo, provisioning
from server.clock import utc_now
from server.installation import kept
from server.settings import Settings

INVOICES = 200
KEPT = "demo.json"
TYPED = "STARTED"  # set by the Makefile: when make was typed, in seconds of the clock
CURL = """\
curl {url} \\
  -H 'Authorization: Bearer {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"query": "{{ invoices(first: 3) {{ nodes {{ number total {{ amount currency }} }} }} }}"}}'
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's workspace and the key that opens it."""

    workspace_id: str
    api_key: SecretStr


async def prepare(settings: Settings, screen: Console) -> Demo:
    """The demo of this installation, made and filled on first use; then the same every time."""
    async with database.connected(settings):
        found = await _find(settings)
        if found is None:
            found = await _make(settings)
            await _fill(found.workspace_id, INVOICES, screen)
            (settings.data_dir / KEPT).unlink(missing_ok=True)
            kept(settings.data_dir / KEPT, lambda: _written(found))
        return found


async def fill(
    settings: Settings, workspace_id: str | None, invoices: int, screen: Console
) -> None:
    """Fills the workspace, or a new one whose key is shown, with that many invoices.

    Raises NotFound where there is no such workspace.
    """
    async with database.connected(settings):
        if workspace_id is None:
            made = await _make(settings)
            key = made.api_key.get_secret_value()
            screen.print(f"API key of {made.workspace_id}: {key}", soft_wrap=True)
            workspace_id = made.workspace_id
        await _fill(workspace_id, invoices, screen)


def show(found: Demo, url: str, screen: Console) -> None:
    """A panel with all that a newcomer needs; `url` is the server's own, without a path."""
    key = found.api_key.get_secret_value()
    graphql = f"{url}/graphql"
    facts = Table.grid(padding=(0, 2))
    facts.add_row("[dim]GraphiQL[/]", f"[bold cyan link={graphql}]{graphql}[/]")
    facts.add_row("[dim]API key[/]", f"[bold]{key}[/]")
    facts.add_row("[dim]Try[/]", "open GraphiQL: the key is filled in, examples are ready to run,")
    facts.add_row("", f"as is {demo.SELLER} with {INVOICES} invoices of half a year")
    if (typed := os.environ.get(TYPED, "")).isdecimal():
        took_s = round(utc_now().timestamp() - int(typed))
        facts.add_row("[dim]Ready[/]", f"{took_s} s after you typed make run")
    screen.print(
        Panel(
            facts,
            title="[bold]Billgraph is running[/]",
            subtitle="[dim]Ctrl+C stops it[/]",
            border_style="green",
            padding=(1, 2),
            expand=False,
        )
    )
    screen.print("Or by hand:", style="dim")
    # Not wrapped: it is there to be copied.
    screen.print(CURL.format(url=graphql, key=key), soft_wrap=True, markup=False, end="\n\n")


async def _find(settings: Settings) -> Demo | None:
    """The demo made before, unless its database is no more."""
    path = settings.data_dir / KEPT
    if not path.exists():
        return None
    written = orjson.loads(path.read_bytes())
    if await api_keys.find_caller(written["apiKey"], utc_now()) is None:
        return None
    return Demo(written["workspaceId"], SecretStr(written["apiKey"]))


async def _make(settings: Settings) -> Demo:
    made = await provisioning.create_workspace(
        settings, demo.SELLER, currency="USD", time_zone="America/New_York", mode="LIVE"
    )
    workspace_id = decode_id("wsp", made.workspace_id)
    assert workspace_id is not None
    caller = system(workspace_id, "LIVE", utc_now(), "demo")
    await workspaces.update(caller, demo.LETTERHEAD)
    return Demo(made.workspace_id, SecretStr(made.api_key))


async def _fill(public_id: str, invoices: int, screen: Console) -> None:
    workspace_id = decode_id("wsp", public_id)
    with looking_at(EVERY_WORKSPACE):
        found = await rows(
            "SELECT mode, test_now FROM workspaces WHERE workspace_id = $1", workspace_id
        )
    if workspace_id is None or not found:
        raise NotFound(f"There is no workspace {public_id}.")
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    progress = Progress(*columns, console=screen, transient=True)
    with progress, looking_at(workspace_id):
        task = progress.add_task("Making demo data", total=demo.steps(invoices))
        now = found[0]["test_now"] or utc_now()
        mode = found[0]["mode"]
        await demo.fill(workspace_id, mode, now, invoices, lambda: progress.advance(task))
    screen.print(f"[green]✓[/] {invoices} invoices for {demo.steps(invoices) - invoices} customers")


def _written(found: Demo) -> str:
    key = found.api_key.get_secret_value()
    return orjson.dumps({"workspaceId": found.workspace_id, "apiKey": key}).decode()
