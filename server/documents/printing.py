"""Printing: a sheet becomes PDF by typst, in threads of its own and at most a few at once."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import orjson
import typst

from server.documents.sheets import Sheet

HERE = Path(__file__).parent
TEMPLATE = HERE / "document.typ"
FONTS = HERE / "fonts"
AT_ONCE = 2
# For archives that keep it, and for people who have it read to them.
STANDARDS: "list[typst.PDFStandard]" = ["a-3a", "ua-1"]


class Printer:
    """Draws sheets; typst lets go of the interpreter meanwhile, so that the event loop goes on.

    Fonts are ours, with those of `more_fonts` for scripts that ours lack; what the machine has is
    left out, so that the same sheet becomes the same bytes anywhere.
    """

    def __init__(self, more_fonts: Path | None = None) -> None:
        self._folders = [FONTS, *([more_fonts] if more_fonts else [])]
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="printer")
        self._own = threading.local()

    async def draw(self, write: Callable[[], Sheet]) -> bytes:
        """The PDF of the sheet that `write` writes: always the same bytes for the same sheet."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._draw(write()))

    def _draw(self, sheet: Sheet) -> bytes:
        inputs = {"sheet": orjson.dumps(asdict(sheet)).decode()}
        timestamp = int(sheet.issued_at.timestamp())
        try:
            drawn = self._compiler.compile(
                format="pdf", sys_inputs=inputs, timestamp=timestamp, pdf_standards=STANDARDS
            )
        except typst.TypstError:
            # The standards forbid a character that no font has: a box stands for it, without them.
            drawn = self._compiler.compile(format="pdf", sys_inputs=inputs, timestamp=timestamp)
        assert isinstance(drawn, bytes)
        return drawn

    @property
    def _compiler(self) -> typst.Compiler:
        """The compiler of this thread: one cannot serve two."""
        if not hasattr(self._own, "compiler"):
            self._own.compiler = typst.Compiler(TEMPLATE, root=HERE, font_paths=self._fonts)
        compiler: typst.Compiler = self._own.compiler
        return compiler

    @cached_property
    def _fonts(self) -> typst.Fonts:
        return typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=list(self._folders),
        )
