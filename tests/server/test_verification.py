"""Verifying: nothing is wrong with what the acts did, and whatever someone tampered with is found."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from domain.allocations import Part
from resolvers import credit_notes, invoices, payments, workspaces
from resolvers.callers import Caller
from resolvers.payments import MoneyIn
from resolvers.verification import CHECKS
from tests.postgres import Cluster, as_owner
from tests.resolvers.credit_notes.making import credit, owed
from tests.resolvers.making import customer, later, line, someone, wanted
from tests.resolvers.payments.making import only, sandbox
from tests.verifying import found_by, wrong_with

CHECKOUT = Path(__file__).resolve().parents[2]
PAYMENT = (
    "INSERT INTO payments (workspace_id, id, status, customer_id, currency, amount_minor, fee_minor, "
    "amount_refunded_minor, amount_refunding_minor, amount_overpaid_minor, overpaid_returned_minor, "
    "method, received_at, created_at, updated_at) SELECT workspace_id, id, 'SUCCEEDED', customer_id, "
    "currency, 100, 0, 0, 0, {overpaid}, 0, 'CASH', now(), now(), now() FROM invoices "
    "WHERE {{own}} AND number = 'INV-0001'"
)

# What a tamperer does, the constraints that would not let them, and the check that finds it.
TAMPERINGS = {
    "an account in another currency": (
        "balanced",
        ["ledger_transfers_debit", "ledger_transfers_credit"],
        "UPDATE ledger_accounts SET currency = 'EUR' WHERE {own} AND kind = 'SALES'",
    ),
    "a counter": (
        "counted",
        [],
        "UPDATE ledger_accounts SET debits_minor = debits_minor + 1 WHERE {own} AND kind = 'RECEIVABLE'",
    ),
    "a balance": (
        "chained",
        ["ledger_transfers_entry_follows", "ledger_transfers_entry_starts_from_zero"],
        "UPDATE ledger_transfers SET balance_minor = balance_minor + 1 WHERE {own} AND entry_position = 1",
    ),
    "an entry's place": (
        "chained",
        ["ledger_transfers_entry_follows"],
        "UPDATE ledger_transfers SET entry_position = 7 WHERE {own} AND kind = 'WRITE_OFF'",
    ),
    "an amount that is due": (
        "owed",
        ["invoices_due_adds_up"],
        "UPDATE invoices SET amount_due_minor = amount_due_minor + 1 WHERE {own} AND status = 'OPEN'",
    ),
    "terms that still add up": (
        "owed",
        [],
        "UPDATE invoices SET interest_minor = 5, amount_paid_minor = 5 WHERE {own} AND status = 'OPEN'",
    ),
    "a status": (
        "statuses",
        [],
        "UPDATE invoices SET status = 'PARTIALLY_PAID' WHERE {own} AND status = 'OPEN'",
    ),
    "money from nowhere": ("booked", [], PAYMENT.format(overpaid=100)),
    "money that went nowhere": ("paid", [], PAYMENT.format(overpaid=0)),
    "a total": (
        "booked",
        ["invoices_total_adds_up", "invoices_due_adds_up"],
        "UPDATE invoices SET total_minor = total_minor + 1 WHERE {own} AND status = 'OPEN'",
    ),
    "a transfer's document": (
        "sources",
        [],
        "UPDATE ledger_transfers SET source_id = gen_random_uuid() WHERE {own} AND kind = 'WRITE_OFF'",
    ),
    "a refund that was never made": (
        "refunded",
        ["refunds_payment"],
        "INSERT INTO refunds (workspace_id, id, payment_id, status, currency, amount_minor, "
        "overpaid_minor, created_at) "
        "SELECT workspace_id, id, id, 'SUCCEEDED', currency, 1, 0, now() FROM invoices WHERE {own}",
    ),
    "a line's amount": (
        "totals",
        [],
        "UPDATE line_items SET amount_minor = amount_minor + 1, "
        "amount_through_minor = amount_through_minor + 1 WHERE {own}",
    ),
    "a total by itself": (
        "totals",
        ["invoices_total_adds_up", "invoices_due_adds_up"],
        "UPDATE invoices SET total_minor = total_minor + 1 WHERE {own} AND status = 'OPEN'",
    ),
    "what was credited of a line": (
        "lines",
        [],
        "UPDATE line_items SET credited_net_minor = 1 WHERE {own} AND amount_minor > 0",
    ),
    "what was credited of an invoice": (
        "credited",
        [],
        "UPDATE invoices SET amount_credited_minor = 5, interest_minor = 5 WHERE {own} AND status = 'OPEN'",
    ),
    "what a payment gave back": (
        "paid",
        [],
        "UPDATE payment_allocations SET returned_minor = returned_minor - 1 WHERE {own}",
    ),
    "where a note's money went": (
        "credited",
        [],
        "UPDATE credit_notes SET refunded_minor = 0, credit_balance_minor = 3000 "
        "WHERE {own} AND refunded_minor > 0",
    ),
    "what a note took of a line": (
        "credited",
        ["credit_note_lines_taxes_add_up"],
        "UPDATE credit_note_lines SET tax_minor = tax_minor + 1, "
        "tax_through_minor = tax_through_minor + 1 WHERE {own}",
    ),
    "a note that counts no more": (
        "lines",
        [],
        "UPDATE credit_notes SET status = 'VOID', voided_at = now() WHERE {own}",
    ),
    "a note's number": (
        "gapless",
        ["credit_notes_number_follows", "credit_notes_number_in_order"],
        "UPDATE credit_notes SET number_sequence = 99 WHERE {own} AND number_sequence = 2",
    ),
    "a counter of numbers": (
        "gapless",
        [],
        "UPDATE number_counters SET last_sequence = last_sequence + 1 WHERE {own}",
    ),
    "a number": (
        "gapless",
        ["invoices_number_follows"],
        "UPDATE invoices SET number_sequence = 99, number = 'INV-0099' WHERE {own} AND number = 'INV-0002'",
    ),
    "who did it": (
        "events",
        ["events_follows"],
        "UPDATE events SET actor = 'nobody' WHERE {own} AND position = 2",
    ),
    "the newest event": (
        "events",
        [],
        "UPDATE events SET data = 'null' WHERE {own} AND position = (SELECT max(position) FROM events WHERE {own})",
    ),
    "an event that is gone": (
        "events",
        ["events_follows"],
        "DELETE FROM events WHERE {own} AND position = 2",
    ),
    "the newest events that are gone": (
        "events",
        ["events_follows"],
        "DELETE FROM events WHERE {own} AND position > 2",
    ),
}


async def business() -> Caller:
    """A workspace where a bit of everything happened."""
    caller = await someone(small_balance_limit=100)
    ann = await customer(caller)
    lines = (line(), line("Travel", 3_333))
    for _ in range(2):
        await invoices.issue(caller, wanted(ann, lines=lines))
    await invoices.draft(caller, wanted(ann))
    await invoices.issue(caller, wanted(ann, lines=(line(cents=0),)))
    await invoices.void(caller, await invoices.issue(caller, wanted(ann)))
    lost = await invoices.issue(caller, wanted(ann))
    await invoices.mark_uncollectible(caller, lost)
    await invoices.write_off(caller, await invoices.issue(caller, wanted(ann)), 100)
    await money_moves(caller, ann)
    await workspaces.update(later(caller, days=1), {"small_balance_limit": 20_000})
    await invoices.write_off(caller, await invoices.issue(caller, wanted(ann)))
    return caller


async def money_moves(caller: Caller, customer_id: UUID) -> None:
    """An invoice of 120.00 that is paid too much, credited in every way, and reopened by a refund."""
    invoice_id = await owed(caller, customer_id=customer_id)
    given = MoneyIn(customer_id, 12_345, "USD", "CASH", allocations=(Part(invoice_id, 12_000),))
    payment_id = await payments.record(caller, given)
    await credit(
        caller,
        invoice_id,
        amount_minor=6_000,
        refund_minor=1_000,
        credit_balance_minor=2_000,
        out_of_band_minor=3_000,
    )
    note = await credit(caller, invoice_id, amount_minor=600)
    await credit_notes.void(caller, note.id)
    await payments.refund(caller, only(sandbox()), payment_id, 500)


@pytest.fixture
async def owner(database: str) -> AsyncIterator[asyncpg.Connection]:
    """The database's owner, who can drop constraints; what they do here is undone."""
    connection = await as_owner(database)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


