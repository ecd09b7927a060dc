"""Numbers: templates and periods, where they start, and that none is lost or given twice."""

import asyncio
from datetime import UTC, datetime

import pytest

from models.invoices import Invoice
from models.transactions import transaction
from models.walls import EVERY_WORKSPACE
from resolvers import invoices, number_series, workspaces
from resolvers.callers import Caller
from resolvers.invoices.composing import ISSUING
from resolvers.invoices.finalizing import issue_new
from tests.resolvers.making import (
    NOON,
    at,
    counts,
    customer,
    later,
    numbers,
    refusals,
    someone,
    stored,
    wanted,
)


async def issue(caller: Caller, **given: object) -> str:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller), **given))
    return (await stored(invoice_id)).number or ""


async def test_invoices_are_numbered_from_one_without_an_end(caller: Caller) -> None:
    assert [await issue(caller) for _ in range(3)] == ["INV-0001", "INV-0002", "INV-0003"]
    assert await issue(later(caller, days=400)) == "INV-0004"


async def test_a_test_workspaces_numbers_say_so(database: str) -> None:
    assert await issue(await someone("TEST")) == "TEST-INV-0001"


async def test_a_yearly_series_starts_again_each_year_of_the_workspaces_zone(
    caller: Caller,
) -> None:
    await workspaces.update(caller, {"time_zone": "Asia/Tokyo"})
    await number_series.set_series(caller, "INVOICE", "R{YY}-{seq:3}", "YEAR")

    # Half past three in the afternoon of New Year's Eve is next year in Tokyo.
    eve = [datetime(2026, 12, 31, hour, 30, tzinfo=UTC) for hour in (14, 15)]
    assert [await issue(at(caller, instant)) for instant in eve] == ["R26-001", "R27-001"]


async def test_each_month_counts_by_itself_also_when_dated_back(caller: Caller) -> None:
    await number_series.set_series(caller, "INVOICE", "{YYYY}/{MM}/{seq}", "MONTH")
    june, may = NOON, datetime(2026, 5, 31, 12, tzinfo=UTC)

    got = [await issue(caller, issued_at=instant) for instant in (june, may, june, may)]

    assert got == ["2026/06/1", "2026/05/1", "2026/06/2", "2026/05/2"]


async def test_a_new_template_goes_on_counting(caller: Caller) -> None:
    await issue(caller)
    await number_series.set_series(caller, "INVOICE", "X{seq:2}", "NEVER")
    assert await issue(caller) == "X02"


async def test_the_first_number_can_be_chosen_while_there_is_none(caller: Caller) -> None:
    await number_series.set_series(caller, "INVOICE", "INV-{seq:4}", "NEVER", start_at=42)
    await number_series.set_series(caller, "INVOICE", "INV-{seq:4}", "NEVER", start_at=100)
    assert [await issue(caller), await issue(caller)] == ["INV-0100", "INV-0101"]

    refused = await refusals(
        number_series.set_series(caller, "INVOICE", "INV-{seq:4}", "NEVER", start_at=500)
    )
    assert refused == [("INVALID_ARGUMENT", ("startAt",))]
    assert await issue(caller) == "INV-0102"


async def test_a_chosen_first_number_is_that_of_the_present_period_alone(caller: Caller) -> None:
    await number_series.set_series(caller, "INVOICE", "{YYYY}-{seq}", "YEAR", start_at=500)
    assert await issue(caller) == "2026-500"
    assert await issue(later(caller, days=365)) == "2027-1"


@pytest.mark.parametrize("template", ["INV", "INV-{seq}-{seq}", "INV-{sequence}", "", "{seq:0}"])
async def test_a_template_that_cannot_number_is_refused(caller: Caller, template: str) -> None:
    refused = await refusals(
        number_series.set_series(caller, "INVOICE", template, "NEVER", start_at=0)
    )
    assert refused == [
        ("NUMBER_TEMPLATE_INVALID", ("template",)),
        ("OUT_OF_RANGE", ("startAt",)),
    ]


async def test_a_reset_needs_its_period_in_the_template(caller: Caller) -> None:
    refused = await refusals(number_series.set_series(caller, "INVOICE", "{YYYY}{seq}", "MONTH"))
    assert refused == [("NUMBER_TEMPLATE_INVALID", ("template",))]


