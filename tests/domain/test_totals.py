"""Totals: the golden examples, a second opinion on random invoices, and what always holds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import (
    AmountTooLarge,
    DiscountExceedsLine,
    DiscountExceedsSubtotal,
    Refusal,
    Refused,
)
from domain.totals import Discount, Line, Policies, Tax, Totals, compute, effective_tax_percent
from tests.domain import reading_examples
from tests.domain.random_invoices import Invoice, invoices

USD = Policies("USD")
VAT = Tax("VAT", Decimal(20))


def totals_of(invoice: Invoice) -> Totals:
    return compute(invoice.lines, invoice.discounts, invoice.policies)


def refusals_of(lines: list[Line], discounts: list[Discount], policies: Policies) -> list[Refusal]:
    with pytest.raises(Refused) as caught:
        compute(lines, discounts, policies)
    return list(caught.value.refusals)


@pytest.mark.parametrize("name", reading_examples.names())
def test_an_example_comes_to_what_it_says(name: str) -> None:
    example = reading_examples.read(name)

    totals = compute(*reading_examples.asked(example))

    answer = reading_examples.answered(totals, example["currency"])
    assert answer == reading_examples.expected(example)


@given(invoices())
@settings(max_examples=400, deadline=None)
def test_a_second_opinion_agrees_to_the_unit(invoice: Invoice) -> None:
    totals, opinion = totals_of(invoice), invoice.opinion

    assert [line.amount_minor for line in totals.lines] == opinion.amount
    assert [line.discount_minor for line in totals.lines] == opinion.discount
    assert [line.allocated_discount_minor for line in totals.lines] == opinion.allocated
    assert [[tax.amount_minor for tax in line.taxes] for line in totals.lines] == opinion.taxes
    assert list(totals.discounts_minor) == opinion.invoice_discounts
    assert totals.subtotal_minor == opinion.subtotal
    assert totals.discount_minor == opinion.total_discount
    assert totals.tax_minor == opinion.tax
    assert totals.total_minor == opinion.total
    assert [
        (row.name, Fraction(row.percent), row.category, row.taxable_minor, row.tax_minor)
        for row in totals.breakdown
    ] == opinion.rows


@given(invoices())
@settings(deadline=None)
def test_parts_sum_to_their_wholes(invoice: Invoice) -> None:
    totals = totals_of(invoice)

    own_minor = sum(line.discount_minor for line in totals.lines)
    allocated_minor = sum(line.allocated_discount_minor for line in totals.lines)
    assert totals.subtotal_minor == sum(line.amount_minor for line in totals.lines)
    assert allocated_minor == sum(totals.discounts_minor)
    assert totals.discount_minor == own_minor + allocated_minor
    assert totals.tax_minor == sum(line.tax_minor for line in totals.lines)
    for line in totals.lines:
        assert line.tax_minor == sum(tax.amount_minor for tax in line.taxes)


@given(invoices())
@settings(deadline=None)
def test_lines_sum_to_the_breakdown_and_the_breakdown_to_the_invoice(invoice: Invoice) -> None:
    totals = totals_of(invoice)

    assert sum(row.tax_minor for row in totals.breakdown) == totals.tax_minor
    for row in totals.breakdown:
        assert row.tax_minor == sum(
            taxed.amount_minor
            for line in totals.lines
            for taxed in line.taxes
            if taxed.tax.rate == (row.name, row.percent, row.category)
        )


@given(invoices())
@settings(deadline=None)
def test_nothing_is_negative_and_no_discount_exceeds_what_it_is_taken_off(
    invoice: Invoice,
) -> None:
    totals = totals_of(invoice)

    assert min(totals.subtotal_minor, totals.tax_minor, totals.total_minor) >= 0
    assert 0 <= totals.discount_minor <= totals.subtotal_minor
    assert all(row.taxable_minor >= 0 and row.tax_minor >= 0 for row in totals.breakdown)
    for line in totals.lines:
        assert 0 <= line.discount_minor <= line.amount_minor
        assert 0 <= line.allocated_discount_minor <= line.net_minor
        assert all(tax.amount_minor >= 0 for tax in line.taxes)


@given(invoices())
@settings(deadline=None)
def test_prices_that_include_tax_never_change_the_gross(invoice: Invoice) -> None:
    policies = replace(invoice.policies, prices_include_tax=True)

    totals = compute(invoice.lines, invoice.discounts, policies)

    assert totals.total_minor == totals.subtotal_minor - totals.discount_minor


@given(invoices())
@settings(deadline=None)
def test_taxes_on_top_are_added_and_nothing_else(invoice: Invoice) -> None:
    policies = replace(invoice.policies, prices_include_tax=False)

    totals = compute(invoice.lines, invoice.discounts, policies)

    net_minor = totals.subtotal_minor - totals.discount_minor
    assert totals.total_minor == net_minor + totals.tax_minor


@given(invoices(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_in_which_a_line_names_its_taxes_changes_nothing(
    invoice: Invoice, chance: Random
) -> None:
    shuffled = [
        replace(line, taxes=tuple(chance.sample(line.taxes, len(line.taxes))))
        for line in invoice.lines
    ]

    again = compute(shuffled, invoice.discounts, invoice.policies)

    once = totals_of(invoice)
    assert again.breakdown == once.breakdown
    assert [line.tax_minor for line in again.lines] == [line.tax_minor for line in once.lines]


@given(invoices())
@settings(deadline=None)
def test_the_breakdown_runs_from_the_highest_percent_down_then_by_name(invoice: Invoice) -> None:
    rows = totals_of(invoice).breakdown

    order = [(-row.percent, row.name, row.category) for row in rows]
    assert order == sorted(set(order))


@given(invoices())
@settings(deadline=None)
def test_taxes_rounded_once_are_within_half_a_unit_of_the_exact_tax(invoice: Invoice) -> None:
    policies = replace(invoice.policies, prices_include_tax=False, tax_rounding="PER_INVOICE")

    totals = compute(invoice.lines, invoice.discounts, policies)

    taxes = [row.taxable_minor * Fraction(row.percent) / 100 for row in totals.breakdown]
    exact = sum(taxes, Fraction(0))
    assert abs(totals.tax_minor - exact) <= Fraction(1, 2)


def test_a_fixed_discount_above_its_line_is_refused_where_it_stands() -> None:
    lines = [
        Line(Decimal(1), Decimal(10), discount=Discount(fixed_minor=1000)),
        Line(Decimal(1), Decimal(10), discount=Discount(fixed_minor=1001)),
        Line(Decimal(1), Decimal("0.5"), discount=Discount(fixed_minor=51)),
    ]

    refusals = refusals_of(lines, [], USD)

    assert [type(refusal) for refusal in refusals] == [DiscountExceedsLine] * 2
    assert [refusal.field for refusal in refusals] == [
        ("lines", "1", "discount"),
        ("lines", "2", "discount"),
    ]
    assert [refusal.meta for refusal in refusals] == [{"max": 1000}, {"max": 50}]


def test_a_fixed_discount_above_what_remains_is_refused_where_it_stands() -> None:
    lines = [Line(Decimal(1), Decimal(100))]
    discounts = [Discount(percent=Decimal(40)), Discount(fixed_minor=6001)]

    [refusal] = refusals_of(lines, discounts, USD)

    assert isinstance(refusal, DiscountExceedsSubtotal)
    assert (refusal.field, refusal.meta) == (("discounts", "1"), {"max": 6000})


def test_an_invoice_discount_is_of_what_is_left_after_the_lines_own() -> None:
    lines = [Line(Decimal(1), Decimal(100), discount=Discount(fixed_minor=5000))]

    totals = compute(lines, [Discount(fixed_minor=5000)], USD)

    assert totals.total_minor == 0


def test_the_largest_amount_is_allowed_and_one_unit_more_is_not() -> None:
    most = Line(Decimal(1), Decimal("1000000000000.00"))
    more = Line(Decimal(1), Decimal("1000000000000.01"))

    assert compute([most], [], USD).total_minor == 10**14
    [refusal] = refusals_of([most, more], [], USD)
    assert isinstance(refusal, AmountTooLarge)
    assert (refusal.field, refusal.meta) == (("lines", "1"), {"max": 10**14})


@pytest.mark.parametrize(
    "lines",
    [
        [Line(Decimal(1), Decimal(6 * 10**11))] * 2,
        [Line(Decimal(1), Decimal(9 * 10**11), (VAT,))],
    ],
    ids=["of lines", "of net and tax"],
)
def test_a_sum_above_the_largest_amount_is_refused(lines: list[Line]) -> None:
    [refusal] = refusals_of(lines, [], USD)

    assert isinstance(refusal, AmountTooLarge)
    assert refusal.field == ("lines",)


def test_a_tax_that_was_looked_up_shares_its_row_with_the_same_tax_by_hand() -> None:
    found = replace(VAT, source="AUTO")
    lines = [Line(Decimal(1), Decimal(10), (VAT,)), Line(Decimal(1), Decimal(10), (found,))]

    totals = compute(lines, [], USD)

    assert [row.tax_minor for row in totals.breakdown] == [400]
    assert [line.taxes[0].tax.source for line in totals.lines] == ["MANUAL", "AUTO"]


def test_a_percent_is_the_same_however_many_zeros_it_is_written_with() -> None:
    lines = [
        Line(Decimal(1), Decimal(10), (Tax("VAT", Decimal(percent)),))
        for percent in ("20", "20.000", "2E+1")
    ]

    assert len(compute(lines, [], USD).breakdown) == 1


def test_a_line_cannot_have_one_tax_twice() -> None:
    with pytest.raises(ValueError, match="each tax once"):
        Line(Decimal(1), Decimal(1), (VAT, replace(VAT, source="AUTO")))


def test_a_discount_of_nothing_in_particular_is_an_error() -> None:
    with pytest.raises(ValueError, match="a percentage or fixed"):
        compute([], [Discount()], USD)


def test_five_hundred_lines_are_calculated_exactly() -> None:
    lines = [Line(Decimal(1), Decimal("0.01"), (VAT,))] * 500

    totals = compute(lines, [Discount(percent=Decimal("33.333333"))], USD)

    assert (totals.subtotal_minor, totals.discount_minor) == (500, 167)
    assert (totals.tax_minor, totals.total_minor) == (67, 400)


@pytest.mark.parametrize(
    ("tax_minor", "amount_minor", "percent"),
    [
        (857, 11900, "7.20"),
        (1485, 18000, "8.25"),
        (1, 3, "33.33"),
        (1, 80000, "0.00"),
        (1, 20000, "0.01"),
        (0, 100, "0.00"),
        (0, 0, "0.00"),
        (100, 100, "100.00"),
    ],
)
def test_the_effective_percent_is_tax_by_amount_half_up(
    tax_minor: int, amount_minor: int, percent: str
) -> None:
    assert str(effective_tax_percent(tax_minor, amount_minor)) == percent
