"""Exchange rates: set, kept as published, asked for either way round, and what is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from domain.ecb_rates import read
from domain.exchange import Rate, choose
from models.fx_rates import FxRate
from resolvers import fx_rates
from resolvers.callers import Caller
from resolvers.rate_sources import PublishedRates, RateSource, RateTable
from tests.resolvers.making import NOON, later, refusals

EURO = {"base": "EUR", "quote": "USD", "rate": Decimal("1.0842")}
ECB = Path(__file__).parents[1] / "domain" / "ecb" / "eurofxref-hist.csv"
JULY = datetime(2026, 7, 2, tzinfo=UTC)


async def test_a_rate_is_of_now_and_set_by_hand_unless_said(caller: Caller) -> None:
    found = await FxRate.get(id=await fx_rates.set_rate(caller, EURO))

    assert (found.base, found.quote, found.rate) == ("EUR", "USD", Decimal("1.0842"))
    assert (found.source, found.as_of, found.created_at) == ("MANUAL", NOON, NOON)


async def test_a_newer_rate_is_another_one(caller: Caller) -> None:
    first = await fx_rates.set_rate(caller, EURO)
    second = await fx_rates.set_rate(caller, EURO)

    assert first != second


async def test_all_that_is_wrong_is_refused_together(caller: Caller) -> None:
    wrong = {"base": "XXQ", "quote": None, "rate": Decimal(0), "source": " "}
    ahead = {"as_of": NOON + timedelta(days=2)}

    assert await refusals(fx_rates.set_rate(caller, {**wrong, **ahead})) == [
        ("CURRENCY_UNSUPPORTED", ("base",)),
        ("REQUIRED", ("quote",)),
        ("OUT_OF_RANGE", ("rate",)),
        ("REQUIRED", ("source",)),
        ("OUT_OF_RANGE", ("asOf",)),
    ]


async def test_a_currency_has_no_rate_against_itself(caller: Caller) -> None:
    same = {**EURO, "quote": "EUR"}

    assert await refusals(fx_rates.set_rate(caller, same)) == [
        ("FX_PAIR_UNSUPPORTED", ("quote",)),
    ]


async def test_a_publication_is_kept_once_however_often_it_is_imported(caller: Caller) -> None:
    published = PublishedRates(_of_the_bank())

    first = await fx_rates.keep(caller.workspace_id, published.all, NOON)
    again = await fx_rates.keep(caller.workspace_id, published.all, NOON)

    assert (first, again) == (len(published.all), 0)
    assert await FxRate.filter(workspace_id=caller.workspace_id).count() == first


@pytest.mark.parametrize(("base", "quote"), [("EUR", "USD"), ("USD", "EUR"), ("GBP", "EUR")])
async def test_the_table_answers_as_the_publication_that_it_was_filled_from(
    caller: Caller, base: str, quote: str
) -> None:
    published = PublishedRates(_of_the_bank())
    await fx_rates.keep(caller.workspace_id, published.all, NOON)

    found = [await newest(source, caller, base, quote) for source in (published, RateTable())]

    assert found[0] == found[1]
    assert found[0].source == "ECB"


async def test_of_two_rates_of_one_instant_the_one_set_later_counts(caller: Caller) -> None:
    await fx_rates.set_rate(caller, EURO)
    await fx_rates.set_rate(caller, {**EURO, "rate": Decimal("1.0843")})

    found = await newest(RateTable(), later(caller, hours=1), "EUR", "USD")

    assert found.rate == Decimal("1.0843")


async def newest(source: RateSource, caller: Caller, base: str, quote: str) -> Rate:
    now = max(JULY, caller.now)
    known = await source.pair(caller.workspace_id, base, quote, now)
    month = timedelta(days=30)
    return choose(known, base=base, quote=quote, now=now, stale_after=month)


def _of_the_bank() -> list[Rate]:
    return [rate for day in read(ECB.read_bytes()) for rate in day.as_rates()]