async def test_a_number_that_is_taken_stops_the_issue_and_uses_nothing(caller: Caller) -> None:
    await number_series.set_series(caller, "INVOICE", "A{seq}", "NEVER", start_at=261)
    assert await issue(caller) == "A261"
    await number_series.set_series(caller, "INVOICE", "A{YY}{seq}", "YEAR")
    customer_id = await customer(caller)
    draft_id = await invoices.draft(caller, wanted(customer_id))
    before = await counts(caller)

    assert await refusals(invoices.issue(caller, wanted(customer_id))) == [
        ("NUMBER_TAKEN", ("invoice",))
    ]
    assert await refusals(invoices.finalize(caller, draft_id)) == [("NUMBER_TAKEN", ("id",))]

    assert await counts(caller) == before
    await number_series.set_series(caller, "INVOICE", "A{YY}{seq}", "YEAR", start_at=2)
    assert await issue(caller) == "A262"


async def test_a_rollback_gives_the_number_back(caller: Caller) -> None:
    async def taken_in_vain() -> None:
        taken = await number_series.take(caller.workspace_id, "LIVE", "INVOICE", NOON.date())
        assert taken.text == "INV-0001"
        raise LookupError

    with pytest.raises(LookupError):
        await transaction(EVERY_WORKSPACE, taken_in_vain)

    assert await issue(caller) == "INV-0001"


async def test_strict_chronology_refuses_an_earlier_day_in_any_period(caller: Caller) -> None:
    await workspaces.update(caller, {"strict_chronology": True})
    await number_series.set_series(caller, "INVOICE", "{YYYY}-{MM}-{seq}", "MONTH")
    await issue(caller)
    customer_id = await customer(caller)

    for earlier in (datetime(2026, 6, 8, 23, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)):
        refused = await refusals(invoices.issue(caller, wanted(customer_id, issued_at=earlier)))
        assert refused == [("ISSUE_DATE_OUT_OF_ORDER", ("invoice", "issuedAt"))]

    same_day = datetime(2026, 6, 9, 1, tzinfo=UTC)
    assert await issue(caller, issued_at=same_day) == "2026-06-2"


async def test_strict_chronology_holds_however_many_issue_at_once(caller: Caller) -> None:
    await workspaces.update(caller, {"strict_chronology": True})
    customer_id = await customer(caller)
    days = [datetime(2026, 6, day, 12, tzinfo=UTC) for day in (1, 5, 2, 8, 3, 9, 4, 7) * 3]

    answers = await asyncio.gather(
        *(invoices.issue(caller, wanted(customer_id, issued_at=day)) for day in days),
        return_exceptions=True,
    )

    issued = await Invoice.filter(workspace_id=caller.workspace_id).order_by("number_sequence")
    assert [one.issued_at for one in issued] == sorted(
        one.issued_at for one in issued if one.issued_at
    )
    assert len(issued) == sum(not isinstance(answer, Exception) for answer in answers) >= 1
    assert await numbers(caller) == [f"INV-{i:04}" for i in range(1, len(issued) + 1)]


async def test_strict_chronology_waits_for_an_issue_in_another_period(caller: Caller) -> None:
    await workspaces.update(caller, {"strict_chronology": True})
    await number_series.set_series(caller, "INVOICE", "{YYYY}-{MM}-{seq}", "MONTH")
    customer_id = await customer(caller)
    in_may = wanted(customer_id, issued_at=datetime(2026, 5, 31, tzinfo=UTC))
    june_is_issued, may_commit = asyncio.Event(), asyncio.Event()

    async def issue_in_june() -> None:
        await issue_new(caller, wanted(customer_id), ISSUING)
        june_is_issued.set()
        await may_commit.wait()

    june = asyncio.create_task(transaction(EVERY_WORKSPACE, issue_in_june))
    await june_is_issued.wait()
    may = asyncio.create_task(refusals(invoices.issue(caller, in_may)))
    await asyncio.sleep(0.2)
    assert not may.done()
    may_commit.set()
    await june

    assert await may == [("ISSUE_DATE_OUT_OF_ORDER", ("invoice", "issuedAt"))]
    assert await numbers(caller) == ["2026-06-1"]
