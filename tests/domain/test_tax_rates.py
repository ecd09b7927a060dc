"""Tax rates: the golden examples, and what holds whatever the rates are."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import OutOfRange
from domain.money import plain
from domain.tax_rates import TaxRate, check_days, holding
from tests.domain.reading_examples import FOLDER

EXAMPLES = {path.stem: path for path in sorted((FOLDER / "tax_rates").glob("*.toml"))}
ON = date(2026, 6, 9)

parts = st.sampled_from([None, "A", "B"])
days = st.dates(date(2026, 6, 1), date(2026, 6, 20))
any_rate = st.builds(
    TaxRate,
    st.sampled_from(["GST", "VAT"]),
    st.sampled_from([Decimal(5), Decimal(7)]),
    days,
    st.none() | days,
    region=parts,
    code=parts,
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_comes_to_what_it_says(name: str) -> None:
    example = tomllib.loads(EXAMPLES[name].read_text(encoding="utf-8"))
    rates = [TaxRate(**{**rate, "percent": Decimal(rate["percent"])}) for rate in example["rates"]]

    answers = [_answer(rates, row) for row in example["expect"]]

    assert answers == [row["taxes"] for row in example["expect"]]


@given(st.lists(any_rate, max_size=8), parts, parts)
def test_the_order_in_which_rates_were_set_does_not_count(
    rates: list[TaxRate], region: str | None, code: str | None
) -> None:
    one_a_day = {(r.name, r.valid_from, r.region, r.code): r for r in rates}.values()

    found = holding(one_a_day, region=region, code=code, on=ON)

    assert found == holding(reversed(one_a_day), region=region, code=code, on=ON)


@given(st.lists(any_rate, max_size=8), parts, parts)
def test_a_line_bears_a_tax_of_one_name_once_and_only_while_it_holds(
    rates: list[TaxRate], region: str | None, code: str | None
) -> None:
    found = holding(rates, region=region, code=code, on=ON) or ()

    assert len({tax.name for tax in found}) == len(found)
    for tax in found:
        assert any(
            rate.tax == tax and rate.valid_from <= ON <= (rate.valid_to or ON) for rate in rates
        )


def test_a_rate_ends_on_its_first_day_at_the_earliest() -> None:
    check_days(ON, ON, ("validTo",))
    with pytest.raises(OutOfRange) as caught:
        check_days(ON, date(2026, 6, 8), ("validTo",))
    assert (caught.value.field, caught.value.meta) == (("validTo",), {"min": "2026-06-09"})


def _answer(rates: list[TaxRate], row: dict[str, Any]) -> list[str] | str:
    found = holding(rates, region=row.get("region"), code=row.get("code"), on=row["on"])
    return "none" if found is None else [f"{tax.name} {plain(tax.percent)}" for tax in found]
