"""What the pay page shows of an invoice: from its frozen snapshot, never an internal note."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from domain.calendar import local_date
from domain.lifecycle import display_status
from models.line_items import LineItem
from resolvers.invoices import SharedInvoice
from server.locales import Address
from server.pay_page import (
    Party,
    PayPageDiscount,
    PayPageLine,
    PayPageTax,
    PayPageView,
    Status,
)


def view_of(shared: SharedInvoice, now: datetime) -> PayPageView:
    """An issued invoice as its page shows it."""
    invoice = shared.invoice
    status = display_status(invoice.status, invoice.amount_due_minor, invoice.due_at, now)
    assert invoice.issued_at is not None
    return PayPageView(
        display_status=cast(Status, status),
        number=invoice.number or "",
        seller=party_of(invoice.seller),
        customer=party_of(invoice.buyer),
        currency=invoice.currency,
        locale=invoice.buyer.get("locale"),
        issued_on=local_date(invoice.issued_at, invoice.time_zone),
        due_on=invoice.due_on,
        lines=tuple(map(_line, shared.lines)),
        taxes=tuple(tax_of(row) for row in invoice.tax_breakdown if not _is_untaxed(row)),
        subtotal_minor=invoice.subtotal_minor,
        total_minor=invoice.total_minor,
        amount_due_minor=invoice.amount_due_minor,
        discounts=tuple(map(_discount, invoice.discounts)),
        prices_include_tax=invoice.prices_include_tax,
        interest_minor=invoice.interest_minor,
        amount_paid_minor=invoice.amount_paid_minor,
        amount_credited_minor=invoice.amount_credited_minor,
        credit_applied_minor=invoice.credit_balance_applied_minor,
        amount_written_off_minor=invoice.amount_written_off_minor,
        paid_on=_day(invoice.paid_at, invoice.time_zone),
        voided_on=_day(invoice.voided_at, invoice.time_zone),
        notes=invoice.notes,
        is_test=shared.is_test,
    )


def party_of(snapshot: Mapping[str, Any]) -> Party:
    """A party as it was frozen."""
    address = snapshot.get("address")
    return Party(
        name=snapshot["name"],
        address=Address(**address) if address else None,
        tax_id=snapshot.get("tax_id"),
    )


def _line(line: LineItem) -> PayPageLine:
    return PayPageLine(
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
        tax_percents=tuple(Decimal(tax["percent"]) for tax in line.taxes if not _is_untaxed(tax)),
        period_start=line.period_start,
        period_end=line.period_end,
    )


def tax_of(row: Mapping[str, Any]) -> PayPageTax:
    """A row of a tax breakdown as it was frozen."""
    return PayPageTax(
        name=row["name"],
        percent=Decimal(row["percent"]),
        taxable_minor=row["taxable_minor"],
        tax_minor=row["tax_minor"],
        category=row["category"],
    )


def _is_untaxed(tax: Mapping[str, Any]) -> bool:
    """Whether it stands for no tax at all: right in the books, idle on a page."""
    return tax["category"] == "STANDARD" and Decimal(tax["percent"]) == 0


def _discount(row: Mapping[str, Any]) -> PayPageDiscount:
    percent = row["percent"]
    return PayPageDiscount(
        amount_minor=row["amount_minor"],
        name=row["name"],
        percent=None if percent is None else Decimal(percent),
    )


def _day(instant: datetime | None, zone: str) -> date | None:
    return None if instant is None else local_date(instant, zone)
