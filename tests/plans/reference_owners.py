"""Whose a row is: what a caller sees who is limited to one customer, said a second time."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

Row = Mapping[str, Any]
Tables = Mapping[str, Mapping[UUID, Row]]
Owner = Callable[[Row, Tables], UUID | None]


def _issued_to(invoice: Row | None) -> UUID | None:
    return None if invoice is None or invoice["status"] == "DRAFT" else invoice["customer_id"]


def _of_its_invoice(row: Row, tables: Tables) -> UUID | None:
    return _issued_to(tables["invoices"].get(row["invoice_id"]))


OWNERS: Mapping[str, Owner] = {
    "customers": lambda row, _: row["id"],
    "matters": lambda row, _: row["customer_id"],
    "invoices": lambda row, _: _issued_to(row),
    "line_items": _of_its_invoice,
    "ledger_transfers": _of_its_invoice,
    "payments": lambda row, _: row["customer_id"],
    "payment_methods": lambda row, _: row["customer_id"],
    "payment_allocations": lambda row, tables: tables["payments"][row["payment_id"]]["customer_id"],
    "ledger_accounts": lambda row, _: row["customer_id"],
    "credit_notes": _of_its_invoice,
    "credit_note_lines": _of_its_invoice,
    "billing_subscriptions": lambda row, _: row["customer_id"],
}
EVERYBODYS = ("workspaces",)


def of_customer(tables: Tables, customer_id: UUID) -> Tables:
    """The rows that are a customer's; of tables that say nothing of customers there are none."""
    return {
        name: {
            key: row
            for key, row in rows.items()
            if name in EVERYBODYS or (name in OWNERS and OWNERS[name](row, tables) == customer_id)
        }
        for name, rows in tables.items()
    }
