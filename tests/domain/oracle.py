"""A second opinion on totals: the formulas of the rules, written down straight, and slowly.

It shares no code with the product. Amounts are plain fractions of a minor unit until they are
rounded, and each step is a line of the rules, so that it can be checked against them by eye.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

HUNDRED = Fraction(100)


@dataclass
class Opinion:
    """What the oracle thinks: everything in minor units, one entry a line or row."""

    amount: list[int]
    discount: list[int]
    allocated: list[int]
    taxes: list[list[int]]
    invoice_discounts: list[int]
    subtotal: int
    total_discount: int
    tax: int
    total: int
    rows: list[tuple[str, Fraction, str, int, int]]


def r(x: Fraction) -> int:
    return floor(x + Fraction(1, 2))


def share_out(total: int, weights: list[Fraction]) -> list[int]:
    """Largest remainder, one unit at a time."""
    whole = sum(weights, Fraction(0))
    owed = [total * w / whole if whole else Fraction(0) for w in weights]
    given = [floor(x) for x in owed]
    waiting = [x - g for x, g in zip(owed, given, strict=True)]
    while sum(given) < total:
        winner = waiting.index(max(waiting))
        given[winner] += 1
        waiting[winner] = Fraction(-1)
    return given


def judge(invoice: dict[str, Any]) -> Opinion:
    """The totals of {decimals, rounding, treatment, inclusive, lines, discounts}.

    A line is {quantity, unit, percent | fixed | neither, taxes: [(name, percent, category)]}, all
    numbers as Fraction but for fixed, which is whole minor units.
    """
    lines = invoice["lines"]
    n = range(len(lines))
    scale = 10 ** invoice["decimals"]

    amount = [r(line["quantity"] * line["unit"] * scale) for line in lines]
    discount = [taken_off(lines[i], amount[i]) for i in n]
    net = [amount[i] - discount[i] for i in n]

    left, invoice_discounts = sum(net), []
    for asked in invoice["discounts"]:
        invoice_discounts.append(taken_off(asked, left))
        left -= invoice_discounts[-1]
    allocated = share_out(sum(invoice_discounts), [Fraction(x) for x in net])

    before = invoice["treatment"] == "BEFORE_TAX"
    taxable = [net[i] - allocated[i] if before else net[i] for i in n]
    cells = inside(invoice, taxable) if invoice["inclusive"] else on_top(invoice, taxable)

    taxes = [[cells[i, c] for c in lines[i]["taxes"]] for i in n]
    subtotal, total_discount = sum(amount), sum(discount) + sum(invoice_discounts)
    tax = sum(cells.values())
    total = subtotal - total_discount + (0 if invoice["inclusive"] else tax)
    base = [taxable[i] - (sum(taxes[i]) if invoice["inclusive"] else 0) for i in n]
    rows = []
    for c in ordered({c for line in lines for c in line["taxes"]}):
        of = [i for i in n if c in lines[i]["taxes"]]
        rows.append((*c, sum(base[i] for i in of), sum(cells[i, c] for i in of)))
    return Opinion(
        amount=amount,
        discount=discount,
        allocated=allocated,
        taxes=taxes,
        invoice_discounts=invoice_discounts,
        subtotal=subtotal,
        total_discount=total_discount,
        tax=tax,
        total=total,
        rows=rows,
    )


def taken_off(asked: dict[str, Any], base: int) -> int:
    if asked.get("fixed") is not None:
        return int(asked["fixed"])
    return r(base * asked["percent"] / HUNDRED) if asked.get("percent") is not None else 0


def ordered(rates: set[Any]) -> list[Any]:
    by_name = sorted(rates, key=lambda c: (c[0], c[2]))
    return sorted(by_name, key=lambda c: c[1], reverse=True)


def on_top(invoice: dict[str, Any], taxable: list[int]) -> dict[Any, int]:
    lines = invoice["lines"]
    every = ordered({c for line in lines for c in line["taxes"]})
    of = {c: [i for i in range(len(lines)) if c in lines[i]["taxes"]] for c in every}
    cells: dict[Any, int] = {}
    if invoice["rounding"] == "PER_LINE":
        return {(i, c): r(taxable[i] * c[1] / HUNDRED) for c in every for i in of[c]}
    exact = [sum((taxable[i] * c[1] / HUNDRED for i in of[c]), Fraction(0)) for c in every]
    if invoice["rounding"] == "PER_INVOICE":
        whole = share_out(r(sum(exact, Fraction(0))), exact)
    else:
        whole = [r(x) for x in exact]
    for c, tax in zip(every, whole, strict=True):
        parts = share_out(tax, [Fraction(taxable[i]) for i in of[c]])
        cells |= {(i, c): part for i, part in zip(of[c], parts, strict=True)}
    return cells


def inside(invoice: dict[str, Any], taxable: list[int]) -> dict[Any, int]:
    groups: dict[Any, list[int]] = defaultdict(list)
    for i, line in enumerate(invoice["lines"]):
        alone = i if invoice["rounding"] == "PER_LINE" else None
        groups[alone, frozenset(line["taxes"])].append(i)
    cells: dict[Any, int] = {}
    for (_, rates), of in groups.items():
        rate = sum((c[1] for c in rates), Fraction(0)) / HUNDRED
        gross = sum(taxable[i] for i in of)
        every = ordered(set(rates))
        parts = share_out(r(gross * rate / (1 + rate)), [c[1] for c in every])
        for c, tax in zip(every, parts, strict=True):
            to_lines = share_out(tax, [Fraction(taxable[i]) for i in of])
            cells |= {(i, c): part for i, part in zip(of, to_lines, strict=True)}
    return cells
