"""The one calculator of invoice totals: what preview, draft, finalize and all others share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.errors import (
    AmountTooLarge,
    DiscountExceedsLine,
    DiscountExceedsSubtotal,
    Refusal,
    refuse_any,
)
from domain.limits import AMOUNT_MAX_MINOR
from domain.money import round_half_away, spread, to_major, to_minor
from domain.taxes import (
    Tax,
    TaxAmount,
    TaxSubtotal,
    break_down,
    tax_exclusive,
    tax_inclusive,
)

__all__ = [
    "Discount",
    "Line",
    "LineTotals",
    "Policies",
    "Tax",
    "TaxAmount",
    "TaxSubtotal",
    "Totals",
    "compute",
    "effective_tax_percent",
    "final_net",
]


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount of a line or an invoice: either a percentage, or a fixed number of minor units."""

    percent: Decimal | None = None
    fixed_minor: int | None = None
    name: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What a line's totals depend on; `unit_amount` is in major units, taxes are distinct."""

    quantity: Decimal
    unit_amount: Decimal
    taxes: tuple[Tax, ...] = ()
    discount: Discount | None = None

    def __post_init__(self) -> None:
        if len({tax.rate for tax in self.taxes}) < len(self.taxes):
            raise ValueError("a line has each tax once")


@dataclass(frozen=True, slots=True)
class Policies:
    """How an invoice is calculated, fixed on it.

    `tax_rounding` is PER_RATE, PER_LINE or PER_INVOICE; `discount_tax_treatment` says whether the
    invoice's discounts lower what is taxed, BEFORE_TAX or AFTER_TAX.
    """

    currency: str
    tax_rounding: str = "PER_RATE"
    discount_tax_treatment: str = "BEFORE_TAX"
    prices_include_tax: bool = False


@dataclass(frozen=True, slots=True)
class LineTotals:
    """What one line comes to, in minor units."""

    amount_minor: int
    discount_minor: int
    allocated_discount_minor: int
    tax_minor: int
    taxes: tuple[TaxAmount, ...]

    @property
    def net_minor(self) -> int:
        """The amount less the line's own discount."""
        return self.amount_minor - self.discount_minor


@dataclass(frozen=True, slots=True)
class Totals:
    """What an invoice comes to, in minor units; `discounts_minor` are the invoice's own."""

    lines: tuple[LineTotals, ...]
    discounts_minor: tuple[int, ...]
    subtotal_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int
    breakdown: tuple[TaxSubtotal, ...]


def compute(lines: Sequence[Line], discounts: Sequence[Discount], policies: Policies) -> Totals:
    """The totals of an invoice with these lines, discounts and policies (rules: Totals).

    Every amount is rounded before it is summed, parts always sum to their wholes, and nothing is
    negative. Percents are from 0 to 100, as `domain.lines` checks them. Raises Refusals of
    DiscountExceedsLine and AmountTooLarge, at ("lines", i, …), or DiscountExceedsSubtotal at
    ("discounts", i), each with meta {max}.
    """
    amounts = _amounts(lines, policies.currency)
    own = _own_discounts(lines, amounts, policies.currency)
    nets = [amount - discount for amount, discount in zip(amounts, own, strict=True)]
    taken = _invoice_discounts(discounts, sum(nets), policies.currency)
    allocated = spread(sum(taken), nets)
    taxes = _line_taxes(lines, nets, allocated, policies)
    line_totals = tuple(
        LineTotals(amount, discount, share, sum(tax.amount_minor for tax in taxed), taxed)
        for amount, discount, share, taxed in zip(amounts, own, allocated, taxes, strict=True)
    )
    return _sum_up(line_totals, taken, policies)


def effective_tax_percent(tax_minor: int, amount_minor: int) -> Decimal:
    """What the tax comes to in percent of the amount, 2 decimals, half up; 0.00 of nothing."""
    if amount_minor == 0:
        return Decimal("0.00")
    hundredths = round_half_away(Fraction(tax_minor * 10_000, amount_minor))
    return Decimal((0, tuple(map(int, str(hundredths))), -2))


def final_net(
    *,
    amount_minor: int,
    discount_minor: int,
    allocated_discount_minor: int,
    tax_minor: int,
    prices_include_tax: bool,
) -> int:
    """What a line comes to after all discounts, without tax: what is credited and recognised.

    Negative only where prices include tax and a discount after tax takes off more than the rest.
    """
    discounted = amount_minor - discount_minor - allocated_discount_minor
    return discounted - tax_minor if prices_include_tax else discounted


