"""A line's taxes: given in one way, within their limits, and with a hint where a rate is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.errors import Refused
from domain.line_taxes import UNTAXED, check_line_taxes
from domain.taxes import Tax

HERE = ("lines", "0")


def taxes(**given: Any) -> tuple[Tax, ...]:
    nothing = {"tax_rate": None, "tax_percent": None, "taxes": None, "automatic": False}
    return check_line_taxes(HERE, **nothing | given)


def refused(**given: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(Refused) as caught:
        taxes(**given)
    return [(r.code, ".".join(r.field[2:]), r.message) for r in caught.value.refusals]


def test_a_line_without_a_tax_is_one_at_a_rate_of_zero() -> None:
    assert taxes() == taxes(tax_rate=Decimal(0)) == UNTAXED
    assert taxes(taxes=()) == UNTAXED
    assert taxes(automatic=True) == ()


def test_a_rate_of_zero_that_was_given_is_a_tax_of_zero() -> None:
    assert taxes(tax_rate=Decimal("0.00")) == (Tax("Tax", Decimal(0)),)


@pytest.mark.parametrize(
    ("tax_rate", "percent"),
    [("0.0825", "8.25"), ("1", "100"), ("0.2", "20"), ("0.00000001", "0.000001"), ("1E-1", "10")],
)
def test_a_rate_is_a_fraction_of_one(tax_rate: str, percent: str) -> None:
    [tax] = taxes(tax_rate=Decimal(tax_rate))

    assert (tax.name, str(tax.percent)) == ("Tax", percent)


def test_a_percent_is_kept_as_it_is() -> None:
    [tax] = taxes(tax_percent=Decimal("8.250"))

    assert str(tax.percent) == "8.25"


@pytest.mark.parametrize("tax_rate", ["1.00000001", "8.25", "20", "-0.01", "1E+999999"])
def test_a_rate_outside_0_to_1_is_refused_with_a_hint(tax_rate: str) -> None:
    [(code, field, message)] = refused(tax_rate=Decimal(tax_rate))

    assert (code, field) == ("TAX_RATE_INVALID", "taxRate")
    assert "8.25% is 0.0825, or taxPercent: 8.25" in message


@pytest.mark.parametrize("percent", ["100.000001", "-0.000001"])
def test_a_percent_outside_0_to_100_is_refused(percent: str) -> None:
    [(code, field, _)] = refused(tax_percent=Decimal(percent))
    assert (code, field) == ("TAX_RATE_INVALID", "taxPercent")

    [(code, field, _)] = refused(taxes=(Tax("VAT", Decimal(percent)),))
    assert (code, field) == ("TAX_RATE_INVALID", "taxes.0.percent")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tax_rate": Decimal("0.000000001")}, "taxRate"),
        ({"tax_rate": Decimal("NaN")}, "taxRate"),
        ({"tax_percent": Decimal("0.0000001")}, "taxPercent"),
        ({"tax_percent": Decimal("Infinity")}, "taxPercent"),
    ],
)
def test_a_rate_that_is_not_plain_is_refused(given: dict[str, Any], field: str) -> None:
    assert [(code, at) for code, at, _ in refused(**given)] == [("INVALID_FORMAT", field)]


@pytest.mark.parametrize(
    "given",
    [
        {"tax_rate": Decimal(0), "tax_percent": Decimal(0)},
        {"tax_percent": Decimal(8), "taxes": ()},
        {"taxes": (Tax("VAT", Decimal(8)),), "automatic": True},
        {"tax_rate": Decimal(0), "automatic": True},
    ],
    ids=["rate and percent", "percent and list", "list and automatic", "rate and automatic"],
)
def test_a_tax_is_given_in_one_way(given: dict[str, Any]) -> None:
    [(code, _, message)] = refused(**given)

    assert code == "INVALID_ARGUMENT"
    assert " and " in message


@pytest.mark.parametrize(
    "category",
    ["ZERO", "EXEMPT", "REVERSE_CHARGE", "INTRA_COMMUNITY", "EXPORT", "OUT_OF_SCOPE"],
)
def test_only_the_standard_category_has_a_percentage(category: str) -> None:
    nothing = Tax("VAT", Decimal(0), category)
    assert taxes(taxes=(nothing,)) == (nothing,)

    [(code, field, message)] = refused(taxes=(Tax("VAT", Decimal(1), category),))
    assert (code, field) == ("TAX_RATE_INVALID", "taxes.0.percent")
    assert category in message


def test_taxes_keep_their_order_and_source_and_have_names() -> None:
    given = (Tax(" PST ", Decimal("7.0")), Tax("GST", Decimal(5), source="AUTO"))

    assert taxes(taxes=given) == (Tax("PST", Decimal(7)), Tax("GST", Decimal(5), source="AUTO"))
    blank = refused(taxes=(Tax(" ", Decimal(101)),))
    assert [(code, field) for code, field, _ in blank] == [
        ("REQUIRED", "taxes.0.name"),
        ("TAX_RATE_INVALID", "taxes.0.percent"),
    ]


def test_the_same_tax_twice_on_a_line_is_refused() -> None:
    vat = Tax("VAT", Decimal(20))
    assert len(taxes(taxes=(vat, Tax("VAT", Decimal(10))))) == 2

    [(code, field, _)] = refused(taxes=(vat, Tax(" VAT", Decimal("20.0"))))
    assert (code, field) == ("INVALID_ARGUMENT", "taxes")


def test_a_line_has_at_most_twenty_taxes() -> None:
    many = tuple(Tax(f"Tax {n}", Decimal(1)) for n in range(21))

    assert len(taxes(taxes=many[:20])) == 20
    assert [(code, field) for code, field, _ in refused(taxes=many)] == [("OUT_OF_RANGE", "taxes")]
