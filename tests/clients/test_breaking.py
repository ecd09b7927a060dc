"""The guard of what a release promised tells growth from breach, by graphql-inspector."""

from pathlib import Path

from tests.clients.rooms import SCHEMA, Room
from tests.equipment import CLIENTS

FIELD = '  """A note to the customer, on all that they see."""\n  notes: String\n'
DEPRECATED = FIELD.replace("String\n", 'String @deprecated(reason: "Use `metadata`.")\n')
ARGUMENT = '    """Which invoices; all where left out."""\n    filter: InvoiceFilter\n'


async def test_what_is_gone_or_stricter_is_a_breach(tmp_path: Path) -> None:
    removed = await breaches(tmp_path, SCHEMA.read_text(), changed(FIELD, ""))
    stricter = await breaches(
        tmp_path, SCHEMA.read_text(), changed(ARGUMENT, ARGUMENT.replace("Filter\n", "Filter!\n"))
    )

    assert [line.partition(":")[0] for line in removed] == ["Invoice.notes"]
    assert {line.partition(":")[0] for line in stricter} == {
        "Customer.invoices.filter",
        "Query.invoices.filter",
    }


async def test_what_is_added_is_none(tmp_path: Path) -> None:
    less = changed(FIELD, "").replace(ARGUMENT, "")

    assert await breaches(tmp_path, less, SCHEMA.read_text()) == []


async def test_what_was_deprecated_may_go(tmp_path: Path) -> None:
    assert await breaches(tmp_path, changed(FIELD, DEPRECATED), changed(FIELD, "")) == []


def changed(kept: str, broken: str) -> str:
    """The schema with all of one text replaced by another."""
    text = SCHEMA.read_text()
    assert kept in text
    return text.replace(kept, broken)


async def breaches(folder: Path, before: str, after: str) -> list[str]:
    """What the guard says of two schemas."""
    old, new = folder / "old.graphql", folder / "new.graphql"
    old.write_text(before)
    new.write_text(after)
    done = await Room(folder).run(CLIENTS / "breaking.js", old, new)
    assert done.complaints == ""
    assert done.is_content == (not done.output)
    return done.output.splitlines()
