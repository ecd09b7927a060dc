"""Previews: to the unit what saving the same input stores, and nothing stored."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from domain.totals import Discount, Tax
from resolvers import invoices
from resolvers.callers import Caller
from resolvers.invoices import InvoiceInput
from tests.resolvers.making import (
    NOBODY,
    counts,
    customer,
    line,
    lines_of,
    refusals,
    someone,
    stored,
    wanted,
)

percents = some.decimals(0, 100, places=2)
taxes = some.lists(
    some.builds(
        Tax, some.sampled_from(["VAT", "City"]), some.sampled_from([Decimal(7), Decimal(19)])
    ),
    max_size=3,
    unique_by=lambda tax: tax.rate,
).map(tuple)
lines = some.builds(
    line,
    cents=some.integers(0, 10**7),
    quantity=some.decimals(Decimal("0.001"), 1000, places=3),
    taxes=taxes,
    discount=some.none() | some.builds(Discount, percent=percents),
)
inputs = some.builds(
    wanted,
    customer_id=some.just(NOBODY),
    lines=some.lists(lines, max_size=5).map(tuple),
    discounts=some.lists(some.builds(Discount, percent=percents), max_size=2).map(tuple),
    tax_rounding=some.sampled_from(["PER_RATE", "PER_LINE", "PER_INVOICE"]),
    discount_tax_treatment=some.sampled_from(["BEFORE_TAX", "AFTER_TAX"]),
    prices_include_tax=some.booleans(),
    currency=some.sampled_from(["USD", "JPY", "KWD"]),
)


async def saved(invoice_id: Any) -> tuple[Any, ...]:
    found = await stored(invoice_id)
    return (
        found.currency,
        found.subtotal_minor,
        found.discount_minor,
        found.tax_minor,
        found.total_minor,
        [discount["amount_minor"] for discount in found.discounts],
        [(row["name"], row["taxable_minor"], row["tax_minor"]) for row in found.tax_breakdown],
        [
            (
                one.amount_minor,
                one.discount_minor,
                one.allocated_discount_minor,
                one.tax_minor,
                [tax["amount_minor"] for tax in one.taxes],
            )
            for one in await lines_of(invoice_id)
        ],
    )


def previewed(preview: invoices.Preview) -> tuple[Any, ...]:
    totals = preview.totals
    return (
        preview.currency,
        totals.subtotal_minor,
        totals.discount_minor,
        totals.tax_minor,
        totals.total_minor,
        list(totals.discounts_minor),
        [(row.name, row.taxable_minor, row.tax_minor) for row in totals.breakdown],
        [
            (
                one.amount_minor,
                one.discount_minor,
                one.allocated_discount_minor,
                one.tax_minor,
                [tax.amount_minor for tax in one.taxes],
            )
            for one in totals.lines
        ],
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=inputs)
async def test_a_preview_is_what_saving_stores(database: str, asked: InvoiceInput) -> None:
    caller = await someone()
    asked = replace(asked, customer_id=await customer(caller))
    before = await counts(caller)

    preview = await invoices.preview(caller, asked)

    assert await counts(caller) == before
    assert previewed(preview) == await saved(await invoices.draft(caller, asked))


async def test_a_preview_refuses_what_saving_refuses(caller: Caller) -> None:
    customer_id = await customer(caller, payment_terms_days=None)
    for asked in (
        wanted(NOBODY),
        wanted(customer_id),
        wanted(customer_id, lines=(line(quantity=Decimal(0)),), matter_id=NOBODY),
        wanted(customer_id, currency="EUR", presentment_currency="CHF"),
    ):
        refused = await refusals(invoices.preview(caller, asked))
        assert refused == await refusals(invoices.draft(caller, asked)) != []


async def test_reading_invoices_is_enough_for_a_preview(caller: Caller) -> None:
    customer_id = await customer(caller)
    reader = replace(caller, scopes=frozenset({"INVOICES_READ"}))
    assert (await invoices.preview(reader, wanted(customer_id))).totals.total_minor == 10_000
    limited = replace(caller, customer_id=customer_id)
    refused = await refusals(invoices.preview(limited, wanted(customer_id)))
    assert refused == [("FORBIDDEN", ())]
