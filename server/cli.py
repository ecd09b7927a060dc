"""The commands of `python -m server`: each reads the settings, opens the installation, calls on."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, NoReturn

import asyncpg
import structlog
import typer
from rich.console import Console
from rich.markup import escape
from tortoise.exceptions import BaseORMException

from domain.ecb_rates import RatesUnreadable
from domain.errors import Refused
from models.migrate import UnsupportedDatabase, migrate
from server import doctor, installation, logs, provisioning, rate_import, serving, settings, welcome
from server.embedded import EmbeddedError
from server.outside import ecb
from server.redaction import redact_text

log = structlog.stdlib.get_logger(__name__)
screen = Console(stderr=True, highlight=False)
app = typer.Typer(
    help="Billgraph: invoices over GraphQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
workspace = typer.Typer(help="Workspaces.", no_args_is_help=True)
app.add_typer(workspace, name="workspace")
fx = typer.Typer(help="Exchange rates.", no_args_is_help=True)
app.add_typer(fx, name="fx")


def main() -> None:
    """Runs the command that was asked for; what is wrong is said in words, without a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # What is wrong with the settings is to be said in the format that they ask for.
    logs.configure("json" if _is_for_machines() else "text")
    logs.take_over()
    try:
        app()
    except (
        *(EmbeddedError, UnsupportedDatabase),
        *(serving.ServingError, settings.SettingsError),
    ) as error:
        _leave(str(error))
    except Refused as refused:
        _leave("\n".join(refusal.message for refusal in refused.refusals))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException) as error:
        _leave(f"the database refused: {error}")
    except (ConnectionError, TimeoutError) as error:
        _leave(f"the database is out of reach: {error}")
    except PermissionError as error:
        _leave(f"{error}\nDATA_DIR must be a folder of this account's own.")


@app.command("serve")
def serve_command(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Leave jobs to others.")] = False,
    workers: Annotated[int, typer.Option(help="Web server processes.", min=1)] = 1,
    demo: Annotated[bool, typer.Option("--demo", help="With a workspace to try it in.")] = False,
) -> None:
    """The web server, with the worker inside; migrates first on the embedded database."""
    with _up_to_date() as opened:
        url = f"http://{_reached_at(host)}:{port}"
        shown = serving.run(welcome.prepare(opened, screen)) if demo else None
        if "public_url" not in opened.model_fields_set:
            opened = opened.model_copy(update={"public_url": url})  # noqa: PLW2901 - completed
        if shown:
            opened = opened.model_copy(update={"demo_api_key": shown.api_key})  # noqa: PLW2901 - completed

        def announce() -> None:
            if shown:
                welcome.show(shown, url, screen)
            else:
                _say(f"Listening on {url}")

        if workers > 1:
            serving.serve_by_many(opened, host, port, not no_worker, workers, announce)
        else:
            serving.run(serving.serve(opened, host, port, not no_worker, announce))


@app.command("worker")
def worker_command() -> None:
    """The worker alone: sends mail and does all that happens after an answer."""
    with _opened() as opened:
        serving.run(serving.work(opened))


@app.command("migrate")
def migrate_command() -> None:
    """Brings the database up to date; safe to run twice and at once."""
    with _opened() as opened:
        applied = serving.run(
            migrate(opened.direct_dsn, lambda name: typer.echo(f"applied {name}"))
        )
    typer.echo("up to date" if applied else "nothing to do: up to date already")


