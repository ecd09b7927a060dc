"""Reads as clients see them: exact forms, and what is derived from clock and settings, by example."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.taxes import Tax
from domain.totals import Discount
from models.connections import rows
from resolvers import customers, invoices, number_series, workspaces
from resolvers.callers import Caller
from tests.plans.asking import PUBLIC_URL, Asker
from tests.resolvers.making import NOON, at, line, someone, wanted
from tests.schema.reading import count, invoice


@pytest.mark.parametrize(
    ("currency", "minor", "amount"),
    [
        ("USD", 0, "0.00"),
        ("USD", 5, "0.05"),
        ("USD", 11_900, "119.00"),
        ("JPY", 1_240, "1240"),
        ("KWD", 3_704, "3.704"),
        ("CLF", 15_001, "1.5001"),
        ("USD", 10**14, "1000000000000.00"),
    ],
)
async def test_money_has_exactly_its_currencys_decimals(
    caller: Caller, buyer: UUID, currency: str, minor: int, amount: str
) -> None:
    lines = (line(cents=minor),)
    given = wanted(buyer, lines=lines, currency=currency, settlement_currency=currency)
    made = await invoices.draft(caller, given)

    found = await invoice(
        caller, made, "total { minor amount currency } lines { amount { amount } }"
    )

    assert found["total"] == {"minor": minor, "amount": amount, "currency": currency}
    assert found["lines"] == [{"amount": {"amount": amount}}]


async def test_decimals_are_plain_digits_that_all_say_something(
    caller: Caller, buyer: UUID
) -> None:
    little = replace(
        line(tax_percent=Decimal("8.250")),
        quantity=Decimal("0.00000001"),
        unit_amount_minor=None,
        unit_amount=Decimal("100000.100000000000"),
    )
    much = line(cents=1, quantity=Decimal(10**9), tax_percent=Decimal("0.000001"))
    lines = (little, much, line(tax_percent=Decimal(100)))
    made = await invoices.draft(caller, wanted(buyer, lines=lines))

    found = await invoice(
        caller, made, "lines { quantity unitAmount taxPercent taxRate taxes { percent } }"
    )

    assert [tuple(one.values()) for one in found["lines"]] == [
        ("0.00000001", "100000.1", "8.25", "0.0825", [{"percent": "8.25"}]),
        ("1000000000", "0.01", "0.000001", "0.00000001", [{"percent": "0.000001"}]),
        ("1", "100", "100", "1", [{"percent": "100"}]),
    ]


async def test_the_effective_tax_has_two_decimals_rounded_half_up(
    caller: Caller, buyer: UUID
) -> None:
    state, city = Tax("State", Decimal("6.25")), Tax("City", Decimal("2.005"))
    lines = (
        line(cents=100_000, taxes=(state, city)),  # 82.55 on 1000.00
        line(cents=20_000, taxes=(city,)),  # 4.01 on 200.00 is 2.005%
        line(cents=0, taxes=(state,)),
        line(),
    )
    made = await invoices.draft(caller, wanted(buyer, lines=lines, tax_rounding="PER_LINE"))

    found = await invoice(caller, made, "lines { effectiveTaxPercent }")

    percents = [one["effectiveTaxPercent"] for one in found["lines"]]
    assert percents == ["8.26", "2.01", "0.00", "0.00"]


async def test_instants_are_utc_with_six_digits_and_days_have_no_time(
    caller: Caller, buyer: UUID
) -> None:
    early = at(caller, datetime(2026, 6, 9, 12, 0, 0, 70, tzinfo=UTC))
    made = await invoices.issue(early, wanted(buyer, due_date=date(2026, 7, 1)))

    found = await invoice(caller, made, "createdAt issuedAt dueAt dueOn paidAt")

    assert found == {
        "createdAt": "2026-06-09T12:00:00.000070Z",
        "issuedAt": "2026-06-09T12:00:00.000070Z",
        "dueAt": "2026-07-01T23:59:59.999999Z",
        "dueOn": "2026-07-01",
        "paidAt": None,
    }


async def test_texts_and_metadata_come_back_as_they_were_given(caller: Caller, buyer: UUID) -> None:
    text = "\u00e9 \U0001f9fe \u2028 \"quoted\" \\ 'single' $1 %s </script> \x7f"
    metadata = {"b": text, "a": "", "derived:x": "{}", "\\u0041": "1"}
    made = await invoices.draft(caller, wanted(buyer, notes=text, metadata=metadata))

    found = await invoice(caller, made, "notes metadata")

    assert found == {"notes": text, "metadata": metadata}


async def test_a_fixed_discount_has_an_amount_and_no_percent(caller: Caller, buyer: UUID) -> None:
    given = (Discount(percent=Decimal("12.50"), name="Early"), Discount(fixed_minor=70, code="C"))
    made = await invoices.draft(caller, wanted(buyer, discounts=given))

    found = await invoice(
        caller, made, "discounts { name code percent fixed { amount } amount { amount currency } }"
    )

    early, fixed = found["discounts"]
    assert early == {
        "name": "Early",
        "code": None,
        "percent": "12.5",
        "fixed": None,
        "amount": {"amount": "12.50", "currency": "USD"},
    }
    assert fixed["percent"] is None
    assert fixed["fixed"] == {"amount": "0.70"}


async def test_a_settlement_total_is_in_the_settlement_currency(
    caller: Caller, buyer: UUID
) -> None:
    made = await invoices.draft(caller, wanted(buyer, presentment_currency="JPY"))
    selection = "currency settlementCurrency settlementTotal { amount currency } fxRate"
    before = await invoice(caller, made, selection)
    await rows(
        "UPDATE invoices SET fx_rate = 0.0064500000, settlement_total_minor = 6450 WHERE id = $1",
        made,
    )
    after = await invoice(caller, made, selection)

    assert before["settlementTotal"] is before["fxRate"] is None
    assert after == {
        "currency": "JPY",
        "settlementCurrency": "USD",
        "settlementTotal": {"amount": "64.50", "currency": "USD"},
        "fxRate": "0.00645",
    }


async def test_a_draft_has_no_number_no_issue_date_and_no_page_to_pay(
    caller: Caller, buyer: UUID
) -> None:
    made = await invoices.draft(caller, wanted(buyer))
    selection = "number issuedAt publicPayUrl status displayStatus availableActions"

    draft = await invoice(caller, made, selection)
    await invoices.finalize(caller, made)
    issued = await invoice(caller, made, selection)

    assert list(draft.values())[:5] == [None, None, None, "DRAFT", "DRAFT"]
    assert draft["availableActions"] == ["UPDATE", "DELETE", "FINALIZE", "SEND"]
    assert issued["number"] == "INV-0001"
    assert issued["publicPayUrl"].startswith(f"{PUBLIC_URL}/pay/")
    assert "VOID" in issued["availableActions"]


async def test_an_invoice_is_overdue_right_after_its_last_instant(
    caller: Caller, buyer: UUID
) -> None:
    made = await invoices.issue(caller, wanted(buyer, due_date=NOON + timedelta(days=1)))
    selection = "isOverdue displayStatus status"

    last = await invoice(at(caller, NOON + timedelta(days=1)), made, selection)
    late_caller = at(caller, NOON + timedelta(days=1, microseconds=1))
    late = await invoice(late_caller, made, selection)

    assert last == {"isOverdue": False, "displayStatus": "OPEN", "status": "OPEN"}
    assert late == {"isOverdue": True, "displayStatus": "OVERDUE", "status": "OPEN"}
    for status in ("OVERDUE", "PAST_DUE"):
        assert await count(at(caller, NOON + timedelta(days=1)), status=[status]) == 0
        assert await count(late_caller, status=[status]) == 1


async def test_the_next_number_is_of_the_day_that_it_is_in_the_workspace(database: str) -> None:
    caller = await someone(time_zone="Pacific/Kiritimati")  # 14 hours ahead
    await number_series.set_series(caller, "INVOICE", "{YYYY}-{MM}/{seq:3}", "MONTH", 41)
    text = "{ viewer { workspace { numberSeries { document next } } } }"

    async def upcoming(now: datetime) -> dict[str, str]:
        data = await Asker(at(caller, now)).read(text)
        series = data["viewer"]["workspace"]["numberSeries"]
        return {one["document"]: one["next"] for one in series}

    assert await upcoming(NOON) == {"CREDIT_NOTE": "CN-2026-000001", "INVOICE": "2026-06/041"}
    new_year = datetime(2026, 12, 31, 10, tzinfo=UTC)
    assert await upcoming(new_year - timedelta(microseconds=1)) == {
        "CREDIT_NOTE": "CN-2026-000001",
        "INVOICE": "2026-12/001",
    }
    assert await upcoming(new_year) == {"CREDIT_NOTE": "CN-2027-000001", "INVOICE": "2027-01/001"}


async def test_numbers_to_come_in_a_sandbox_carry_its_prefix(database: str) -> None:
    caller = await someone(mode="TEST")

    data = await Asker(caller).read("{ viewer { mode workspace { numberSeries { next } } } }")

    assert data["viewer"]["mode"] == "TEST"
    numbers = [one["next"] for one in data["viewer"]["workspace"]["numberSeries"]]
    assert numbers == ["TEST-CN-2026-000001", "TEST-INV-0001"]


async def test_the_viewer_is_whoever_asks(caller: Caller, buyer: UUID) -> None:
    text = "{ viewer { scopes now mode customer { id } workspace { id name } } }"
    limited = replace(
        caller, customer_id=buyer, scopes=frozenset({"SETTINGS_READ", "CUSTOMERS_READ"})
    )

    whole, one = await Asker(caller).read(text), await Asker(limited).read(text)

    assert whole["viewer"]["customer"] is None
    assert len(whole["viewer"]["scopes"]) == 9
    assert one["viewer"] == {
        "scopes": ["CUSTOMERS_READ", "SETTINGS_READ"],
        "now": "2026-06-09T12:00:00.000000Z",
        "mode": "LIVE",
        "customer": {"id": f"cus_{buyer.hex}"},
        "workspace": {"id": f"wsp_{caller.workspace_id.hex}", "name": "Acme"},
    }


async def test_an_address_is_whole_or_null(caller: Caller) -> None:
    text = "query ($id: ID!) { customer(id: $id) { address { line1 line2 postalCode country } } }"
    given = {"line1": "1 High St", "city": "Graz", "country": "AT", "postal_code": "8010"}

    async def found(customer_id: UUID) -> Any:
        data = await Asker(caller).read(text, {"id": f"cus_{customer_id.hex}"})
        return data["customer"]["address"]

    assert await found(await customers.create(caller, {"name": "No address"})) is None
    assert await found(await customers.create(caller, {"name": "One", "address": given})) == {
        "line1": "1 High St",
        "line2": None,
        "postalCode": "8010",
        "country": "AT",
    }


async def test_a_small_balance_can_be_written_off_up_to_the_workspaces_limit(
    caller: Caller, buyer: UUID
) -> None:
    made = await invoices.issue(caller, wanted(buyer, lines=(line(cents=500),)))
    before = await invoice(caller, made, "availableActions")
    await workspaces.update(caller, {"small_balance_limit": 500})
    after = await invoice(caller, made, "availableActions")

    assert "WRITE_OFF" not in before["availableActions"]
    assert "WRITE_OFF" in after["availableActions"]
