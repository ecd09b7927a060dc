"""Discounts: a percentage or a fixed amount, and nothing negative."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.discounts import check_discount, check_discounts
from domain.errors import Refused
from domain.totals import Discount


def refused(discount: Discount) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        check_discount(discount)
    return [(refusal.code, ".".join(refusal.field)) for refusal in caught.value.refusals]


def test_a_sound_discount_comes_out_trimmed_and_plain() -> None:
    asked = Discount(percent=Decimal("10.50"), name=" Spring ", code=" ")

    found = check_discount(asked)

    assert found == Discount(percent=Decimal("10.5"), name="Spring", code=None)
    assert str(found.percent) == "10.5"


@pytest.mark.parametrize("fixed_minor", [0, 1, 10**14])
def test_a_fixed_discount_is_a_count_of_minor_units(fixed_minor: int) -> None:
    assert check_discount(Discount(fixed_minor=fixed_minor)).fixed_minor == fixed_minor


@pytest.mark.parametrize(
    ("discount", "code", "field"),
    [
        (Discount(), "REQUIRED", "discount"),
        (Discount(Decimal(1), 1), "INVALID_ARGUMENT", "discount"),
        (Discount(Decimal("100.000001")), "OUT_OF_RANGE", "discount.percent"),
        (Discount(Decimal("-0.01")), "OUT_OF_RANGE", "discount.percent"),
        (Discount(Decimal("0.0000001")), "INVALID_FORMAT", "discount.percent"),
        (Discount(Decimal("NaN")), "INVALID_FORMAT", "discount.percent"),
        (Discount(fixed_minor=-1), "OUT_OF_RANGE", "discount.minor"),
        (Discount(Decimal(1), name="n" * 256), "TOO_LONG", "discount.name"),
        (Discount(Decimal(1), code="c" * 256), "TOO_LONG", "discount.code"),
    ],
)
def test_any_other_discount_is_refused(discount: Discount, code: str, field: str) -> None:
    assert refused(discount) == [(code, field)]


def test_the_faults_of_several_discounts_come_together() -> None:
    with pytest.raises(Refused) as caught:
        check_discounts([Discount(), Discount(percent=Decimal(5)), Discount(fixed_minor=-1)])

    assert [refusal.field for refusal in caught.value.refusals] == [
        ("discounts", "0"),
        ("discounts", "2", "minor"),
    ]


def test_an_invoice_has_at_most_a_hundred_discounts() -> None:
    one = Discount(percent=Decimal(1))

    assert len(check_discounts([one] * 100)) == 100
    with pytest.raises(Refused):
        check_discounts([one] * 101)
