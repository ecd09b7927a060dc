"""The statuses of an invoice as clients see them, and the SQL of what is derived from status and clock."""

from enum import Enum

import strawberry

from plans.rows import Row
from schema.enums import enum_value

OPEN = "An issued invoice with nothing paid on it yet."
PARTIALLY_PAID = "Some of it is paid."
PAID = "Nothing is due any more."
DRAFT = "Not issued: no number, and everything can still change."
VOID = "Cancelled after issue; it keeps its number and is owed no more."
UNCOLLECTIBLE = "Given up as lost; a later payment can still recover it."
OVERDUE = "Past its due date with something still due."


@strawberry.enum(description="What is stored. Overdue is never stored: see displayStatus.")
class InvoiceStatus(Enum):
    """The stored statuses."""

    DRAFT = enum_value("DRAFT", description=DRAFT)
    OPEN = enum_value("OPEN", description=OPEN)
    PARTIALLY_PAID = enum_value("PARTIALLY_PAID", description=PARTIALLY_PAID)
    PAID = enum_value("PAID", description=PAID)
    VOID = enum_value("VOID", description=VOID)
    UNCOLLECTIBLE = enum_value("UNCOLLECTIBLE", description=UNCOLLECTIBLE)


@strawberry.enum(description="What to show a person: the stored status, or OVERDUE.")
class InvoiceDisplayStatus(Enum):
    """With OVERDUE among them."""

    DRAFT = enum_value("DRAFT", description=DRAFT)
    OPEN = enum_value("OPEN", description=f"{OPEN} Not overdue.")
    PARTIALLY_PAID = enum_value("PARTIALLY_PAID", description=f"{PARTIALLY_PAID} Not overdue.")
    OVERDUE = enum_value("OVERDUE", description=OVERDUE)
    PAID = enum_value("PAID", description=PAID)
    VOID = enum_value("VOID", description=VOID)
    UNCOLLECTIBLE = enum_value("UNCOLLECTIBLE", description=UNCOLLECTIBLE)


@strawberry.enum(description="Statuses to look for; OPEN finds open invoices that are overdue too.")
class InvoiceStatusFilter(Enum):
    """Stored statuses, and the derived one under two names."""

    DRAFT = enum_value("DRAFT", description=DRAFT)
    OPEN = enum_value("OPEN", description=f"{OPEN} Overdue or not.")
    PARTIALLY_PAID = enum_value("PARTIALLY_PAID", description=f"{PARTIALLY_PAID} Overdue or not.")
    OVERDUE = enum_value("OVERDUE", description=OVERDUE)
    PAST_DUE = enum_value("PAST_DUE", description="The same as OVERDUE.")
    PAID = enum_value("PAID", description=PAID)
    VOID = enum_value("VOID", description=VOID)
    UNCOLLECTIBLE = enum_value("UNCOLLECTIBLE", description=UNCOLLECTIBLE)


@strawberry.enum(description="What can be done to an invoice. Values may be added.")
class InvoiceAction(Enum):
    """What availableActions lists."""

    UPDATE = enum_value("UPDATE", description="Change anything: invoiceUpdate.")
    DELETE = enum_value("DELETE", description="Delete the draft: invoiceDelete.")
    FINALIZE = enum_value("FINALIZE", description="Issue it: invoiceFinalize.")
    SEND = enum_value("SEND", description="Mail it, issuing it first: invoiceSend.")
    PAY = enum_value("PAY", description="Charge the customer: invoicePay.")
    RECORD_PAYMENT = enum_value(
        "RECORD_PAYMENT", description="Record money that came: paymentRecord."
    )
    VOID = enum_value("VOID", description="Cancel it: invoiceVoid.")
    MARK_UNCOLLECTIBLE = enum_value(
        "MARK_UNCOLLECTIBLE", description="Give it up as lost: invoiceMarkUncollectible."
    )
    UNMARK_UNCOLLECTIBLE = enum_value(
        "UNMARK_UNCOLLECTIBLE", description="Hope again: invoiceUnmarkUncollectible."
    )
    WRITE_OFF = enum_value("WRITE_OFF", description="Forgive a small balance: invoiceWriteOff.")
    CREDIT = enum_value("CREDIT", description="Credit some of it: creditNoteCreate.")


@strawberry.enum(description="What brought an invoice's balance to zero.")
class ClosedBy(Enum):
    """Of a PAID invoice."""

    PAYMENT = enum_value("PAYMENT", description="A payment.")
    CREDIT_NOTE = enum_value("CREDIT_NOTE", description="A credit note.")
    CREDIT_BALANCE = enum_value("CREDIT_BALANCE", description="The customer's credit balance.")
    WRITE_OFF = enum_value("WRITE_OFF", description="A small balance was forgiven.")
    ZERO_TOTAL = enum_value("ZERO_TOTAL", description="There was nothing to pay.")


def overdue(invoice: Row) -> str:
    """SQL of the lifecycle's own rule: owed, and past its last instant; true or false, never null."""
    return (
        f"({invoice.status} IN ('OPEN', 'PARTIALLY_PAID') AND {invoice.amount_due_minor} > 0 "
        f"AND {invoice.now} > {invoice.due_at})"
    )


def shown_status(invoice: Row) -> str:
    """SQL of the stored status, or OVERDUE."""
    return f"CASE WHEN {overdue(invoice)} THEN 'OVERDUE' ELSE {invoice.status} END"
