"""Exports as rows: what their cells say, and how few of them are in memory at a time."""

import asyncio
import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from domain.lines import LineDraft
from domain.taxes import Tax
from models.connections import rows
from resolvers import invoices
from resolvers.callers import Caller
from resolvers.exports import Export, Kind
from server.exports import streaming
from server.exports.streaming import Rows
from tests.postgres import as_owner
from tests.resolvers.making import at, customer, line, someone, wanted

OPEN = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction'
AND query ~ '^(DECLARE|FETCH FORWARD .* FROM) export'"""
Table = list[dict[str, str]]


async def text_of(dsn: str, caller: Caller, kind: Kind, **days: date) -> str:
    """A whole export."""
    return "".join(
        [batch async for batch in Rows(dsn, Export(caller.workspace_id, kind, **days)).batches()]
    )


async def table_of(dsn: str, caller: Caller, kind: Kind, **days: date) -> Table:
    """A whole export, as a strict reader of RFC 4180 takes it."""
    text = await text_of(dsn, caller, kind, **days)
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.fixture
async def caller(database: str) -> Caller:
    """Someone in Vienna."""
    return await someone(time_zone="Europe/Vienna")


async def test_invoices_are_told_in_major_units_and_local_days(
    database_dsn: str, caller: Caller
) -> None:
    late = at(caller, datetime(2026, 6, 9, 22, 30, tzinfo=UTC))
    buyer = await customer(caller, name='Ann "&" Sons, Ltd')
    await invoices.draft(late, wanted(buyer))
    made = await invoices.issue(late, wanted(buyer, lines=(line(cents=1999),), notes="a\nb"))

    [row] = await table_of(database_dsn, caller, Kind.INVOICES)

    assert row["id"] == f"inv_{made.hex}"
    assert (row["number"], row["status"], row["currency"]) == ("INV-0001", "OPEN", "USD")
    assert (row["customerName"], row["notes"]) == ('Ann "&" Sons, Ltd', "a\nb")
    assert (row["issuedOn"], row["dueOn"]) == ("2026-06-10", "2026-06-24")
    assert (row["total"], row["amountDue"], row["amountPaid"]) == ("19.99", "19.99", "0.00")
    assert (row["paidAt"], row["fxRate"], row["settlementTotal"]) == ("", "", "")


@pytest.mark.parametrize(
    ("currency", "cents", "shown"), [("JPY", 1240, "1240"), ("KWD", 3704, "3.704")]
)
async def test_amounts_have_their_currencys_decimals(
    database_dsn: str, caller: Caller, currency: str, cents: int, shown: str
) -> None:
    buyer = await customer(caller)
    given = wanted(
        buyer, lines=(line(cents=cents),), currency=currency, settlement_currency=currency
    )
    await invoices.issue(caller, given)

    [row] = await table_of(database_dsn, caller, Kind.INVOICES)
    [one] = await table_of(database_dsn, caller, Kind.LINES)

    assert row["total"] == one["amount"] == shown


async def test_lines_carry_their_exact_numbers_and_their_period(
    database_dsn: str, caller: Caller
) -> None:
    given = LineDraft(
        "Calls",
        Decimal("2.50"),
        unit_amount=Decimal("0.000125"),
        code="C-1",
        taxes=(Tax("VAT", Decimal("8.250")),),
        period_start=date(2026, 1, 31),
        period_end=date(2026, 2, 28),
    )
    buyer = await customer(caller)
    await invoices.issue(caller, wanted(buyer, lines=(line("First"), given)))

    _, row = await table_of(database_dsn, caller, Kind.LINES)

    assert (row["invoiceNumber"], row["position"], row["code"]) == ("INV-0001", "2", "C-1")
    assert (row["quantity"], row["unitAmount"], row["taxPercent"]) == ("2.5", "0.000125", "8.25")
    assert (row["periodStart"], row["periodEnd"]) == ("2026-01-31", "2026-02-28")


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1+1", "＝1", "＋1", "－1", "＠x"),
        '=HYPERLINK("http://evil.example","x")',
    ],
)
async def test_what_a_spreadsheet_would_calculate_is_text(
    database_dsn: str, caller: Caller, text: str
) -> None:
    buyer = await customer(caller, name=f"x{text}")
    made = await invoices.issue(caller, wanted(buyer, lines=(line("x"),)))
    # Texts are trimmed on their way in; the database may hold older ones that weren't.
    await rows(
        "UPDATE line_items SET description = $2, code = $2 WHERE invoice_id = $1", made, text
    )

    [row] = await table_of(database_dsn, caller, Kind.LINES)

    assert row["description"] == row["code"] == f"'{text}"


@pytest.mark.parametrize("text", ["a=b", "Überstunden 日本", 'say "so"', "a,b;c", "1-2", "a\r\nb"])
async def test_other_texts_stay_as_they_are(database_dsn: str, caller: Caller, text: str) -> None:
    buyer = await customer(caller)
    await invoices.issue(caller, wanted(buyer, lines=(line(text),)))

    [row] = await table_of(database_dsn, caller, Kind.LINES)

    assert row["description"] == text


async def test_rows_end_as_rfc_4180_says(database_dsn: str, caller: Caller) -> None:
    buyer = await customer(caller)
    for _ in range(2):
        await invoices.issue(caller, wanted(buyer))

    text = await text_of(database_dsn, caller, Kind.LINES)
    nothing = await text_of(database_dsn, caller, Kind.PAYMENTS)

    assert text.count("\r\n") == text.count("\n") == 3
    assert text.endswith("\r\n")
    assert nothing.count("\r\n") == 1


async def test_the_ledger_is_told_with_both_accounts(database_dsn: str, caller: Caller) -> None:
    buyer = await customer(caller)
    made = await invoices.issue(caller, wanted(buyer))
    await invoices.void(caller, made)

    issued, voided = await table_of(database_dsn, caller, Kind.LEDGER)

    assert [issued[name] for name in ("type", "debitAccount", "creditAccount")] == [
        "ISSUED",
        "RECEIVABLE",
        "SALES",
    ]
    assert (issued["amount"], issued["entry"], issued["balance"]) == ("100.00",) * 3
    assert (voided["entry"], voided["balance"]) == ("-100.00", "0.00")
    assert (voided["invoiceNumber"], voided["on"]) == ("INV-0001", "2026-06-09")


async def test_days_are_bounds_that_count(database_dsn: str, caller: Caller) -> None:
    buyer = await customer(caller)
    for number in range(4):
        day = datetime(2026, 6, 9 + number, 12, tzinfo=UTC)
        await invoices.issue(at(caller, day), wanted(buyer))

    async def numbers(**days: date) -> list[str]:
        return [
            row["number"] for row in await table_of(database_dsn, caller, Kind.INVOICES, **days)
        ]

    assert await numbers(first_on=date(2026, 6, 11)) == ["INV-0003", "INV-0004"]
    assert await numbers(last_on=date(2026, 6, 10)) == ["INV-0001", "INV-0002"]
    assert await numbers(first_on=date(2026, 6, 10), last_on=date(2026, 6, 10)) == ["INV-0002"]


async def test_another_workspaces_rows_are_not_in_it(database_dsn: str, caller: Caller) -> None:
    other = await someone()
    await invoices.issue(other, wanted(await customer(other)))

    for kind in Kind:
        assert await table_of(database_dsn, caller, kind) == []


async def test_no_batch_is_read_before_the_one_before_it_is_taken(
    database_dsn: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "ROWS_AT_ONCE", 10)
    buyer: UUID = await customer(caller)
    for _ in range(3):
        await invoices.issue(caller, wanted(buyer, lines=(line(),) * 20))
    export = Rows(database_dsn, Export(caller.workspace_id, Kind.LINES))

    read = [(batch.count("\r\n"), export.count) async for batch in export.batches()]

    assert read == [(1, 0), *((10, 10 * place) for place in range(1, 7))]


async def test_an_export_that_nobody_reads_on_lets_go_of_the_database(
    database_dsn: str, caller: Caller
) -> None:
    await invoices.issue(caller, wanted(await customer(caller)))
    administrator = await as_owner(database_dsn)
    batches = Rows(database_dsn, Export(caller.workspace_id, Kind.LINES)).batches()
    await anext(batches)

    during = await administrator.fetchval(OPEN)
    await batches.aclose()  # type: ignore[attr-defined]  # it is a generator
    async with asyncio.timeout(60):
        while await administrator.fetchval(OPEN):  # noqa: ASYNC110 - PostgreSQL tells it in no other way
            await asyncio.sleep(0.02)
    await administrator.close()

    assert during == 1
