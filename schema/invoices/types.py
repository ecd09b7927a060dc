"""The invoice as clients read it."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.lifecycle import available_actions
from plans.rows import Row, column
from schema.connections import Connection
from schema.credit_notes import CreditNote
from schema.discounts import Discount
from schema.documents import pdf_url
from schema.events import EVENT_ORDERS, Event
from schema.fields import derived, json_list, many, money, one, page, reads, scalar
from schema.invoices.recognition import RecognitionSchedule, recognition_schedule
from schema.invoices.statuses import (
    ClosedBy,
    InvoiceAction,
    InvoiceDisplayStatus,
    InvoiceStatus,
    overdue,
    shown_status,
)
from schema.ledger import LedgerEntry
from schema.line_items import LineItem
from schema.matters import Matter
from schema.money import Money
from schema.nodes import Node
from schema.ordering import BY_CREATION
from schema.payments import Payment, of_invoice
from schema.scalars import URL, CurrencyCode, Metadata
from schema.taxes import TaxSubtotal
from schema.workspaces import DiscountTaxTreatment, TaxRounding

if TYPE_CHECKING:
    from schema.billing_subscriptions import BillingSubscription
    from schema.customers import Customer


def _small_balance_limit(invoice: Row) -> str:
    own = invoice.workspace
    return (
        "(SELECT w.small_balance_limit_minor FROM workspaces w "
        f"WHERE w.workspace_id = {own} AND w.id = {own})"
    )


def _unless_draft(invoice: Row) -> str:
    """A draft is nobody's yet: customers see what was issued to them."""
    return f"CASE WHEN {invoice.status} <> 'DRAFT' THEN {invoice.customer_id} END"


def _internal_notes(invoice: Row) -> str:
    return (
        f"CASE WHEN {invoice.caller('customer_id', 'uuid')} IS NULL "
        f"THEN {invoice.internal_notes} END"
    )


