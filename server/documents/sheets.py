"""Sheets: all that is drawn of a document, in the words, numbers and days of who reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Weight = Literal["plain", "total", "quiet"]


@dataclass(frozen=True, slots=True)
class Block:
    """A party: its name, and the lines of its address and tax id."""

    label: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something said once at the top, such as the due date."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its description, what is said below it, and a cell for each further column."""

    description: str
    details: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """A row of the totals; `detail` explains its label."""

    label: str
    amount: str
    detail: str = ""
    weight: Weight = "plain"


@dataclass(frozen=True, slots=True)
class PayLink:
    """Where it can be paid: a link, and the same as a QR code (an SVG picture)."""

    url: str
    label: str
    hint: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class Note:
    """A text of several paragraphs under a heading."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as `document.typ` draws it; `issued_at` is also the PDF's own date.

    `columns` are the headings of the lines: of the description, then of each line's cells. `footer`
    holds `{page}` and `{pages}`. `stamp` is what became of the document since, where that is wanted.
    """

    language: str
    region: str | None
    direction: str
    paper: Literal["a4", "us-letter"]
    issued_at: datetime
    title: str
    number: str
    seller: Block
    customer: Block
    facts: tuple[Fact, ...]
    headline: Fact
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    sums: tuple[Sum, ...]
    footer: str
    remarks: tuple[str, ...] = ()
    note: Note | None = None
    pay: PayLink | None = None
    warning: str | None = None
    stamp: str | None = None
