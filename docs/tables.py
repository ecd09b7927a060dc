"""Writes what these pages say of the code from the code itself: python -m docs.tables."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import typer.main

from docs import schema_access, schema_types
from domain import limits
from domain.errors import REFUSALS
from domain.lifecycle import TABLE, Outcome, Status
from plans import pages as pages_of
from plans import roots, running
from schema.scalars import SCALARS
from schema.schema import schema
from server import http_protocol
from server.cli import app
from server.graphql import limits as document_limits
from server.graphql import prices as points_of
from server.graphql import requests as request_limits
from server.graphql import sockets
from server.metrics.pages import described
from server.settings import CHECKOUT, Settings

ROOMS = ("domain", "models", "plans", "resolvers", "schema", "server")
PLACE = re.compile(r"(<!-- from the code: (?P<name>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> list[Path]:
    """The pages that people read: README and its like, and all of docs/."""
    return sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")])


def rendered(text: str) -> str:
    """The text of a page with each place that is the code's filled anew."""
    return PLACE.sub(lambda place: place[1] + PARTS[place["name"]]() + "\n" + place[3], text)


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def errors() -> str:
    """Every code of userErrors."""
    rows = ((f"`{code}`", refusal.description) for code, refusal in REFUSALS.items())
    return table(("code", "says"), rows)


def settings() -> str:
    """Every setting of the environment."""
    rows = (
        (f"`{name.upper()}`", _default(field.default), str(field.description))
        for name, field in Settings.model_fields.items()
    )
    return table(("setting", "default", "is"), rows)


def _default(value: object) -> str:
    if value is None or value == ():
        return "unset"
    if isinstance(value, Path):
        value = value.relative_to(CHECKOUT)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def commands() -> str:
    """Every command of `python -m server`."""
    return table(("`python -m server …`", "does"), _commands(typer.main.get_command(app)))


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
            continue
        options = [_option(option) for option in command.params]
        yield f"`{' '.join([before + name, *options])}`", str(command.help)


def _option(option: Any) -> str:
    shown = option.opts[0]
    if option.param_type_name == "argument":
        shown = option.metavar or shown.upper()
        return shown if option.required else f"[{shown}]"
    if not option.is_flag:
        default = "" if option.default is None else f"={option.default}"
        shown += default or f"={option.opts[0].removeprefix('--').upper()}"
    return shown if option.required else f"[{shown}]"


def targets() -> str:
    """Every target of the Makefile that says what it is for."""
    text = (CHECKOUT / "Makefile").read_text()
    found = re.findall(r"^([a-z]+):.*?## (.+)$", text, re.MULTILINE)
    return table(("command", "does"), ((f"`make {name}`", does) for name, does in found))


def scalars() -> str:
    """Every scalar of the schema that isn't GraphQL's own."""
    rows = ((f"`{kind.name}`", str(kind.description)) for kind in SCALARS.values())
    return table(("scalar", "is"), rows)


def bounds() -> str:
    """Every limit on what an invoice holds."""
    return _constants(limits)


def documents() -> str:
    """Every limit on a GraphQL document."""
    return _constants(document_limits)


def requests() -> str:
    """Every limit on a request and on what it may ask for."""
    rows = (
        ("bytes of the body", f"{request_limits.BODY_BYTES_AT_MOST:,}"),
        ("values in it", f"{request_limits.VALUES_AT_MOST:,}"),
        ("items of a list in `variables`", f"{request_limits.LIST_AT_MOST:,}"),
        ("seconds until it is there", f"{request_limits.BODY_TIME_LIMIT_S:g}"),
        ("bytes of the head", f"{http_protocol.HEAD_BYTES_AT_MOST:,}"),
        ("pieces of the body", f"{http_protocol.PIECES_AT_MOST:,}"),
        (
            "seconds until head and body are there, at any address",
            f"{http_protocol.ARRIVAL_TIME_LIMIT_S:g}",
        ),
        (
            "seconds in which a client takes something of a long answer",
            f"{http_protocol.STALLED_AFTER_S:g}",
        ),
        (
            "rows on a page",
            f"{pages_of.PAGE_SIZE_AT_MOST}; {pages_of.PAGE_SIZE} where none is said",
        ),
        ("ids in `nodes`", f"{roots.NODES_AT_MOST}"),
        ("rows that it may ask for", f"{running.ROWS_AT_MOST:,}"),
        ("seconds of a read", f"{running.TIME_LIMIT_S:g}"),
        ("operations at once on a socket", f"{sockets.OPERATIONS_AT_ONCE}"),
        ("seconds until a socket says `connection_init`", f"{sockets.INIT_TIME_LIMIT_S:g}"),
    )
    return table(("limit", "is"), iter(rows))


