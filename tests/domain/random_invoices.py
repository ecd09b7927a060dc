"""Random invoices for properties: few rates and small amounts, so that lines meet and tie."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from domain.totals import Discount, Line, Policies, Tax
from tests.domain.oracle import Opinion, judge

DECIMALS = {"JPY": 0, "USD": 2, "KWD": 3, "CLF": 4}
RATES = [
    Tax("VAT", Decimal(20)),
    Tax("VAT", Decimal("5.5")),
    Tax("GST", Decimal(5)),
    Tax("PST", Decimal(5)),
    Tax("City", Decimal("0.000001")),
    Tax("Luxury", Decimal(100)),
    Tax("VAT", Decimal(0), "EXEMPT"),
    Tax("VAT", Decimal(0), "REVERSE_CHARGE"),
]

percents = st.one_of(
    st.sampled_from([Decimal(0), Decimal(10), Decimal(50), Decimal(100)]),
    st.decimals(0, 100, places=6),
)
quantities = st.one_of(
    st.integers(1, 20).map(Decimal),
    st.decimals("0.00000001", 1000, places=8),
)
unit_amounts = st.one_of(
    st.decimals(0, 1, places=2),
    st.decimals(0, 500, places=2),
    st.decimals(0, 10, places=12),
)


@dataclass(frozen=True)
class Invoice:
    """An invoice to calculate, and what the oracle thinks of it."""

    lines: list[Line]
    discounts: list[Discount]
    policies: Policies
    opinion: Opinion


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    currency = draw(st.sampled_from(sorted(DECIMALS)))
    policies = Policies(
        currency,
        draw(st.sampled_from(["PER_RATE", "PER_LINE", "PER_INVOICE"])),
        draw(st.sampled_from(["BEFORE_TAX", "AFTER_TAX"])),
        draw(st.booleans()),
    )
    lines = [draw(_lines(currency)) for _ in range(draw(st.integers(0, 6)))]
    net_minor = judge(as_asked(lines, [], policies)).subtotal
    discounts = draw(st.lists(_discounts(net_minor), max_size=3))
    return _fitting(lines, discounts, policies)


@st.composite
def _lines(draw: st.DrawFn, currency: str) -> Line:
    taxes = tuple(draw(st.lists(st.sampled_from(RATES), max_size=3, unique=True)))
    line = Line(draw(quantities), draw(unit_amounts), taxes)
    amount_minor = judge(as_asked([line], [], Policies(currency))).subtotal
    discount = draw(st.none() | _discounts(amount_minor))
    return Line(line.quantity, line.unit_amount, taxes, discount)


def _discounts(most_minor: int) -> st.SearchStrategy[Discount]:
    fixed = st.integers(0, most_minor).map(lambda minor: Discount(fixed_minor=minor))
    return percents.map(lambda percent: Discount(percent=percent)) | fixed


def _fitting(lines: list[Line], discounts: list[Discount], policies: Policies) -> Invoice:
    """Fixed discounts beyond what is left are dropped: refusals have tests of their own."""
    while True:
        opinion = judge(as_asked(lines, discounts, policies))
        net_minor = opinion.subtotal - sum(opinion.discount)
        if all(taken <= net_minor for taken in accumulate(opinion.invoice_discounts)):
            return Invoice(lines, discounts, policies, opinion)
        discounts = discounts[:-1]


def as_asked(lines: list[Line], discounts: list[Discount], policies: Policies) -> dict[str, Any]:
    """The same invoice in the oracle's words."""
    return {
        "decimals": DECIMALS[policies.currency],
        "rounding": policies.tax_rounding,
        "treatment": policies.discount_tax_treatment,
        "inclusive": policies.prices_include_tax,
        "lines": [
            {
                "quantity": Fraction(line.quantity),
                "unit": Fraction(line.unit_amount),
                "taxes": [(tax.name, Fraction(tax.percent), tax.category) for tax in line.taxes],
                **_asked_discount(line.discount),
            }
            for line in lines
        ],
        "discounts": [_asked_discount(discount) for discount in discounts],
    }


def _asked_discount(discount: Discount | None) -> dict[str, Any]:
    if discount is None:
        return {}
    percent = None if discount.percent is None else Fraction(discount.percent)
    return {"percent": percent, "fixed": discount.fixed_minor}
