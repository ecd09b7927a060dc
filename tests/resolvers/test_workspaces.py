"""A workspace's settings: checked, changed alone, and closed books that nothing slips through."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from domain.errors import Refused
from models.number_series import NumberSeries
from models.workspaces import Workspace
from resolvers import invoices, workspaces
from resolvers.callers import Caller
from tests.resolvers.making import (
    NOON,
    customer,
    later,
    numbers,
    refusals,
    someone,
    stored,
    wanted,
)

ADDRESS = {"line1": "1 Road", "city": "Berlin", "postal_code": "10115", "country": "DE"}


async def test_a_new_workspace_numbers_invoices_and_credit_notes(caller: Caller) -> None:
    series = await NumberSeries.filter(workspace_id=caller.workspace_id).order_by("document")
    assert [(one.document, one.template, one.reset) for one in series] == [
        ("CREDIT_NOTE", "CN-{YYYY}-{seq:6}", "YEAR"),
        ("INVOICE", "INV-{seq:4}", "NEVER"),
    ]


async def test_a_workspace_needs_a_name_a_currency_and_a_zone(database: str) -> None:
    refused = await refusals(
        workspaces.create(" ", NOON, currency="XYZ", time_zone="Berlin", mode="LIVE")
    )
    assert refused == [
        ("REQUIRED", ("name",)),
        ("CURRENCY_UNSUPPORTED", ("currency",)),
        ("INVALID_FORMAT", ("timeZone",)),
    ]


async def test_only_what_is_given_changes(caller: Caller) -> None:
    await workspaces.update(later(caller, hours=1), {"name": " Acme GmbH ", "address": ADDRESS})

    workspace = await Workspace.get(id=caller.workspace_id)
    assert workspace.name == "Acme GmbH"
    assert workspace.currency == "USD"
    assert workspace.updated_at == later(caller, hours=1).now
    assert workspace.address == {
        "line1": "1 Road",
        "line2": None,
        "city": "Berlin",
        "region": None,
        "postal_code": "10115",
        "country": "DE",
    }


async def test_null_clears_what_may_be_empty(caller: Caller) -> None:
    full = {
        "country": "DE",
        "tax_id": "DE1",
        "address": ADDRESS,
        "payment_terms_days": 0,
        "closed_through": date(2026, 1, 31),
    }
    await workspaces.update(caller, full)
    assert (await Workspace.get(id=caller.workspace_id)).payment_terms_days == 0

    await workspaces.update(caller, dict.fromkeys(full))

    workspace = await Workspace.get(id=caller.workspace_id)
    assert [getattr(workspace, name) for name in full] == [None] * 5


async def test_what_is_the_same_is_no_change(caller: Caller) -> None:
    await workspaces.update(later(caller, hours=1), {"name": "Acme"})
    assert (await Workspace.get(id=caller.workspace_id)).updated_at == NOON


async def test_every_wrong_setting_is_refused_at_once(caller: Caller) -> None:
    wrong = {
        "name": None,
        "time_zone": "Mars",
        "currency": None,
        "country": "XX",
        "tax_id": "x" * 65,
        "address": {"line1": " ", "city": "B", "country": None},
        "tax_rounding": "NEVER",
        "discount_tax_treatment": "SOMETIMES",
        "prices_include_tax": None,
        "payment_terms_days": -1,
        "small_balance_limit": 10**14 + 1,
        "interest_percent": Decimal("100.5"),
        "interest_grace_days": None,
        "strict_chronology": None,
    }
    assert await refusals(workspaces.update(caller, wrong)) == [
        ("REQUIRED", ("name",)),
        ("INVALID_FORMAT", ("timeZone",)),
        ("REQUIRED", ("currency",)),
        ("INVALID_FORMAT", ("country",)),
        ("TOO_LONG", ("taxId",)),
        ("REQUIRED", ("address", "line1")),
        ("REQUIRED", ("address", "country")),
        ("INVALID_FORMAT", ("taxRounding",)),
        ("INVALID_FORMAT", ("discountTaxTreatment",)),
        ("REQUIRED", ("pricesIncludeTax",)),
        ("OUT_OF_RANGE", ("paymentTermsDays",)),
        ("OUT_OF_RANGE", ("smallBalanceLimit",)),
        ("OUT_OF_RANGE", ("interestPercent",)),
        ("REQUIRED", ("interestGraceDays",)),
        ("REQUIRED", ("strictChronology",)),
    ]
    assert (await Workspace.get(id=caller.workspace_id)).updated_at == NOON


async def test_an_issued_invoice_keeps_the_zone_it_was_issued_in(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    await workspaces.update(caller, {"time_zone": "Asia/Tokyo"})
    assert (await stored(invoice_id)).time_zone == "UTC"


@pytest.mark.parametrize("seed", range(3))
async def test_no_invoice_slips_into_books_that_are_being_closed(database: str, seed: int) -> None:
    """Whoever issues while the books close is before the close, or refused: never after it."""
    caller = await someone()
    customer_id = await customer(caller)
    closed_at: list[int] = []

    async def issue(i: int) -> UUID:
        await asyncio.sleep(0.002 * (i % 7))
        return await invoices.issue(caller, wanted(customer_id))

    async def close() -> None:
        await asyncio.sleep(0.01 + 0.005 * seed)
        await workspaces.update(caller, {"closed_through": NOON.date()})
        closed_at.append(len(await numbers(caller)))

    issues = [issue(i) for i in range(24)]
    answers, _ = await asyncio.gather(asyncio.gather(*issues, return_exceptions=True), close())

    after = await numbers(caller)
    assert closed_at == [len(after)]
    refused = [answer.refusals for answer in answers if isinstance(answer, Refused)]
    assert {one.code for (one,) in refused} <= {"PERIOD_CLOSED"}
    assert len(after) + len(refused) == 24
    assert after == [f"INV-{i:04}" for i in range(1, len(after) + 1)]
