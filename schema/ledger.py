"""The ledger of an invoice: the entries that its amountDue is the sum of."""

from datetime import datetime
from enum import Enum

import strawberry

from plans import sources
from plans.rows import Row, column
from schema.enums import enum_value
from schema.fields import field, money, of_its_invoice, reads, scalar
from schema.money import Money
from schema.nodes import Node


@strawberry.enum(description="What changed an invoice's amountDue.")
class LedgerEntryType(Enum):
    """In the order of an invoice's life."""

    ISSUED = enum_value("ISSUED", description="It was issued: its total is due.")
    VOIDED = enum_value("VOIDED", description="It was voided: its total is due no more.")
    PAYMENT = enum_value("PAYMENT", description="A payment came in.")
    REFUND = enum_value("REFUND", description="Something that was paid went back to the payer.")
    CREDIT_NOTE = enum_value("CREDIT_NOTE", description="A credit note lowered it.")
    CREDIT_NOTE_VOIDED = enum_value(
        "CREDIT_NOTE_VOIDED", description="A credit note was voided, so it lowers it no more."
    )
    CREDIT_BALANCE_APPLIED = enum_value(
        "CREDIT_BALANCE_APPLIED", description="The customer's credit balance paid of it."
    )
    CREDIT_BALANCE_RETURNED = enum_value(
        "CREDIT_BALANCE_RETURNED",
        description="What the customer's credit balance had paid of it went back there.",
    )
    MOVED_TO_CREDIT_BALANCE = enum_value(
        "MOVED_TO_CREDIT_BALANCE",
        description="What was paid on it became the customer's credit, by a credit note.",
    )
    RETURNED_OUT_OF_BAND = enum_value(
        "RETURNED_OUT_OF_BAND",
        description="What was paid on it was given back in a way of your own, by a credit note.",
    )
    INTEREST = enum_value("INTEREST", description="Interest on late payment came on top.")
    INTEREST_WAIVED = enum_value("INTEREST_WAIVED", description="Interest was taken off again.")
    WRITE_OFF = enum_value("WRITE_OFF", description="Something was forgiven, or given up as lost.")
    RECOVERY = enum_value(
        "RECOVERY", description="Money came for what was given up: that much is due, and paid next."
    )
    WRITE_OFF_REVERSED = enum_value(
        "WRITE_OFF_REVERSED", description="Something that was given up is due again."
    )


def _settlement_currency(entry: Row) -> str:
    return (
        f"(SELECT i.settlement_currency FROM invoices i WHERE i.workspace_id = {entry.workspace} "
        f"AND i.id = {entry.invoice_id})"
    )


def _is_entry(transfer: Row) -> str:
    """SQL of whether a transfer is an invoice's; others, such as overpayments, are no entries."""
    return f"{transfer.invoice_id} IS NOT NULL"


@reads("ledger_transfers", "led", "INVOICES_READ", of_its_invoice, _is_entry)
@strawberry.type(description="A change of an invoice's amountDue; it is never changed itself.")
class LedgerEntry(Node):
    """A transfer from or to an invoice's receivable."""

    type: LedgerEntryType = scalar("kind", "What happened.")
    amount: Money = money("entry_minor", "What it adds to amountDue; negative where it lowers it.")
    settlement_amount: Money | None = field(
        sources.Embedded(
            {"minor": column("settlement_minor"), "currency": _settlement_currency},
            lambda entry: f"{entry.settlement_minor} IS NOT NULL",
        ),
        "The same in the settlement currency, at the invoice's rate: the entries of an invoice that "
        "is paid off sum to zero here too. Null where no rate is locked.",
    )
    balance: Money = money("balance_minor", "What is due after it.")
    at: datetime = scalar("at", "When it was booked.")
