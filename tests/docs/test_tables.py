"""What pages say of the code is what the code says: tables, sentences, and the comparison with REST."""

import json
import re
import sys
from pathlib import Path

import pytest
from graphql import DocumentNode, NameNode, Visitor, parse, print_schema, visit

from docs import tables
from schema.schema import schema
from tests.docs.reading import CHECKOUT, page
from tests.docs.running import run

COMPARISON = re.compile(r"^\| (?P<there>.+?) \| (?P<here>.+?) \|$", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")


WRITTEN_ANEW = """import json
from docs import tables
print(json.dumps({str(page): tables.rendered(page.read_text()) for page in tables.pages()}))
"""


@pytest.fixture(scope="module")
def written_anew() -> dict[str, str]:
    """Each page, by a process of its own: limits are longer in this one than in the product."""
    found: dict[str, str] = json.loads(run([sys.executable, "-c", WRITTEN_ANEW], CHECKOUT))
    return found


@pytest.mark.parametrize(
    "path", tables.pages(), ids=lambda path: path.relative_to(CHECKOUT).as_posix()
)
def test_a_page_says_what_the_code_says(path: Path, written_anew: dict[str, str]) -> None:
    """Else: make docs."""
    assert path.read_text() == written_anew[str(path)]


def test_all_that_the_code_says_is_on_a_page() -> None:
    written = "".join(path.read_text() for path in tables.pages())

    assert [part for part in tables.PARTS if f"<!-- from the code: {part} -->" not in written] == []


def test_what_is_said_to_be_here_is_in_the_schema() -> None:
    text = page("docs/coming-from-rest.md").read_text()
    known = {"__typename"} | names_of(parse(print_schema(schema._schema)))
    rows = [row for row in COMPARISON.finditer(text) if row["there"] != "there"]
    assert len(rows) > 60

    for row in rows:
        assert set(NAME.findall(row["here"])) <= known, row[0]


def names_of(document: DocumentNode) -> set[str]:
    """Every name that a document defines or uses; words of descriptions are none."""
    found = set()

    class Names(Visitor):
        def enter_name(self, node: NameNode, *_: object) -> None:
            found.add(node.value)

    visit(document, Names())
    return found
