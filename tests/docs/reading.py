"""Reads the pages of the documentation: their code, their links, their headings."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docs import tables

CHECKOUT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of code, in its language."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(CHECKOUT)}: {self.text.splitlines()[0]}"


def pages() -> list[Path]:
    """Every page that people read, those of the examples too."""
    return [*tables.pages(), *sorted((CHECKOUT / "examples").glob("*.md"))]


def page(name: str) -> Path:
    """A page by its path in the checkout."""
    return CHECKOUT / name


def blocks(of: Path, *languages: str) -> list[Block]:
    """The blocks of a page in these languages, or all of them."""
    found = (
        Block(of, match["language"], match["text"]) for match in FENCE.finditer(of.read_text())
    )
    return [block for block in found if not languages or block.language in languages]


def all_blocks(*languages: str) -> list[Block]:
    """The same of every page."""
    return [block for each in pages() for block in blocks(each, *languages)]


def links(of: Path) -> Iterator[tuple[str, str]]:
    """The links of a page, outside code blocks: their text and where they lead."""
    for match in LINK.finditer(FENCE.sub("", of.read_text())):
        yield match["text"], match["target"]


def anchors(of: Path) -> set[str]:
    """What can be linked to within a page, by the names that headings get."""
    headings = HEADING.findall(FENCE.sub("", of.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def operations() -> Iterator[tuple[Block, dict[str, Any] | None]]:
    """Every GraphQL block with the variables in the JSON block that follows it, if one does."""
    for each in pages():
        found = blocks(each)
        for block, after in zip(found, [*found[1:], None], strict=False):
            if block.language == "graphql":
                is_json = after is not None and after.language == "json"
                variables = json.loads(after.text) if after is not None and is_json else {}
                yield block, None if "data" in variables else variables


def commands() -> Iterator[tuple[Block, str]]:
    """Every line of a shell block, continued lines joined."""
    for block in all_blocks("sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            if line.strip():
                yield block, line.strip()