def metrics() -> str:
    """Every metric of our own, with its labels."""
    rows = (
        (f"`{name}`", ", ".join(f"`{label}`" for label in labels), says)
        for name, labels, says in described()
    )
    return table(("metric", "by", "says"), rows)


def prices() -> str:
    """What operations cost."""
    rows = (
        ("a field of `query`", f"{points_of.READ}"),
        (
            "rows that a read may answer",
            f"1 more for each {points_of.ROWS_PER_POINT}",
        ),
        ("a mutation, or a calculation such as `invoicePreview`", f"{points_of.ACT}"),
        ("a subscription, when it begins", f"{points_of.READ}"),
        ("`__schema`", f"{points_of.SCHEMA}"),
        ("`__type`", f"{points_of.TYPE_OF_SCHEMA}"),
    )
    return table(("of an operation", "points"), iter(rows))


def _constants(module: ModuleType) -> str:
    rows = (
        (name.replace("_", " ").lower(), f"{value:,}")
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int | Decimal) and name != "MAX_MINOR"
    )
    return table(("limit", "is"), rows)


def lifecycle() -> str:
    """What can be done in which status, and which status follows."""
    rows = (
        (f"`{action}`", *(_outcome(row[status]) for status in Status))
        for action, row in TABLE.items()
    )
    return table(("", *(f"`{status}`" for status in Status)), rows)


def _outcome(outcome: Outcome) -> str:
    if isinstance(outcome, type):
        return f"*{outcome.code}*"
    return " or ".join(f"`{status}`" for status in Status if status in outcome) or "gone"


def queries() -> str:
    """Every root field that reads."""
    return _fields("Query", "query")


def mutations() -> str:
    """Every root field that changes something."""
    return _fields("Mutation", "mutation")


def subscriptions() -> str:
    """Every root field that tells what happens."""
    return _fields("Subscription", "subscription")


def _fields(of: str, head: str) -> str:
    fields: dict[str, Any] = schema._schema.type_map[of].fields  # type: ignore[attr-defined]  # an object type
    rows = ((f"`{name}`", str(field.description)) for name, field in fields.items())
    return table((head, "does"), rows)


def architecture() -> str:
    """Every package and module with the sentence that it opens with, room by room."""
    return "\n\n".join(_room(CHECKOUT / room) for room in ROOMS)


def _room(folder: Path) -> str:
    packages = sorted(folder.rglob("__init__.py"), key=lambda path: path.parent.parts)
    return "\n\n".join(_package(path.parent) for path in packages)


def _package(folder: Path) -> str:
    name = folder.relative_to(CHECKOUT).as_posix()
    head = f"##{'#' * name.count('/')} {name}/\n\n{_opening(folder / '__init__.py')}"
    modules = [
        path for path in sorted(folder.glob("*.py")) if not path.name.startswith(("__", "0"))
    ]
    rows = ((f"[{path.stem}](../{name}/{path.name})", _opening(path)) for path in modules)
    return f"{head}\n\n{table(('module', 'is'), rows)}" if modules else head


def _opening(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def decisions() -> str:
    """Every decision by its title."""
    folder = CHECKOUT / "docs" / "decisions"
    files = [path for path in sorted(folder.glob("*.md")) if path.name != "README.md"]
    rows = ((path.stem[:4] if path.stem[:4].isdigit() else "", _title(path)) for path in files)
    return table(("", "decision"), rows)


def _title(path: Path) -> str:
    title = path.read_text().partition("\n")[0].removeprefix("# ")
    return f"[{re.sub(r'^[0-9]{4}: ', '', title)}]({path.name})"


PARTS: dict[str, Callable[[], str]] = {
    part.__name__: part
    for part in (
        *(architecture, bounds, commands, decisions, documents, errors, lifecycle),
        metrics,
        *(mutations, prices, queries, requests, scalars, settings, subscriptions, targets),
        *(schema_types.objects, schema_types.inputs, schema_types.enums),
        *(schema_access.callers, schema_access.reads, schema_access.kinds),
        *(schema_access.guarded, schema_access.acts),
    )
}


def main() -> None:
    """Fills every page anew and says which were changed."""
    for page in pages():
        before = page.read_text()
        after = rendered(before)
        if after != before:
            page.write_text(after)
            sys.stdout.write(f"{page.relative_to(CHECKOUT)} is written anew\n")


if __name__ == "__main__":
    main()