def _amounts(lines: Sequence[Line], currency: str) -> list[int]:
    amounts = [
        to_minor(Fraction(line.quantity) * Fraction(line.unit_amount), currency) for line in lines
    ]
    refuse_any(
        [
            _too_large("This line comes to", ("lines", i), currency)
            for i, amount in enumerate(amounts)
            if amount > AMOUNT_MAX_MINOR
        ]
    )
    return amounts


def _own_discounts(lines: Sequence[Line], amounts: Sequence[int], currency: str) -> list[int]:
    refusals: list[Refusal] = []
    taken = []
    for i, (line, amount) in enumerate(zip(lines, amounts, strict=True)):
        discount_minor = _taken(line.discount, amount)
        if discount_minor > amount:
            most = f"{to_major(amount, currency)} {currency}"
            message = f"The discount is more than the line's amount; take off {most} at most."
            path = ("lines", i, "discount")
            refusals.append(DiscountExceedsLine(message, field=path, meta={"max": amount}))
        taken.append(discount_minor)
    refuse_any(refusals)
    return taken


def _invoice_discounts(discounts: Sequence[Discount], base: int, currency: str) -> tuple[int, ...]:
    left = base
    taken = []
    for i, discount in enumerate(discounts):
        discount_minor = _taken(discount, left)
        if discount_minor > left:
            raise DiscountExceedsSubtotal(
                f"Only {to_major(left, currency)} {currency} is left to take a discount off.",
                field=("discounts", i),
                meta={"max": left},
            )
        taken.append(discount_minor)
        left -= discount_minor
    return tuple(taken)


def _taken(discount: Discount | None, base: int) -> int:
    if discount is None:
        return 0
    if discount.fixed_minor is not None:
        return discount.fixed_minor
    if discount.percent is None:
        raise ValueError("a discount is a percentage or fixed")
    return round_half_away(base * Fraction(discount.percent) / 100)


def _line_taxes(
    lines: Sequence[Line], nets: Sequence[int], allocated: Sequence[int], policies: Policies
) -> list[tuple[TaxAmount, ...]]:
    taxable = list(nets)
    if policies.discount_tax_treatment == "BEFORE_TAX":
        taxable = [net - share for net, share in zip(nets, allocated, strict=True)]
    rates = [[tax.rate for tax in line.taxes] for line in lines]
    tax_lines = tax_inclusive if policies.prices_include_tax else tax_exclusive
    taxes = tax_lines(taxable, rates, policies.tax_rounding)
    return [
        tuple(TaxAmount(tax, amounts[tax.rate]) for tax in line.taxes)
        for line, amounts in zip(lines, taxes, strict=True)
    ]


def _sum_up(lines: tuple[LineTotals, ...], taken: tuple[int, ...], policies: Policies) -> Totals:
    subtotal = sum(line.amount_minor for line in lines)
    discount = sum(line.discount_minor for line in lines) + sum(taken)
    tax = sum(line.tax_minor for line in lines)
    total = subtotal - discount + (0 if policies.prices_include_tax else tax)
    if max(subtotal, tax, total) > AMOUNT_MAX_MINOR:
        raise _too_large("The invoice comes to", ("lines",), policies.currency)
    return Totals(lines, taken, subtotal, discount, tax, total, _breakdown(lines, policies))


def _breakdown(lines: Sequence[LineTotals], policies: Policies) -> tuple[TaxSubtotal, ...]:
    bases = [_base(line, policies) for line in lines]
    taxes = [{taxed.tax.rate: taxed.amount_minor for taxed in line.taxes} for line in lines]
    return break_down(bases, taxes)


def _base(line: LineTotals, policies: Policies) -> int:
    base = line.net_minor
    if policies.discount_tax_treatment == "BEFORE_TAX":
        base -= line.allocated_discount_minor
    return base - line.tax_minor if policies.prices_include_tax else base


def _too_large(subject: str, path: tuple[str | int, ...], currency: str) -> AmountTooLarge:
    most = f"{to_major(AMOUNT_MAX_MINOR, currency)} {currency}"
    message = f"{subject} more than {most}, the most an amount can be."
    return AmountTooLarge(message, field=path, meta={"max": AMOUNT_MAX_MINOR})
