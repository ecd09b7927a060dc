"""Reads the golden examples: an invoice as a person writes it, and what it must come to."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain.money import to_major, to_minor
from domain.totals import Discount, Line, Policies, Tax, Totals

FOLDER = Path(__file__).parent / "examples"


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def asked(example: dict[str, Any]) -> tuple[list[Line], list[Discount], Policies]:
    currency = example["currency"]
    lines = [
        Line(
            quantity=Decimal(line["quantity"]),
            unit_amount=Decimal(line["unit"]),
            taxes=tuple(_tax(tax) for tax in line.get("taxes", [])),
            discount=_discount(line["discount"], currency) if "discount" in line else None,
        )
        for line in example["lines"]
    ]
    discounts = [_discount(discount, currency) for discount in example.get("discounts", [])]
    return lines, discounts, _policies(example)


def expected(example: dict[str, Any]) -> dict[str, Any]:
    rows = [{"category": "STANDARD"} | row for row in example["expect"]["breakdown"]]
    return {
        "lines": [line["expect"] for line in example["lines"]],
        "discounts": [],
        **example["expect"],
        "breakdown": [row | {"percent": Decimal(row["percent"])} for row in rows],
    }


def answered(totals: Totals, currency: str) -> dict[str, Any]:
    def text(minor: int) -> str:
        return str(to_major(minor, currency))

    return {
        "lines": [
            {
                "amount": text(line.amount_minor),
                "discount": text(line.discount_minor),
                "allocated": text(line.allocated_discount_minor),
                "taxes": [text(tax.amount_minor) for tax in line.taxes],
            }
            for line in totals.lines
        ],
        "discounts": [text(minor) for minor in totals.discounts_minor],
        "subtotal": text(totals.subtotal_minor),
        "discount": text(totals.discount_minor),
        "tax": text(totals.tax_minor),
        "total": text(totals.total_minor),
        "breakdown": [
            {
                "name": row.name,
                "percent": row.percent,
                "category": row.category,
                "taxable": text(row.taxable_minor),
                "tax": text(row.tax_minor),
            }
            for row in totals.breakdown
        ],
    }


def _policies(example: dict[str, Any]) -> Policies:
    return Policies(
        currency=example["currency"],
        tax_rounding=example.get("tax_rounding", "PER_RATE"),
        discount_tax_treatment=example.get("discount_tax_treatment", "BEFORE_TAX"),
        prices_include_tax=example.get("prices_include_tax", False),
    )


def _tax(tax: dict[str, str]) -> Tax:
    return Tax(tax["name"], Decimal(tax["percent"]), tax.get("category", "STANDARD"))


def _discount(discount: dict[str, str], currency: str) -> Discount:
    if "percent" in discount:
        return Discount(percent=Decimal(discount["percent"]))
    return Discount(fixed_minor=to_minor(Decimal(discount["fixed"]), currency))
