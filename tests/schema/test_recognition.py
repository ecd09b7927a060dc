"""Schedules of revenue as clients read them: in the shape that was asked for, by one statement."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.identifiers import encode_id
from domain.totals import Discount
from plans.running import Budget
from resolvers import invoices
from resolvers.callers import Caller
from schema import execution
from schema.schema import schema as built
from tests.plans.asking import Asked, Asker, Context
from tests.plans.listening import statements_sent
from tests.resolvers.making import at, line, wanted
from tests.schema.reading import invoice

YEAR = (date(2026, 1, 15), date(2027, 1, 15))
A_YEAR = [
    *("55.89", "92.06", "101.91", "98.63", "101.92", "98.63", "101.92"),
    *("101.92", "98.63", "101.91", "98.63", "101.92", "46.03"),
]


def over(start: date, end: date, cents: int = 120_000, **given: Any) -> Any:
    """A line for a period."""
    return line(cents=cents, period_start=start, period_end=end, **given)


async def schedule(
    caller: Caller, invoice_id: UUID, selection: str, arguments: str = ""
) -> dict[str, Any]:
    """A part of an invoice's schedule."""
    found = await invoice(caller, invoice_id, f"recognitionSchedule{arguments} {{ {selection} }}")
    return dict(found["recognitionSchedule"])


async def test_a_year_is_earned_by_the_day_and_told_by_the_month(
    caller: Caller, buyer: UUID
) -> None:
    made = await invoices.issue(caller, wanted(buyer, lines=(over(*YEAR),)))

    found = await schedule(
        caller,
        made,
        "total { amount } recognised { amount } deferred { amount } "
        "entries { start end days amount { amount } cumulative { minor } "
        "deferredAfter { minor } status }",
        '(asOf: "2026-06-10")',
    )

    assert [entry["amount"]["amount"] for entry in found["entries"]] == A_YEAR
    assert found["entries"][0] == {
        "start": "2026-01-15",
        "end": "2026-02-01",
        "days": 17,
        "amount": {"amount": "55.89"},
        "cumulative": {"minor": 5589},
        "deferredAfter": {"minor": 114_411},
        "status": "RECOGNISED",
    }
    assert [entry["status"] for entry in found["entries"]].count("RECOGNISED") == 5
    assert [found[name]["amount"] for name in ("total", "recognised", "deferred")] == [
        "1200.00",
        "483.29",
        "716.71",
    ]


async def test_a_schedule_is_as_of_today_where_the_invoice_was_issued(
    caller: Caller, buyer: UUID
) -> None:
    made = await invoices.issue(caller, wanted(buyer, lines=(over(*YEAR),)))
    june = at(caller, datetime(2026, 6, 10, 23, 59, tzinfo=UTC))

    assert await schedule(june, made, "recognised { minor }") == {"recognised": {"minor": 48_329}}


@pytest.mark.parametrize(
    ("granularity", "count"), [("DAY", 365), ("MONTH", 13), ("QUARTER", 5), ("YEAR", 2)]
)
async def test_buckets_are_calendar_ones_of_any_length(
    caller: Caller, buyer: UUID, granularity: str, count: int
) -> None:
    made = await invoices.issue(caller, wanted(buyer, lines=(over(*YEAR),)))

    found = await schedule(
        caller, made, "entries { amount { minor } }", f"(granularity: {granularity})"
    )

    assert len(found["entries"]) == count
    assert sum(entry["amount"]["minor"] for entry in found["entries"]) == 120_000


async def test_entries_hold_their_line_in_the_shape_that_was_asked_for(
    caller: Caller, buyer: UUID
) -> None:
    lines = (
        over(date(2026, 6, 1), date(2026, 8, 1), code="A"),
        line("Set-up", code="B"),
    )
    made = await invoices.issue(caller, wanted(buyer, lines=lines))

    found = await schedule(
        caller,
        made,
        "__typename x: entries { line: lineItem { code position } other: lineItem "
        "{ description __typename } sum: amount { minor currency __typename } __typename } "
        "entries { lineItem { ... on Node { ... on LineItem { position } } } }",
    )

    first, second, third = found["x"]
    assert (found["__typename"], first["__typename"]) == ("RecognitionSchedule", "RecognitionEntry")
    assert first["line"] == second["line"] == {"code": "A", "position": 1}
    assert third == {
        "line": {"code": "B", "position": 2},
        "other": {"description": "Set-up", "__typename": "LineItem"},
        "sum": {"minor": 10_000, "currency": "USD", "__typename": "Money"},
        "__typename": "RecognitionEntry",
    }
    assert [entry["lineItem"]["position"] for entry in found["entries"]] == [1, 1, 2]


async def test_revenue_is_what_is_left_after_discounts_without_tax(
    caller: Caller, buyer: UUID
) -> None:
    lines = (
        line(tax_percent=Decimal(20), discount=Discount(percent=Decimal(10))),
        line(cents=1000),
    )
    given = wanted(buyer, lines=lines, discounts=(Discount(fixed_minor=1000),))
    outside = await invoices.issue(caller, given)
    inside = await invoices.issue(
        caller,
        wanted(buyer, lines=(line(tax_percent=Decimal(20)),), prices_include_tax=True),
    )

    assert await schedule(caller, outside, "total { minor } entries { amount { minor } }") == {
        "total": {"minor": 9000},
        "entries": [{"amount": {"minor": 8100}}, {"amount": {"minor": 900}}],
    }
    assert await schedule(caller, inside, "total { minor }") == {"total": {"minor": 8333}}


