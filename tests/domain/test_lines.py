"""Lines: every limit is met exactly, and all that is wrong is said at once, where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.errors import LineLimit, NoLines, Refused
from domain.lines import CheckedLine, LineDraft, check, check_all, require_lines
from domain.taxes import Tax
from domain.totals import Discount, Line

SOUND = LineDraft(description="Advice", quantity=Decimal(1), unit_amount_minor=1250)
HERE = ("lines", "0")


def checked(draft: LineDraft, currency: str = "USD") -> CheckedLine:
    return check(draft, currency, HERE)


def refused(draft: LineDraft, currency: str = "USD") -> list[tuple[str, str]]:
    """Each refusal's code, and where it is within the line."""
    with pytest.raises(Refused) as caught:
        check(draft, currency, HERE)
    refusals = caught.value.refusals
    assert all(refusal.field[:2] == HERE for refusal in refusals)
    return [(refusal.code, ".".join(refusal.field[2:])) for refusal in refusals]


def test_a_sound_line_comes_out_trimmed_and_plain() -> None:
    draft = replace(
        SOUND,
        description="  Advice\n",
        code=" A-1 ",
        quantity=Decimal("1.500"),
        tax_rate=Decimal("0.08250"),
        discount=Discount(percent=Decimal("10.0")),
        period_start=date(2026, 7, 1),
        period_end=date(2026, 8, 1),
        metadata={"cost centre": "7"},
    )

    line = checked(draft)

    assert (line.description, line.code) == ("Advice", "A-1")
    assert (str(line.quantity), str(line.unit_amount)) == ("1.5", "12.5")
    assert line.discount == Discount(percent=Decimal(10))
    assert line.taxes == (Tax("Tax", Decimal("8.25")),)
    assert str(line.taxes[0].percent) == "8.25"
    assert (line.period_start, line.period_end) == (date(2026, 7, 1), date(2026, 8, 1))
    assert line.metadata == {"cost centre": "7"}


def test_a_checked_line_is_ready_to_be_calculated() -> None:
    line = checked(replace(SOUND, tax_percent=Decimal(20)))

    assert line.priced == Line(Decimal(1), Decimal("12.5"), (Tax("Tax", Decimal(20)),))


def test_minor_units_are_those_of_the_currency() -> None:
    assert checked(SOUND, "JPY").unit_amount == 1250
    assert checked(SOUND, "KWD").unit_amount == Decimal("1.25")


def test_a_blank_code_is_no_code() -> None:
    assert checked(replace(SOUND, code="  ")).code is None


@pytest.mark.parametrize(
    ("description", "code"),
    [
        ("", "REQUIRED"),
        (" \t\n ", "REQUIRED"),
        ("x" * 1001, "TOO_LONG"),
        ("a\x00b", "INVALID_FORMAT"),
        ("a\ud800b", "INVALID_FORMAT"),
    ],
)
def test_a_description_has_1_to_1000_characters(description: str, code: str) -> None:
    assert refused(replace(SOUND, description=description)) == [(code, "description")]
    assert checked(replace(SOUND, description=f" {'x' * 1000} ")).description == "x" * 1000


@pytest.mark.parametrize("quantity", ["0.00000001", "1000000000", "1E+9", "999999999.99999999"])
def test_a_quantity_within_its_limits_is_taken(quantity: str) -> None:
    assert checked(replace(SOUND, quantity=Decimal(quantity))).quantity == Decimal(quantity)


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("0", "OUT_OF_RANGE"),
        ("-1", "OUT_OF_RANGE"),
        ("1000000000.00000001", "OUT_OF_RANGE"),
        ("1E+999999", "OUT_OF_RANGE"),
        ("0.000000001", "INVALID_FORMAT"),
        ("1E-999999", "INVALID_FORMAT"),
        ("NaN", "INVALID_FORMAT"),
        ("sNaN", "INVALID_FORMAT"),
        ("-Infinity", "INVALID_FORMAT"),
    ],
)
def test_a_quantity_beyond_its_limits_is_refused(quantity: str, code: str) -> None:
    assert refused(replace(SOUND, quantity=Decimal(quantity))) == [(code, "quantity")]


