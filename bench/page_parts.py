"""Parts of pages that runs write, each between two marks of its own."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class PagePart(NamedTuple):
    """A part of a page, and the lines that it stands between."""

    page: Path
    begin: str
    end: str

    def write(self, lines: Iterable[str]) -> None:
        """Replaces what an earlier run wrote. Raises ValueError where the page has no such part."""
        head, rest = self.page.read_text().split(self.begin)
        _, tail = rest.split(self.end, 1)
        text = "\n".join([self.begin, "", *lines, "", self.end])
        self.page.write_text(f"{head}{text}{tail}")