@workspace.command("create")
def workspace_create(
    name: Annotated[str, typer.Option(help="The seller's name.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "USD",
    time_zone: Annotated[str, typer.Option(help="IANA, such as Europe/Berlin.")] = "UTC",
    mode: Annotated[Literal["LIVE", "TEST"], typer.Option(help="TEST is for trials.")] = "LIVE",
    as_json: Annotated[bool, typer.Option("--json", help="One line for scripts.")] = False,
) -> None:
    """A workspace and an API key for all of it, which is shown this once."""
    with _up_to_date() as opened:
        made = serving.run(
            provisioning.create_workspace(
                opened, name, currency=currency, time_zone=time_zone, mode=mode
            )
        )
    if as_json:
        typer.echo(json.dumps({"workspaceId": made.workspace_id, "apiKey": made.api_key}))
    else:
        typer.echo(f"workspace {made.workspace_id}\nAPI key   {made.api_key} (shown this once)")


@fx.command("import")
def fx_import(
    place: Annotated[
        str, typer.Argument(help="A file or an address, XML or CSV.", metavar="FILE|URL")
    ] = ecb.DAILY,
    workspace_ids: Annotated[
        list[str] | None, typer.Option("--workspace", help="wsp_…, again for each; all without it.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Every day in it, not the newest alone.")
    ] = False,
) -> None:
    """Keeps the European Central Bank's reference rates; twice is as good as once."""
    try:
        source = serving.run(ecb.published(place, is_history=history))
    except RatesUnreadable as why:
        _leave(f"{place} holds no reference rates: {why}")
    except OSError as why:
        _leave(f"{place} cannot be read: {why}")
    with _up_to_date() as opened:
        done = serving.run(rate_import.import_rates(opened, source, workspace_ids or []))
    typer.echo(
        f"{done.published} rates read, {done.added} of them new in {done.workspaces} workspaces"
    )


@app.command("demo")
def demo_command(
    invoices: Annotated[int, typer.Option(help="How many.", min=1)] = 200,
    workspace_id: Annotated[
        str | None, typer.Option("--workspace", help="wsp_…; without it, one of its own.")
    ] = None,
) -> None:
    """Fills a workspace with believable customers, matters and invoices."""
    with _up_to_date() as opened:
        serving.run(welcome.fill(opened, workspace_id, invoices, screen))


@app.command("schema")
def schema_command() -> None:
    """The SDL."""
    from schema.schema import schema

    typer.echo(schema.as_str())


@app.command("plan")
def plan_command(
    document: Annotated[str, typer.Argument(help="A query, such as '{ invoices { totalCount } }'")],
    variables: Annotated[str, typer.Option(help="Its variables, as JSON.")] = "{}",
) -> None:
    """The SQL that a query runs: one statement for each of its root fields."""
    from server.plans_for_people import NoPlan, statements

    try:
        for key, sql in statements(document, variables):
            typer.echo(f"-- {key}\n{sql}\n")
    except NoPlan as why:
        _leave(str(why))


@app.command("verify")
def verify_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Each finding as a line of JSON.")
    ] = False,
) -> None:
    """Proves ledger, balances, numbering and event chain; says what is wrong and exits with 1."""
    from server import verification

    with _up_to_date() as opened:
        out = Console(highlight=False)
        found = serving.run(
            verification.run(opened.direct_dsn, as_json=as_json, screen=screen, out=out)
        )
    if found:
        raise typer.Exit(1)


@app.command("doctor")
def doctor_command() -> None:
    """Says what of the set-up is missing or unsafe; exit code 1 where there is a problem."""
    given = _settings()
    with _opened() as opened:
        findings = serving.run(doctor.examine(opened, given))
    marks = {"fine": "[green]✓[/]", "warning": "[yellow]![/]", "problem": "[red]✗[/]"}
    console = Console(highlight=False)
    for finding in findings:
        console.print(marks[finding.level], finding.what)
        if finding.fix:
            console.print("   →", finding.fix)
    if any(finding.level == "problem" for finding in findings):
        raise typer.Exit(1)


@contextmanager
def _up_to_date() -> Iterator[settings.Settings]:
    """Opened, and migrated where the database is embedded; another is its keeper's to migrate."""
    with _opened() as opened:
        if settings.load().is_embedded:
            serving.run(migrate(opened.direct_dsn))
        yield opened


@contextmanager
def _opened() -> Iterator[settings.Settings]:
    given = _settings()
    logs.configure(given.log_format)
    with installation.opened(given) as opened:
        yield opened


def _settings() -> settings.Settings:
    try:
        return settings.load()
    except settings.SettingsError as error:
        _leave(str(error))


def _say(what: str) -> None:
    """On the screen, or as a line for machines."""
    log.info(what) if _is_for_machines() else screen.print(what)


def _leave(why: str) -> NoReturn:
    if _is_for_machines():
        log.critical(why)
    else:
        screen.print(f"[red]✗[/] {escape(redact_text(why))}", soft_wrap=True)
    sys.exit(1)


def _is_for_machines() -> bool:
    return os.environ.get("LOG_FORMAT") == "json"


def _reached_at(host: str) -> str:
    """The name by which this machine reaches itself where it listens on every address."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - only compared
    return everywhere.get(host, host)