async def test_a_draft_is_projected_and_nothing_of_it_recognised(
    caller: Caller, buyer: UUID
) -> None:
    made = await invoices.draft(caller, wanted(buyer, lines=(line(),)))
    empty = await invoices.draft(caller, wanted(buyer, lines=()))
    selection = "recognised { minor } deferred { minor } entries { start status }"

    assert await schedule(caller, made, selection) == {
        "recognised": {"minor": 0},
        "deferred": {"minor": 10_000},
        "entries": [{"start": "2026-06-09", "status": "PROJECTED"}],
    }
    assert (await schedule(caller, empty, selection))["entries"] == []


async def test_voiding_takes_back_what_was_earned_on_its_day(caller: Caller, buyer: UUID) -> None:
    made = await invoices.issue(
        caller, wanted(buyer, lines=(over(date(2026, 6, 1), date(2026, 7, 1), 30_000),))
    )
    await invoices.void(at(caller, datetime(2026, 6, 11, 9, tzinfo=UTC)), made)
    later = at(caller, datetime(2026, 7, 1, tzinfo=UTC))
    selection = (
        "total { minor } recognised { minor } entries { start days amount { minor } status }"
    )

    before = await schedule(later, made, selection, '(asOf: "2026-06-10")')
    after = await schedule(later, made, selection)

    assert (before["total"]["minor"], before["recognised"]["minor"]) == (30_000, 10_000)
    assert (after["total"]["minor"], after["recognised"]["minor"]) == (0, 0)
    assert after["entries"][-1] == {
        "start": "2026-06-11",
        "days": 0,
        "amount": {"minor": -10_000},
        "status": "REVERSED",
    }


@pytest.mark.parametrize(
    ("currency", "cents", "shown"), [("JPY", 1240, "1240"), ("KWD", 3704, "3.704")]
)
async def test_amounts_have_their_currencys_decimals(
    caller: Caller, buyer: UUID, currency: str, cents: int, shown: str
) -> None:
    given = wanted(
        buyer, lines=(line(cents=cents),), currency=currency, settlement_currency=currency
    )
    made = await invoices.issue(caller, given)

    found = await schedule(caller, made, "total { amount } deferred { amount }")

    assert found["total"] == {"amount": shown}


async def test_a_page_of_schedules_is_one_statement(caller: Caller, buyer: UUID) -> None:
    for _ in range(3):
        await invoices.issue(caller, wanted(buyer, lines=(over(*YEAR), line())))
    text = """{ invoices { nodes { id availableActions
        recognitionSchedule { entries { lineItem { id } } total { minor } } } } }"""
    asker = Asker(caller)
    await asker.read(text)

    async with statements_sent(caller.workspace_id) as sent:
        found = await asker.read(text)

    assert len(sent) == 1
    schedules = [node["recognitionSchedule"] for node in found["invoices"]["nodes"]]
    assert [len(one["entries"]) for one in schedules] == [14, 14, 14]
    assert {one["total"]["minor"] for one in schedules} == {130_000}


async def test_arguments_come_by_variables_too(caller: Caller, buyer: UUID) -> None:
    made = await invoices.issue(caller, wanted(buyer, lines=(over(*YEAR),)))
    text = """query ($id: ID!, $by: RecognitionGranularity, $on: Date) { invoice(id: $id) {
        recognitionSchedule(granularity: $by, asOf: $on) { recognised { minor } entries { days } } } }"""
    asker = Asker(caller)

    async def read(**given: Any) -> Any:
        data = await asker.read(text, {"id": encode_id("inv", made), **given})
        return data["invoice"]["recognitionSchedule"]

    assert len((await read(by="QUARTER", on="2026-01-31"))["entries"]) == 5
    assert (await read(by="QUARTER", on="2026-01-31"))["recognised"]["minor"] == 5589
    assert (await read(by="YEAR", on="2026-02-28"))["recognised"]["minor"] == 14_795
    assert len((await read())["entries"]) == 13
    assert len((await read(by=None, on=None))["entries"]) == 13


async def test_too_many_entries_are_refused_as_too_many_rows_are(
    caller: Caller, buyer: UUID
) -> None:
    long = over(date(2026, 1, 1), date(2066, 1, 1))
    made = await invoices.issue(caller, wanted(buyer, lines=(long,)))
    text = """query ($id: ID!) { invoice(id: $id) {
        recognitionSchedule(granularity: DAY) { total { minor } } } }"""
    asked = Asked(text)
    context = replace(Context(caller, {}), budget=Budget())
    answered = await execution.run(
        built._schema, asked.operations[None], {"id": encode_id("inv", made)}, context
    )

    [error] = answered.errors or []
    assert (error.extensions or {})["reason"] == "QUERY_TOO_COMPLEX"
