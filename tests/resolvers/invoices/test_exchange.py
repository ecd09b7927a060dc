"""An invoice in one currency and books in another: the rate is locked when it is issued, for good."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.errors import Refused
from models.connections import rows
from resolvers import fx_rates, invoices, payments, workspaces
from resolvers.callers import Caller
from resolvers.payments import MoneyIn
from tests.resolvers.making import (
    NOON,
    customer,
    events,
    later,
    line,
    refusals,
    stored,
    types,
    wanted,
)

HOUR = timedelta(hours=1)


async def rate(caller: Caller, number: str, pair: str = "EUR USD", age: timedelta = HOUR) -> None:
    base, quote = pair.split()
    as_of = caller.now - age
    given = {"base": base, "quote": quote, "rate": Decimal(number), "source": "desk"}
    await fx_rates.set_rate(caller, {**given, "as_of": as_of})


async def in_euro(caller: Caller, **given: Any) -> Any:
    """An invoice over EUR 100.00 of a workspace that settles in USD."""
    return wanted(await customer(caller), **{"currency": "EUR", **given})


async def test_the_rate_is_locked_with_its_source_and_time(caller: Caller) -> None:
    await rate(caller, "1.0842")

    found = await stored(await invoices.issue(caller, await in_euro(caller)))

    assert (found.fx_rate, found.fx_rate_source) == (Decimal("1.0842"), "desk")
    assert found.fx_rate_locked_at == NOON
    assert (found.total_minor, found.settlement_total_minor) == (10_000, 10_842)


async def test_locking_comes_before_finalizing_in_what_happened(caller: Caller) -> None:
    await rate(caller, "1.0842")
    draft = await invoices.draft(caller, await in_euro(caller))

    await invoices.finalize(caller, draft)

    assert await types(caller) == [
        "invoice.created",
        "invoice.fx_rate_locked",
        "invoice.finalized",
    ]
    locked = (await events(caller))[-2]
    assert locked["data"]["fxRate"] == "1.0842"
    assert locked["previous"]["fxRate"] is None


async def test_payments_in_parts_settle_to_the_whole(caller: Caller) -> None:
    """EUR 100.00 at 1.0842, paid 33.33 + 33.33 + 33.34, settles 36.14 + 36.13 + 36.15."""
    await rate(caller, "1.0842")
    asked = await in_euro(caller)
    invoice_id = await invoices.issue(caller, asked)

    for cents in (3_333, 3_333, 3_334):
        money = MoneyIn(asked.customer_id, cents, "EUR", "BANK_TRANSFER")
        await payments.record(caller, money)

    assert await settlements(invoice_id) == [
        ("ISSUED", 10_000, 10_842),
        ("PAYMENT", -3_333, -3_614),
        ("PAYMENT", -3_333, -3_613),
        ("PAYMENT", -3_334, -3_615),
    ]
    assert (await stored(invoice_id)).status == "PAID"


async def test_a_rate_the_other_way_round_is_inverted_to_10_decimals(caller: Caller) -> None:
    await rate(caller, "0.92", "USD EUR")

    found = await stored(await invoices.issue(caller, await in_euro(caller)))

    assert found.fx_rate == Decimal("1.0869565217")
    assert found.settlement_total_minor == 10_870


async def test_the_newest_rate_counts_whichever_way_round(caller: Caller) -> None:
    await rate(caller, "1.1", age=2 * HOUR)
    await rate(caller, "0.5", "USD EUR", age=HOUR)
    await rate(caller, "1.2", age=3 * HOUR)

    found = await stored(await invoices.issue(caller, await in_euro(caller)))

    assert found.fx_rate == Decimal(2)


async def test_yen_settle_in_whole_yen_and_dinars_in_thousandths(caller: Caller) -> None:
    await rate(caller, "171.94", "EUR JPY")
    await rate(caller, "0.3074", "USD KWD")

    yen = await invoices.issue(caller, await in_euro(caller, settlement_currency="JPY"))
    dollars = wanted(await customer(caller), currency="USD", settlement_currency="KWD")
    dinars = await invoices.issue(caller, dollars)

    assert (await stored(yen)).settlement_total_minor == 17_194
    assert (await stored(dinars)).settlement_total_minor == 30_740


async def test_what_is_written_in_its_settlement_currency_settles_as_it_is(caller: Caller) -> None:
    await rate(caller, "1.0842")
    asked = await in_euro(caller, currency="USD", presentment_currency="EUR")

    found = await stored(await invoices.issue(caller, asked))

    assert found.fx_rate == Decimal("1.0842")
    assert found.settlement_total_minor == found.total_minor == 10_000


async def test_one_currency_needs_no_rate(caller: Caller) -> None:
    found = await stored(await invoices.issue(caller, wanted(await customer(caller))))

    assert (found.fx_rate, found.fx_rate_source, found.fx_rate_locked_at) == (None, None, None)
    assert found.settlement_total_minor is None
    assert await types(caller) == ["invoice.finalized"]


async def test_without_a_rate_a_draft_waits_and_is_not_issued(caller: Caller) -> None:
    draft = await invoices.draft(caller, await in_euro(caller))

    assert await refusals(invoices.finalize(caller, draft)) == [("FX_RATE_UNAVAILABLE", ("id",))]
    assert (await stored(draft)).fx_rate is None


async def test_a_rate_is_stale_after_four_days_or_what_the_workspace_says(caller: Caller) -> None:
    await rate(caller, "1.0842", age=96 * HOUR)
    asked = await in_euro(caller)
    await invoices.issue(caller, asked)

    a_second_on = later(caller, seconds=1)
    with pytest.raises(Refused) as caught:
        await invoices.issue(a_second_on, asked)
    [stale] = caught.value.refusals
    assert (stale.code, stale.field) == ("FX_RATE_STALE", ("invoice", "presentmentCurrency"))
    assert stale.meta == {"asOf": "2026-06-05T12:00:00.000000Z", "maxAgeHours": 96}

    await workspaces.update(caller, {"fx_rate_max_age_hours": 97})
    await invoices.issue(a_second_on, asked)


async def test_a_locked_rate_stays_whatever_is_set_later(caller: Caller) -> None:
    await rate(caller, "1.0842")
    invoice_id = await invoices.issue(caller, await in_euro(caller))
    await rate(caller, "2", age=timedelta(0))

    await invoices.void(later(caller, days=1), invoice_id)

    assert (await stored(invoice_id)).fx_rate == Decimal("1.0842")
    assert await settlements(invoice_id) == [
        ("ISSUED", 10_000, 10_842),
        ("VOIDED", -10_000, -10_842),
    ]


async def test_what_comes_to_too_much_in_settlement_is_refused(caller: Caller) -> None:
    await rate(caller, "1000000")
    asked = await in_euro(caller, lines=(line(cents=10**9),))

    assert await refusals(invoices.issue(caller, asked)) == [
        ("AMOUNT_TOO_LARGE", ("invoice", "presentmentCurrency"))
    ]


async def settlements(invoice_id: UUID) -> list[tuple[str, int, int | None]]:
    """The entries of an invoice's ledger, in its currency and in that of its settlement."""
    found = await rows(
        "SELECT kind, entry_minor, settlement_minor FROM ledger_transfers WHERE invoice_id = $1 "
        "ORDER BY entry_position",
        invoice_id,
    )
    return [(row["kind"], row["entry_minor"], row["settlement_minor"]) for row in found]
