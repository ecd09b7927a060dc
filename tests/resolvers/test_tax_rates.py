"""Tax rates: set, ended, replaced, and what of an input is refused."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.tax_rates import TaxRate
from resolvers import tax_rates
from resolvers.callers import Caller
from tests.resolvers.making import later, refusals

VAT = {"name": "VAT", "country": "DE", "percent": Decimal(19), "valid_from": date(2007, 1, 1)}


async def stored(rate_id: UUID) -> TaxRate:
    return await TaxRate.get(id=rate_id)


async def test_a_rate_is_kept_as_it_was_set(caller: Caller) -> None:
    given: dict[str, Any] = {"region": " BY ", "code": "BOOK", "category": None, "valid_to": None}

    found = await stored(await tax_rates.set_rate(caller, {**VAT, **given}))

    assert (found.name, found.country, found.region, found.code) == ("VAT", "DE", "BY", "BOOK")
    assert (found.percent, found.category) == (Decimal(19), "STANDARD")
    assert (found.valid_from, found.valid_to) == (date(2007, 1, 1), None)


async def test_the_same_rate_again_takes_its_place(caller: Caller) -> None:
    first = await tax_rates.set_rate(caller, VAT)
    ended = {**VAT, "percent": Decimal("18.5"), "valid_to": date(2026, 12, 31)}

    again = await tax_rates.set_rate(later(caller, days=1), ended)

    assert again == first
    found = await stored(first)
    assert (found.percent, found.valid_to) == (Decimal("18.5"), date(2026, 12, 31))
    assert found.created_at == caller.now


async def test_a_rate_of_another_day_region_or_code_is_another(caller: Caller) -> None:
    others: list[dict[str, Any]] = [
        {},
        {"valid_from": date(2020, 7, 1)},
        {"region": "BY"},
        {"code": "BOOK"},
    ]

    made = [await tax_rates.set_rate(caller, {**VAT, **other}) for other in others]

    assert len(set(made)) == 4


async def test_all_that_is_wrong_is_refused_together(caller: Caller) -> None:
    wrong = {"name": " ", "country": "XX", "percent": Decimal(101), "valid_from": None}

    assert await refusals(tax_rates.set_rate(caller, wrong)) == [
        ("REQUIRED", ("name",)),
        ("INVALID_FORMAT", ("country",)),
        ("TAX_RATE_INVALID", ("percent",)),
        ("REQUIRED", ("validFrom",)),
    ]


async def test_a_rate_ends_no_earlier_than_it_begins_and_exempt_is_0_percent(
    caller: Caller,
) -> None:
    wrong = {**VAT, "category": "EXEMPT", "valid_to": date(2006, 12, 31)}

    assert await refusals(tax_rates.set_rate(caller, wrong)) == [
        ("OUT_OF_RANGE", ("validTo",)),
        ("TAX_RATE_INVALID", ("percent",)),
    ]
