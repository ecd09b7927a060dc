"""Document numbers: the templates that make them, and the periods in which they count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from domain.errors import NumberTemplateInvalid, OutOfRange
from domain.limits import NUMBER_TEMPLATE_LENGTH_MAX, SEQUENCE_MAX, SEQUENCE_WIDTH_MAX

Reset = Literal["NEVER", "YEAR", "MONTH"]

TEST_PREFIX = "TEST-"
_TOKEN = re.compile(r"\{([^{}]*)\}")
_SEQUENCE = re.compile(r"seq(?::([0-9]{1,2}))?")
_DATE_TOKENS = frozenset({"YYYY", "YY", "MM"})


@dataclass(frozen=True, slots=True)
class Series:
    """How the numbers of one kind of document are made."""

    template: str
    reset: Reset


DEFAULT_SERIES: Mapping[str, Series] = MappingProxyType(
    {
        "INVOICE": Series("INV-{seq:4}", "NEVER"),
        "CREDIT_NOTE": Series("CN-{YYYY}-{seq:6}", "YEAR"),
    }
)
"""The series a new workspace starts with, by document (rules: Numbers)."""


def check_template(template: str, reset: Reset, path: tuple[str, ...] = ("template",)) -> str:
    """The template without white space around it, where it can make unique numbers.

    It holds {seq} or {seq:N} once, N being the least number of digits, and any of {YYYY}, {YY} and
    {MM}; reset YEAR needs a year in it, MONTH a year and a month, as the numbers would otherwise
    come again. Raises NumberTemplateInvalid at `path` (rules: Numbers).
    """
    trimmed = template.strip()
    fault = _fault(trimmed, reset)
    if fault:
        raise NumberTemplateInvalid(fault, field=path)
    return trimmed


def _fault(template: str, reset: Reset) -> str | None:
    if len(template) > NUMBER_TEMPLATE_LENGTH_MAX:
        return f"A template has at most {NUMBER_TEMPLATE_LENGTH_MAX} characters."
    rest = _TOKEN.sub("", template)
    if "{" in rest or "}" in rest or not rest.isprintable():
        return "Braces go in pairs around a token, and all else is printable text."
    return _token_fault(_TOKEN.findall(template)) or _reset_fault(template, reset)


def _token_fault(tokens: list[str]) -> str | None:
    sequences = [found for token in tokens if (found := _SEQUENCE.fullmatch(token))]
    unknown = set(tokens) - _DATE_TOKENS - {found[0] for found in sequences}
    if unknown:
        return f"{{{min(unknown)}}} is no token; there are {{YYYY}}, {{YY}}, {{MM}} and {{seq:N}}."
    if len(sequences) != 1:
        return "Write {seq} or {seq:N} exactly once: it is what counts up."
    width = sequences[0][1]
    if width is not None and not 1 <= int(width) <= SEQUENCE_WIDTH_MAX:
        return f"The N of {{seq:N}} goes from 1 to {SEQUENCE_WIDTH_MAX}."
    return None


def _reset_fault(template: str, reset: Reset) -> str | None:
    has_year = "{YYYY}" in template or "{YY}" in template
    if reset == "YEAR" and not has_year:
        return "To start again each year the template needs {YYYY} or {YY}."
    if reset == "MONTH" and not (has_year and "{MM}" in template):
        return "To start again each month the template needs {MM}, and {YYYY} or {YY}."
    return None


def check_start(start_at: int, path: tuple[str, ...] = ("startAt",)) -> int:
    """The first number of a period, from 1 to 10^12. Raises OutOfRange at `path`."""
    if 1 <= start_at <= SEQUENCE_MAX:
        return start_at
    limits = {"min": 1, "max": SEQUENCE_MAX}
    raise OutOfRange(f"Numbers start from 1 to {SEQUENCE_MAX}.", field=path, meta=limits)


def period_of(reset: str, issue_date: date) -> str:
    """The period whose counter a document of this local issue date takes: "", 2026 or 2026-07."""
    if reset == "YEAR":
        return f"{issue_date.year:04}"
    if reset == "MONTH":
        return f"{issue_date.year:04}-{issue_date.month:02}"
    return ""


def render(template: str, sequence: int, issue_date: date, *, test: bool = False) -> str:
    """The number itself: INV-{seq:4} and 42 make INV-0042; 10000 outgrows the width.

    `issue_date` is the day in the workspace's time zone; numbers of a TEST workspace carry the
    prefix TEST- (rules: Numbers).
    """

    def fill(token: re.Match[str]) -> str:
        counted = _SEQUENCE.fullmatch(token[1])
        if counted:
            return f"{sequence:0{counted[1] or 1}}"
        return _DATE_PARTS[token[1]].format(issue_date)

    return (TEST_PREFIX if test else "") + _TOKEN.sub(fill, template)


_DATE_PARTS: Mapping[str, str] = MappingProxyType(
    {"YYYY": "{0.year:04}", "YY": "{0:%y}", "MM": "{0.month:02}"}
)
