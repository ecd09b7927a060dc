"""Automatic tax: looked up where the customer is, on the issue date, again when a draft asks for it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from resolvers import customers, invoices, tax_rates
from resolvers.callers import Caller
from tests.resolvers.making import (
    customer,
    later,
    line,
    lines_of,
    refusals,
    someone,
    stored,
    types,
    wanted,
)

VIENNA = {"line1": "Ring 1", "line2": None, "city": "Vienna", "region": "W", "country": "AT"}
ADDRESS = {**VIENNA, "postal_code": "1010"}
MANUAL = line("By hand", tax_percent=Decimal("8.25"))


async def rate(caller: Caller, percent: str, **given: Any) -> None:
    values = {"name": "USt", "country": "AT", "valid_from": date(2016, 1, 1), **given}
    await tax_rates.set_rate(caller, {**values, "percent": Decimal(percent)})


async def percents(invoice_id: UUID) -> list[list[tuple[str, str]]]:
    """The percents of each line's taxes, and where they come from."""
    lines = await lines_of(invoice_id)
    return [[(tax["percent"], tax["source"]) for tax in line.taxes] for line in lines]


async def test_a_line_bears_the_rates_of_its_code_where_the_customer_is(caller: Caller) -> None:
    await rate(caller, "20")
    await rate(caller, "10", code="BOOK")
    await rate(caller, "19", country="DE")
    lines = (line(automatic_tax=True), line(automatic_tax=True, code="BOOK"), MANUAL)
    asked = wanted(await customer(caller, address=ADDRESS), lines=lines)

    made = await invoices.issue(caller, asked)

    assert await percents(made) == [[("20", "AUTO")], [("10", "AUTO")], [("8.25", "MANUAL")]]
    found = await stored(made)
    assert [(row["name"], row["tax_minor"]) for row in found.tax_breakdown] == [
        ("USt", 2_000),
        ("USt", 1_000),
        ("Tax", 825),
    ]
    assert found.tax_minor == 3_825


async def test_the_day_of_issue_in_the_workspaces_zone_decides(database: str) -> None:
    caller = await someone(time_zone="Asia/Tokyo")
    await rate(caller, "20")
    await rate(caller, "21", valid_from=date(2026, 6, 1))
    customer_id = await customer(caller, address=ADDRESS)
    # The last hour of May in Greenwich is June in Tokyo.
    for hour, percent in ((14, "20"), (15, "21")):
        issued_at = datetime(2026, 5, 31, hour, tzinfo=UTC)
        asked = wanted(customer_id, lines=(line(automatic_tax=True),), issued_at=issued_at)
        assert await percents(await invoices.issue(caller, asked)) == [[(percent, "AUTO")]]


async def test_without_a_rate_a_draft_waits_and_is_not_issued(caller: Caller) -> None:
    await rate(caller, "20", region="T")
    for address in (ADDRESS, None):
        lines = (MANUAL, line(automatic_tax=True))
        asked = wanted(await customer(caller, address=address), lines=lines)

        draft = await invoices.draft(caller, asked)

        assert await percents(draft) == [[("8.25", "MANUAL")], []]
        assert await refusals(invoices.finalize(caller, draft)) == [("TAX_NOT_COMPUTED", ("id",))]
        assert await refusals(invoices.issue(caller, asked)) == [
            ("TAX_NOT_COMPUTED", ("invoice", "lines", "1", "automaticTax"))
        ]


async def test_recomputing_looks_up_what_is_automatic_and_leaves_the_rest(caller: Caller) -> None:
    await rate(caller, "20")
    lines = (line(automatic_tax=True), MANUAL)
    asked = wanted(await customer(caller, address=ADDRESS), lines=lines)
    draft = await invoices.draft(caller, asked)
    ids = [one.id for one in await lines_of(draft)]
    await rate(caller, "22")

    await invoices.recompute_tax(later(caller, hours=1), draft)

    assert await percents(draft) == [[("22", "AUTO")], [("8.25", "MANUAL")]]
    found = await stored(draft)
    assert (found.version, found.tax_minor, found.total_minor) == (2, 3_025, 23_025)
    assert [one.id for one in await lines_of(draft)] == ids
    assert await types(caller) == ["invoice.created", "invoice.updated"]


async def test_recomputing_a_second_time_changes_nothing(caller: Caller) -> None:
    await rate(caller, "20")
    lines = (line(automatic_tax=True), MANUAL)
    asked = wanted(await customer(caller, address=ADDRESS), lines=lines)
    draft = await invoices.draft(caller, asked)
    await rate(caller, "22")
    await invoices.recompute_tax(caller, draft)
    before = await stored(draft)

    await invoices.recompute_tax(later(caller, days=3), draft)

    after = await stored(draft)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    assert await types(caller) == ["invoice.created", "invoice.updated"]


async def test_what_is_issued_keeps_its_taxes(caller: Caller) -> None:
    await rate(caller, "20")
    asked = wanted(
        await customer(caller, address=ADDRESS), lines=(line(automatic_tax=True), MANUAL)
    )
    made = await invoices.issue(caller, asked)
    await rate(caller, "22")

    assert await refusals(invoices.recompute_tax(caller, made)) == [("INVOICE_NOT_DRAFT", ())]
    assert (await percents(made))[0] == [("20", "AUTO")]


async def test_a_preview_and_a_new_line_look_up_too(caller: Caller) -> None:
    await rate(caller, "20")
    customer_id = await customer(caller, address=ADDRESS)

    preview = await invoices.preview(caller, wanted(customer_id, lines=(line(automatic_tax=True),)))
    draft = await invoices.draft(caller, wanted(customer_id))
    await invoices.add_line(caller, draft, line(automatic_tax=True))

    assert preview.totals.tax_minor == 2_000
    assert await percents(draft) == [[("0", "MANUAL")], [("20", "AUTO")]]


async def test_how_the_customer_is_treated_comes_before_any_rate(database: str) -> None:
    caller = await someone(tax_id="DE136695976")
    await rate(caller, "20")
    for treatment in ("EXEMPT", "REVERSE_CHARGE"):
        given = {"address": ADDRESS, "tax_id": "ATU12345675", "tax_treatment": treatment}
        asked = wanted(await customer(caller, **given), lines=(line(automatic_tax=True), MANUAL))

        found = await stored(await invoices.issue(caller, asked))

        assert [row["category"] for row in found.tax_breakdown] == ["STANDARD", treatment]
        assert found.tax_minor == 825


async def test_a_reverse_charge_customers_tax_id_must_be_able_to_be_one(caller: Caller) -> None:
    given = {"address": ADDRESS, "tax_id": "ATU12345674"}
    wrong = [("INVALID_FORMAT", ("taxId",))]

    assert await refusals(customer(caller, **given, tax_treatment="REVERSE_CHARGE")) == wrong
    standard = await customer(caller, **given)
    reverse = {"tax_treatment": "REVERSE_CHARGE"}
    assert await refusals(customers.update(caller, standard, reverse)) == wrong
    await customers.update(caller, standard, {**reverse, "tax_id": "ATU12345675"})
    slip = {"tax_id": "ATU12345674"}
    assert await refusals(customers.update(caller, standard, slip)) == wrong
    await customers.update(caller, standard, {"tax_id": None})
