"""The taxes of credit notes: parts of a line's taxes that sum to them, in any steps."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as some

from domain.credit_taxes import TaxedPart, credited_share, split_tax, take_of_base


def test_a_tax_is_split_by_what_is_left_of_each() -> None:
    parts = [TaxedPart(100, 20), TaxedPart(100, 10, 0, 10), TaxedPart(100, 0)]
    assert split_tax(parts, 7) == [7, 0, 0]


def test_nothing_is_split_into_nothings() -> None:
    assert split_tax([TaxedPart(100, 0), TaxedPart(100, 0)], 0) == [0, 0]
    assert split_tax([], 0) == []


def test_a_line_is_credited_by_its_net_or_else_by_its_tax_or_else_whole() -> None:
    shares = [
        credited_share(net_minor=net, tax_minor=tax, credited_net_minor=1, credited_tax_minor=1)
        for net, tax in ((4, 2), (0, 2), (-3, 2), (0, 0))
    ]
    assert shares == [Fraction(1, 4), Fraction(1, 2), Fraction(1, 2), 1]


@given(
    amounts=some.lists(some.integers(0, 500), min_size=1, max_size=4),
    base=some.integers(0, 9_999),
    cuts=some.lists(some.integers(0, 1_000), max_size=6),
)
def test_any_steps_sum_to_each_tax_and_its_base(
    amounts: list[int], base: int, cuts: list[int]
) -> None:
    total = sum(amounts)
    parts = [TaxedPart(base, amount) for amount in amounts]
    steps = [*sorted(cuts), 1_000]
    credited = 0
    for step in steps:
        through = total * step // 1_000
        taxes = split_tax(parts, through - credited)
        bases = [take_of_base(part, Fraction(step, 1_000)) for part in parts]
        credited = through
        assert min(taxes, default=0) >= 0
        assert min(bases) >= 0
        parts = [
            TaxedPart(
                base,
                part.amount_minor,
                part.credited_taxable_minor + taken,
                part.credited_amount_minor + tax,
            )
            for part, tax, taken in zip(parts, taxes, bases, strict=True)
        ]

    assert [(part.amount_left_minor, part.taxable_left_minor) for part in parts] == [
        (0, 0) for _ in amounts
    ]
