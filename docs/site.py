"""The site's hooks: its menu, and links to source files, which are not on the site, written as names."""

import re
from pathlib import Path
from typing import Any

PAGES = Path(__file__).parent
UNDERSTAND = [
    *("tour.md", "architecture.md", "performance.md", "scale.md", "reliability.md"),
    "decisions/README.md",
]
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<to>(?:\.\./)+[^)#]+)(?:#[^)]*)?\)")


def on_config(config: Any) -> Any:
    """The menu: what a newcomer reads first stands first; decisions by their list alone."""
    config.nav = [
        {"Start": "README.md"},
        {"Understand": UNDERSTAND},
        {"How to": [*_pages("how-to"), "coming-from-rest.md"]},
        {"Reference": [*_pages("reference"), "schema-conventions.md"]},
    ]
    config.not_in_nav = None
    return config


def _pages(folder: str) -> list[str]:
    return [path.relative_to(PAGES).as_posix() for path in sorted((PAGES / folder).glob("*.md"))]


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The page with links that lead out of docs/ written as the path that they lead to."""
    depth = page.file.src_uri.count("/")
    return LINK.sub(lambda link: _named(link, depth), markdown)


def _named(link: re.Match[str], depth: int) -> str:
    if link["to"].count("../") <= depth:
        return link[0]
    path, shown = link["to"].replace("../", ""), link["text"]
    return shown if shown.strip("`") == path else f"{shown} (`{path}`)"
