"""Reads the golden examples of credit notes: an invoice, and one note after the other on it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain.credit_notes import (
    Credit,
    CreditableLine,
    credit_amount,
    credit_everything,
    credit_nets,
)
from domain.errors import Refused
from domain.money import to_major, to_minor
from domain.totals import Policies, Totals, compute, final_net
from tests.domain import reading_examples

FOLDER = reading_examples.FOLDER / "credit_notes"


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def creditable(totals: Totals, policies: Policies) -> list[CreditableLine]:
    """The lines of an invoice that has no credit notes yet."""
    return [
        CreditableLine(
            final_net(
                amount_minor=line.amount_minor,
                discount_minor=line.discount_minor,
                allocated_discount_minor=line.allocated_discount_minor,
                tax_minor=line.tax_minor,
                prices_include_tax=policies.prices_include_tax,
            ),
            line.tax_minor,
        )
        for line in totals.lines
    ]


def less(lines: Sequence[CreditableLine], credit: Credit, sign: int = 1) -> list[CreditableLine]:
    """The lines after a note; with sign -1, after it was voided."""
    return [
        replace(
            line,
            credited_net_minor=line.credited_net_minor + sign * of.net_minor,
            credited_tax_minor=line.credited_tax_minor + sign * of.tax_minor,
        )
        for line, of in zip(lines, credit.lines, strict=True)
    ]


def play(example: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """What each note of the example comes to, beside what it must come to."""
    currency = example["currency"]
    asked_lines, discounts, policies = reading_examples.asked(example)
    lines = creditable(compute(asked_lines, discounts, policies), policies)
    live: dict[int, Credit] = {}
    answers: list[Any] = []
    for at, note in enumerate(example["notes"], start=1):
        if "void" in note:
            lines = less(lines, live.pop(note["void"]), sign=-1)
            continue
        try:
            live[at] = _ask(note, lines, currency)
        except Refused as refused:
            answers.append([_refusal(refusal, currency) for refusal in refused.refusals])
        else:
            lines = less(lines, live[at])
            answers.append(_answer(live[at], currency))
    return answers, [note["expect"] for note in example["notes"] if "expect" in note]


def _ask(note: dict[str, Any], lines: list[CreditableLine], currency: str) -> Credit:
    if "amount" in note:
        return credit_amount(lines, to_minor(Decimal(note["amount"]), currency), currency)
    if "lines" not in note:
        return credit_everything(lines, currency)
    nets = {line["line"] - 1: to_minor(Decimal(line["net"]), currency) for line in note["lines"]}
    return credit_nets(lines, nets, currency)


def _answer(credit: Credit, currency: str) -> dict[str, Any]:
    return {
        "lines": [
            {
                "line": i,
                "net": str(to_major(line.net_minor, currency)),
                "tax": str(to_major(line.tax_minor, currency)),
            }
            for i, line in enumerate(credit.lines, start=1)
            if line
        ],
        "total": str(to_major(credit.total_minor, currency)),
    }


def _refusal(refusal: Any, currency: str) -> dict[str, Any]:
    return {"code": refusal.code, "max": str(to_major(refusal.meta["max"], currency))}