@reads("invoices", "inv", "INVOICES_READ", _unless_draft)
@strawberry.type(description="An invoice, from draft to its last cent.")
class Invoice(Node):
    """A row of invoices."""

    version: int = scalar(
        "version", "Goes up by one on every visible change; send it back as expectedVersion."
    )
    number: str | None = scalar(
        "number", "What people call it, such as INV-0042: gapless, never reused. Null while DRAFT."
    )
    status: InvoiceStatus = scalar("status", "The stored status.")
    display_status: InvoiceDisplayStatus = scalar(
        shown_status, "The status to show: OVERDUE where it is, else the stored one."
    )
    is_overdue: bool = scalar(overdue, "Whether something is still due after dueAt.")
    available_actions: list[InvoiceAction] = derived(
        available_actions,
        {
            "status": column("status"),
            "amount_due_minor": column("amount_due_minor"),
            "amount_paid_minor": column("amount_paid_minor"),
            "amount_credited_minor": column("amount_credited_minor"),
            "amount_written_off_minor": column("amount_written_off_minor"),
            "small_balance_limit_minor": _small_balance_limit,
            "total_minor": column("total_minor"),
        },
        "What can be done to it now: front ends need no copy of the state machine.",
    )
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] = one(
        "customer_id", "Whom it goes to, as they are now."
    )
    matter: Matter | None = one("matter_id", "What it is about.")
    subscription: (
        Annotated["BillingSubscription", strawberry.lazy("schema.billing_subscriptions")] | None
    ) = one("subscription_id", "The billing subscription that made it; null where none did.")
    currency: CurrencyCode = scalar("currency", "What it is in.")
    presentment_currency: CurrencyCode = scalar(
        "presentment_currency", "What the customer is shown and charged in."
    )
    settlement_currency: CurrencyCode = scalar(
        "settlement_currency", "What the workspace keeps its books in."
    )
    fx_rate: Decimal | None = scalar(
        "fx_rate",
        "Settlement units for one presentment unit; null where the two are the same, or nothing "
        "is locked yet.",
    )
    fx_rate_source: str | None = scalar("fx_rate_source", "Where the rate came from.")
    fx_rate_locked_at: datetime | None = scalar("fx_rate_locked_at", "When it was locked.")
    settlement_total: Money | None = money(
        "settlement_total_minor", "The total at that rate.", currency="settlement_currency"
    )
    issued_at: datetime | None = scalar(
        "issued_at", "Fiscal issue instant; null while DRAFT unless overridden."
    )
    due_at: datetime = scalar("due_at", "The last instant at which it is not overdue.")
    due_on: date = scalar("due_on", "Its calendar day in the workspace's time zone.")
    sent_at: datetime | None = scalar(
        "sent_at", "When the mail server last took it; null where it was never mailed."
    )
    viewed_at: datetime | None = scalar("viewed_at", "When its pay page was first opened.")
    paid_at: datetime | None = scalar("paid_at", "When nothing was due any more.")
    voided_at: datetime | None = scalar("voided_at", "When it was voided.")
    marked_uncollectible_at: datetime | None = scalar(
        "marked_uncollectible_at", "When it was given up as lost."
    )
    closed_by: ClosedBy | None = scalar("closed_by", "What brought its balance to zero.")
    created_at: datetime = scalar("created_at", "When it was made.")
    updated_at: datetime = scalar("updated_at", "When it last changed.")
    notes: str | None = scalar("notes", "A note to the customer, on all that they see.")
    internal_notes: str | None = scalar(
        _internal_notes,
        "A note to yourselves: never on a PDF, pay page, e-mail or webhook, nor for a customer's "
        "own token.",
    )
    fees_waived: bool = scalar("fees_waived", "Whether no payment fee is put on top.")
    metadata: Metadata = scalar("metadata", "Your own notes on it.")
    lines: list[LineItem] = many("invoice_id", "position", "What it is for, in order.")
    discounts: list[Discount] = json_list("discounts", "Discounts on the whole of it, in order.")
    prices_include_tax: bool = scalar(
        "prices_include_tax", "Whether its prices hold their taxes: then tax is inside the total."
    )
    discount_tax_treatment: DiscountTaxTreatment = scalar(
        "discount_tax_treatment", "Whether its discounts come off before tax."
    )
    tax_rounding: TaxRounding = scalar("tax_rounding", "How its taxes are rounded.")
    subtotal: Money = money(
        "subtotal_minor", "The sum of line amounts, before any discount and tax."
    )
    discount: Money = money("discount_minor", "All discounts, of lines and of the whole.")
    tax: Money = money("tax_minor", "All taxes.")
    total: Money = money("total_minor", "subtotal - discount + tax; without tax where inside.")
    interest: Money = money("interest_minor", "Interest on late payment; not part of the total.")
    amount_paid: Money = money("amount_paid_minor", "What was paid on it and not given back.")
    amount_credited: Money = money("amount_credited_minor", "The sum of its live credit notes.")
    amount_refunded: Money = money("amount_refunded_minor", "What was given back of payments.")
    amount_written_off: Money = money("amount_written_off_minor", "What was forgiven or lost.")
    credit_balance_applied: Money = money(
        "credit_balance_applied_minor", "What the customer's credit balance paid of it."
    )
    amount_due: Money = money(
        "amount_due_minor",
        "total + interest - amountPaid - amountCredited - creditBalanceApplied - amountWrittenOff; "
        "zero when VOID.",
    )
    tax_breakdown: list[TaxSubtotal] = json_list(
        "tax_breakdown", "Its taxes, one row for each, the highest percent first."
    )
    credit_notes: Connection[CreditNote] = page(
        "Its credit notes, void ones too, newest first.", BY_CREATION, points_here="invoice_id"
    )
    ledger: list[LedgerEntry] = many(
        "invoice_id", "entry_position", "The append-only entries that amountDue is the sum of."
    )
    payments: Connection[Payment] = page(
        "Payments of it, those that failed included, the newest first.",
        BY_CREATION,
        points_here=of_invoice,
    )
    events: Connection[Event] = page(
        "What happened to it and its payments and credit notes, the latest first.",
        EVENT_ORDERS,
        "POSITION",
        points_here="invoice_id",
    )
    recognition_schedule: RecognitionSchedule = recognition_schedule()
    public_pay_url: URL | None = scalar(
        lambda invoice: f"{invoice.setting('public_url')} || '/pay/' || {invoice.pay_token}",
        "The page to give to the customer: it shows the invoice. Null while DRAFT.",
    )
    pdf_url: URL | None = pdf_url(
        "inv",
        "A link to its PDF that works for ttlSeconds; null while DRAFT. The PDF is drawn from what "
        "was frozen at finalize and stays the same, paid or not: add `&stamp=1` to the link for a "
        "copy that says what became of it.",
    )