async def test_nothing_is_wrong_with_what_the_acts_did(database: str) -> None:
    caller = await business()
    assert await wrong_with(database, caller.workspace_id) == set()


async def test_nothing_is_wrong_with_a_workspace_where_nothing_happened(database: str) -> None:
    assert await wrong_with(database, (await someone()).workspace_id) == set()


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_tampering_is_found(database: str, owner: asyncpg.Connection, what: str) -> None:
    check, constraints, statement = TAMPERINGS[what]
    caller = await business()
    before = await found_by(owner, caller.workspace_id)

    for constraint in constraints:
        await owner.execute(await _dropping(owner, constraint))
    await owner.execute(statement.format(own=f"workspace_id = '{caller.workspace_id}'"))

    found = await found_by(owner, caller.workspace_id)
    assert before == set()
    assert check in {name for name, _ in found}


def test_every_check_finds_something() -> None:
    assert {check for check, _, _ in TAMPERINGS.values()} == {check.name for check in CHECKS}


async def _dropping(owner: asyncpg.Connection, constraint: str) -> str:
    table = await owner.fetchval(
        "SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = $1", constraint
    )
    return f"ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE"


async def test_the_command_says_what_is_wrong_and_fails(postgres: Cluster, tmp_path: Path) -> None:
    async with postgres.migrated() as dsn:
        _command("workspace", "create", "--name", "Acme", dsn=dsn, folder=tmp_path)
        fine = _command("verify", dsn=dsn, folder=tmp_path)
        connection = await as_owner(dsn)
        await connection.execute("UPDATE event_heads SET position = 7")
        await connection.close()
        broken = _command("verify", dsn=dsn, folder=tmp_path)
        told = _command("verify", "--json", dsn=dsn, folder=tmp_path)

    assert (fine.returncode, fine.stdout) == (0, "")
    assert "checks found nothing wrong" in fine.stderr
    assert broken.returncode == 1
    assert "its head says 7" in broken.stdout
    [fault, summary] = map(json.loads, told.stdout.splitlines())
    assert (fault["check"], fault["subject"]) == ("events", fault["workspaceId"])
    assert summary == {"checks": len(CHECKS), "faults": 1}
    assert told.returncode == 1


def _command(*words: str, dsn: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", *words],
        cwd=CHECKOUT,
        env={"DATABASE_URL": dsn, "SECRET_KEY": "k" * 32, "DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
