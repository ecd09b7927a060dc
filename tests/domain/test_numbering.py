"""Document numbers: which templates there can be, and what they make."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NumberTemplateInvalid, OutOfRange
from domain.limits import NUMBER_TEMPLATE_LENGTH_MAX, SEQUENCE_MAX
from domain.numbering import DEFAULT_SERIES, Reset, check_start, check_template, period_of, render

JULY = date(2026, 7, 9)


@pytest.mark.parametrize(
    ("template", "sequence", "number"),
    [
        ("INV-{seq:4}", 1, "INV-0001"),
        ("INV-{seq:4}", 42, "INV-0042"),
        ("INV-{seq:4}", 9999, "INV-9999"),
        ("INV-{seq:4}", 10000, "INV-10000"),
        ("INV-{YYYY}-{seq:6}", 123, "INV-2026-000123"),
        ("{YY}{MM}/{seq}", 7, "2607/7"),
        ("Rechnung Nr. {seq:3} ({YYYY})", 5, "Rechnung Nr. 005 (2026)"),
        ("{seq:12}", 1, "000000000001"),
    ],
)
def test_a_template_makes_a_number(template: str, sequence: int, number: str) -> None:
    check_template(template, "NEVER")

    assert render(template, sequence, JULY) == number


def test_a_number_of_test_data_says_so() -> None:
    assert render("INV-{seq:4}", 42, JULY, test=True) == "TEST-INV-0042"


def test_years_and_months_keep_their_zeros() -> None:
    assert render("{YYYY} {YY} {MM} {seq}", 1, date(905, 1, 1)) == "0905 05 01 1"


@pytest.mark.parametrize(
    ("reset", "period"), [("NEVER", ""), ("YEAR", "2026"), ("MONTH", "2026-07")]
)
def test_a_period_is_what_its_numbers_start_again_in(reset: str, period: str) -> None:
    assert period_of(reset, JULY) == period


def test_a_new_workspace_has_a_series_for_each_document() -> None:
    invoices, notes = DEFAULT_SERIES["INVOICE"], DEFAULT_SERIES["CREDIT_NOTE"]

    assert (invoices.template, invoices.reset) == ("INV-{seq:4}", "NEVER")
    assert (notes.template, notes.reset) == ("CN-{YYYY}-{seq:6}", "YEAR")
    for series in DEFAULT_SERIES.values():
        assert check_template(series.template, series.reset) == series.template


@pytest.mark.parametrize(
    ("template", "reset", "says"),
    [
        ("INV-1", "NEVER", "exactly once"),
        ("", "NEVER", "exactly once"),
        ("{seq}-{seq:4}", "NEVER", "exactly once"),
        ("INV-{SEQ}", "NEVER", "{SEQ} is no token"),
        ("INV-{DD}-{seq}", "NEVER", "{DD} is no token"),
        ("INV-{}-{seq}", "NEVER", "{} is no token"),
        ("INV-{seq:}", "NEVER", "no token"),
        ("INV-{seq:٤}", "NEVER", "no token"),
        ("INV-{seq:-4}", "NEVER", "no token"),
        ("INV-{seq:0}", "NEVER", "from 1 to 12"),
        ("INV-{seq:13}", "NEVER", "from 1 to 12"),
        ("INV-{seq:100}", "NEVER", "no token"),
        ("INV-{seq", "NEVER", "pairs"),
        ("INV-seq}", "NEVER", "pairs"),
        ("{{seq}}", "NEVER", "pairs"),
        ("INV\n{seq}", "NEVER", "printable"),
        ("INV-\x00{seq}", "NEVER", "printable"),
        ("INV-{seq}", "YEAR", "{YYYY} or {YY}"),
        ("INV-{MM}-{seq}", "YEAR", "{YYYY} or {YY}"),
        ("INV-{YYYY}-{seq}", "MONTH", "{MM}"),
        ("INV-{MM}-{seq}", "MONTH", "{YYYY} or {YY}"),
        ("x" * NUMBER_TEMPLATE_LENGTH_MAX + "{seq}", "NEVER", "at most 60"),
    ],
)
def test_a_template_that_cannot_make_unique_numbers_is_refused(
    template: str, reset: Reset, says: str
) -> None:
    with pytest.raises(NumberTemplateInvalid) as caught:
        check_template(template, reset)
    assert says in caught.value.message
    assert caught.value.field == ("template",)


def test_white_space_around_a_template_is_dropped() -> None:
    assert check_template("  INV-{YY}-{seq} ", "YEAR") == "INV-{YY}-{seq}"


days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
sequences = st.integers(1, 10**6)
templates = st.sampled_from(
    [
        ("INV-{seq:4}", "NEVER"),
        ("{seq}", "NEVER"),
        ("{YYYY}{seq}", "YEAR"),
        ("{seq}{YY}", "YEAR"),
        ("{MM}{YY}{seq:3}", "MONTH"),
        ("{YYYY}-{seq:2}-{MM}", "MONTH"),
    ]
)


@given(templates, st.tuples(sequences, days), st.tuples(sequences, days))
def test_two_numbers_of_a_series_differ_where_their_period_or_sequence_does(
    series: tuple[str, str], one: tuple[int, date], other: tuple[int, date]
) -> None:
    template, reset = series
    places = {(period_of(reset, day), sequence) for sequence, day in (one, other)}
    numbers = {render(template, sequence, day) for sequence, day in (one, other)}

    assert len(numbers) >= len(places)


@pytest.mark.parametrize("start_at", [1, 1000, SEQUENCE_MAX])
def test_a_series_may_start_anywhere_above_zero(start_at: int) -> None:
    assert check_start(start_at) == start_at


@pytest.mark.parametrize("start_at", [0, -1, SEQUENCE_MAX + 1])
def test_a_series_starts_at_no_other_number(start_at: int) -> None:
    with pytest.raises(OutOfRange) as caught:
        check_start(start_at)
    assert caught.value.meta == {"min": 1, "max": SEQUENCE_MAX}