@pytest.mark.parametrize(
    ("unit_amount", "code"),
    [
        ("-0.01", "OUT_OF_RANGE"),
        ("0.0000000000001", "INVALID_FORMAT"),
        ("1000000000000.01", "AMOUNT_TOO_LARGE"),
        ("1E+999999", "AMOUNT_TOO_LARGE"),
        ("NaN", "INVALID_FORMAT"),
        ("Infinity", "INVALID_FORMAT"),
    ],
)
def test_a_price_beyond_its_limits_is_refused(unit_amount: str, code: str) -> None:
    draft = replace(SOUND, unit_amount_minor=None, unit_amount=Decimal(unit_amount))

    assert refused(draft) == [(code, "unitAmount.decimal")]


@pytest.mark.parametrize("unit_amount", ["0", "0.000000000001", "1000000000000.00"])
def test_a_price_within_its_limits_is_taken(unit_amount: str) -> None:
    draft = replace(SOUND, unit_amount_minor=None, unit_amount=Decimal(unit_amount))

    assert checked(draft).unit_amount == Decimal(unit_amount)


def test_a_price_in_minor_units_has_the_same_limits() -> None:
    assert checked(replace(SOUND, unit_amount_minor=0)).unit_amount == 0
    assert checked(replace(SOUND, unit_amount_minor=10**14)).unit_amount == 10**12
    below, above = (
        replace(SOUND, unit_amount_minor=-1),
        replace(SOUND, unit_amount_minor=10**14 + 1),
    )
    assert refused(below) == [("OUT_OF_RANGE", "unitAmount.minor")]
    assert refused(above) == [("AMOUNT_TOO_LARGE", "unitAmount.minor")]


def test_a_price_is_given_in_one_way() -> None:
    both = replace(SOUND, unit_amount=Decimal(1))
    neither = replace(SOUND, unit_amount_minor=None)

    assert refused(both) == [("INVALID_ARGUMENT", "unitAmount")]
    assert refused(neither) == [("REQUIRED", "unitAmount")]


def test_a_period_has_both_its_days_in_order() -> None:
    first, second = date(2026, 7, 1), date(2026, 7, 2)

    assert refused(replace(SOUND, period_start=first)) == [("REQUIRED", "periodEnd")]
    assert refused(replace(SOUND, period_end=first)) == [("REQUIRED", "periodStart")]
    empty = replace(SOUND, period_start=first, period_end=first)
    assert refused(empty) == [("OUT_OF_RANGE", "periodEnd")]
    checked(replace(SOUND, period_start=first, period_end=second))


def test_all_that_is_wrong_with_a_line_is_said_at_once_and_in_order() -> None:
    draft = LineDraft(
        description="",
        code="c" * 256,
        quantity=Decimal(0),
        unit_amount=Decimal(-1),
        discount=Discount(percent=Decimal(101)),
        tax_rate=Decimal("8.25"),
        period_start=date(2026, 7, 1),
        metadata={"": ""},
    )

    assert refused(draft) == [
        ("REQUIRED", "description"),
        ("TOO_LONG", "code"),
        ("OUT_OF_RANGE", "quantity"),
        ("OUT_OF_RANGE", "unitAmount.decimal"),
        ("OUT_OF_RANGE", "discount.percent"),
        ("TAX_RATE_INVALID", "taxRate"),
        ("REQUIRED", "periodEnd"),
        ("INVALID_FORMAT", "metadata"),
    ]


def test_the_faults_of_several_lines_come_together() -> None:
    wrong = replace(SOUND, quantity=Decimal(0))

    with pytest.raises(Refused) as caught:
        check_all([wrong, SOUND, wrong], "USD", ("invoice", "lines"))

    assert [refusal.field for refusal in caught.value.refusals] == [
        ("invoice", "lines", "0", "quantity"),
        ("invoice", "lines", "2", "quantity"),
    ]


def test_five_hundred_lines_fit_and_one_more_does_not() -> None:
    assert len(check_all([SOUND] * 500, "USD")) == 500
    with pytest.raises(LineLimit) as caught:
        check_all([SOUND] * 501, "USD")
    assert caught.value.meta == {"max": 500, "count": 501}


def test_a_draft_may_have_no_lines_but_nothing_is_issued_without() -> None:
    assert check_all([], "USD") == ()
    require_lines(1)
    with pytest.raises(NoLines) as caught:
        require_lines(0)
    assert caught.value.field == ("lines",)
