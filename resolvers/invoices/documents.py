"""Documents: an invoice's rows as its content makes them, found, and written."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.identifiers import new_id
from domain.lifecycle import require_version
from domain.lines import CheckedLine
from domain.money import plain
from domain.totals import Discount, LineTotals, Totals
from models.connections import rows
from models.invoices import Invoice
from models.line_items import LineItem
from models.payments import Payment
from models.writes import insert
from resolvers.callers import Caller
from resolvers.invoices.composing import Content
from resolvers.invoices.inputs import due_given
from resolvers.invoices.parties import Parties
from resolvers.refusals import not_found


async def locked(
    caller: Caller, invoice_id: UUID, expected_version: int | None, path: tuple[str, ...] = ("id",)
) -> Invoice:
    """The invoice, whose row the transaction then holds.

    Its key is not locked: the next number points to the number before it, and must not wait. Raises
    NotFound at `path`, and Conflict where it is at another version than expected.
    """
    found = Invoice.filter(workspace_id=caller.workspace_id, id=invoice_id)
    invoice = await found.select_for_update(no_key=True).first()
    if invoice is None:
        raise not_found(*path)
    require_version(invoice.version, expected_version)
    return invoice


async def pending_payment(invoice: Invoice) -> Payment | None:
    """The one payment of a locked invoice whose outcome nobody knows yet."""
    return await Payment.filter(
        workspace_id=invoice.workspace_id, invoice_id=invoice.id, status="PENDING"
    ).first()


async def lines_of(invoice: Invoice) -> list[LineItem]:
    """Its lines, in order."""
    found = LineItem.filter(workspace_id=invoice.workspace_id, invoice_id=invoice.id)
    return await found.order_by("position")


async def drop(invoice: Invoice) -> None:
    """Deletes the invoice, and its lines with it."""
    await rows(
        "DELETE FROM invoices WHERE workspace_id = $1 AND id = $2",
        invoice.workspace_id,
        invoice.id,
    )


async def replace_lines(
    invoice: Invoice, old: Sequence[LineItem], wanted: Sequence[LineItem]
) -> None:
    """Writes an invoice's lines anew, unless they are the same; their sums are judged at commit."""
    if are_same(old, wanted):
        return
    await rows(
        "DELETE FROM line_items WHERE workspace_id = $1 AND invoice_id = $2",
        invoice.workspace_id,
        invoice.id,
    )
    await insert(*wanted)


def are_same(lines: Sequence[LineItem], others: Sequence[LineItem]) -> bool:
    """Whether lines say the same, ids included."""
    return list(map(_values, lines)) == list(map(_values, others))


def _values(line: LineItem) -> list[Any]:
    return [getattr(line, name) for name in LineItem._meta.fields_db_projection]


def new(caller: Caller, among: Parties, content: Content, **origin: Any) -> Invoice:
    """A draft's row with this content, not stored yet; `origin` are the columns of what made it."""
    return Invoice(
        workspace_id=caller.workspace_id,
        id=new_id(),
        version=1,
        status="DRAFT",
        interest_minor=0,
        amount_paid_minor=0,
        amount_credited_minor=0,
        amount_refunded_minor=0,
        amount_written_off_minor=0,
        credit_balance_applied_minor=0,
        created_at=caller.now,
        updated_at=caller.now,
        **columns(among, content),
        **origin,
    )


def columns(among: Parties, content: Content) -> dict[str, Any]:
    """The columns that a draft's content decides."""
    wanted, totals = content.wanted, content.totals
    return {
        "customer_id": wanted.customer_id,
        "matter_id": wanted.matter_id,
        "currency": content.currencies.currency,
        "presentment_currency": content.currencies.presentment,
        "settlement_currency": content.currencies.settlement,
        "time_zone": among.seller.time_zone,
        "issued_at": wanted.issued_at,
        "due_at": content.when.due.due_at,
        "due_on": content.when.due.due_on,
        "due_given": due_given(wanted.due_date),
        "notes": content.words.notes,
        "internal_notes": content.words.internal_notes,
        "fees_waived": bool(wanted.fees_waived),
        "metadata": content.words.metadata,
        "prices_include_tax": content.policies.prices_include_tax,
        "discount_tax_treatment": content.policies.discount_tax_treatment,
        "tax_rounding": content.policies.tax_rounding,
        "discounts": _discounts(content),
        "tax_breakdown": _breakdown(totals),
        "line_count": len(content.lines),
        "subtotal_minor": totals.subtotal_minor,
        "discount_minor": totals.discount_minor,
        "tax_minor": totals.tax_minor,
        "total_minor": totals.total_minor,
        "amount_due_minor": totals.total_minor,
    }


def line_rows(
    workspace_id: UUID, invoice_id: UUID, content: Content, ids: Sequence[UUID] | None = None
) -> list[LineItem]:
    """The rows of its lines, under these ids or new ones, each with the sums up to itself."""
    made = []
    amount = discount = tax = 0
    for i, (line, sums) in enumerate(zip(content.lines, content.totals.lines, strict=True)):
        amount += sums.amount_minor
        discount += sums.discount_minor + sums.allocated_discount_minor
        tax += sums.tax_minor
        row = LineItem(
            workspace_id=workspace_id,
            id=ids[i] if ids else new_id(),
            invoice_id=invoice_id,
            position=i + 1,
            amount_through_minor=amount,
            discount_through_minor=discount,
            tax_through_minor=tax,
            currency=content.currencies.currency,
            **_line_columns(line, sums),
        )
        made.append(row)
    return made


def _line_columns(line: CheckedLine, sums: LineTotals) -> dict[str, Any]:
    return {
        "code": line.code,
        "description": line.description,
        "quantity": line.quantity,
        "unit_amount": line.unit_amount,
        "discount_given": None if line.discount is None else _given(line.discount),
        "taxes": [
            {
                "name": taxed.tax.name,
                "percent": str(plain(taxed.tax.percent)),
                "category": taxed.tax.category,
                "source": taxed.tax.source,
                "amount_minor": taxed.amount_minor,
            }
            for taxed in sums.taxes
        ],
        "tax_percent": sum((tax.percent for tax in line.taxes), Decimal(0)),
        "automatic_tax": line.automatic_tax,
        "period_start": line.period_start,
        "period_end": line.period_end,
        "metadata": line.metadata,
        "amount_minor": sums.amount_minor,
        "discount_minor": sums.discount_minor,
        "allocated_discount_minor": sums.allocated_discount_minor,
        "tax_minor": sums.tax_minor,
    }


def _discounts(content: Content) -> list[Mapping[str, Any]]:
    return [
        {"name": given.name, "code": given.code, **_given(given), "amount_minor": amount}
        for given, amount in zip(content.discounts, content.totals.discounts_minor, strict=True)
    ]


def _given(discount: Discount) -> Mapping[str, Any]:
    percent = None if discount.percent is None else str(plain(discount.percent))
    return {"percent": percent, "fixed_minor": discount.fixed_minor}


def _breakdown(totals: Totals) -> list[Mapping[str, Any]]:
    return [
        {
            "name": row.name,
            "percent": str(plain(row.percent)),
            "category": row.category,
            "taxable_minor": row.taxable_minor,
            "tax_minor": row.tax_minor,
        }
        for row in totals.breakdown
    ]
