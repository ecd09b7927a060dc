"""Exchange: the golden examples of rates that are locked and entries that are settled."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import Refusal
from domain.exchange import Rate, choose, settled_entry
from domain.money import plain, to_major, to_minor
from tests.domain.reading_examples import FOLDER

EXAMPLES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((FOLDER / "exchange").glob("*.toml"))
}
SETTLED = [name for name, example in EXAMPLES.items() if "settlement" in example]
LOCKED = [name for name, example in EXAMPLES.items() if "settlement" not in example]


@pytest.mark.parametrize("name", SETTLED)
def test_entries_settle_to_what_it_says(name: str) -> None:
    example = EXAMPLES[name]
    currency, settlement = example["currency"], example["settlement"]
    balance, answers = 0, []

    for row in example["expect"]:
        before, balance = balance, balance + to_minor(Decimal(row["entry"]), currency)
        minor = settled_entry(before, balance, Decimal(example["rate"]), currency, settlement)
        answers.append(str(to_major(minor, settlement)))

    assert answers == [row["settles"] for row in example["expect"]]


@pytest.mark.parametrize("name", LOCKED)
def test_the_rate_is_locked_that_it_says(name: str) -> None:
    example = EXAMPLES[name]

    answers = [_locked(example, row["rates"]) for row in example["expect"]]

    assert answers == [row["locks"] for row in example["expect"]]


def _locked(example: dict[str, Any], written: list[str]) -> str:
    rates = [_rate(*text.split()) for text in written]
    pair = {"base": example["base"], "quote": example["quote"]}
    try:
        return str(plain(choose(rates, **pair, now=example["now"]).rate))
    except Refusal as refusal:
        return refusal.code


def _rate(base: str, quote: str, number: str, as_of: str) -> Rate:
    instant = datetime.fromisoformat(f"2026-{as_of}").replace(tzinfo=UTC)
    return Rate(base, quote, Decimal(number), "MANUAL", instant)
