"""Holdings: what payments still hold of the money that came in, so that none of it goes back twice.

Money goes back in several ways: refunded, moved to the customer's credit balance, settled out of
band. Each takes it out of what a payment's allocations hold, the newest payment first, under the
locks of the invoice and then of its payments. A bare refund that its gateway has not answered yet
reserves what it will take.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.allocations import Part, give_back
from models.connections import rows
from models.invoices import Invoice
from models.payments import Payment, PaymentAllocation, Refund
from models.writes import change

SETTLED = ("SUCCEEDED", "PARTIALLY_REFUNDED", "REFUNDED")


@dataclass(frozen=True, slots=True)
class Holding:
    """A settled payment, all that it pays, and what of that is promised to refunds already."""

    payment: Payment
    parts: Sequence[PaymentAllocation]
    reserved_minor: int

    @property
    def free_minor(self) -> int:
        """What of its allocations may still go back, in minor units."""
        held = sum(part.amount_minor - part.returned_minor for part in self.parts)
        return held - self.reserved_minor

    def free_on(self, invoice_id: UUID) -> int:
        """The same of what it pays of one invoice."""
        part = self.part_of(invoice_id)
        return min(part.amount_minor - part.returned_minor, self.free_minor)

    def part_of(self, invoice_id: UUID) -> PaymentAllocation:
        """What it pays of one invoice."""
        return next(part for part in self.parts if part.invoice_id == invoice_id)


@dataclass(frozen=True, slots=True)
class Taken:
    """Minor units that were taken out of what a locked payment pays of an invoice."""

    payment: Payment
    part: PaymentAllocation
    minor: int


async def held_on(invoice: Invoice) -> list[Holding]:
    """The settled payments of a locked invoice, oldest first, which the transaction then holds."""
    ids = await rows(
        "SELECT id FROM payments WHERE workspace_id = $1 AND status = ANY ($3::text[]) "
        "AND id IN (SELECT payment_id FROM payment_allocations "
        "WHERE workspace_id = $1 AND invoice_id = $2) ORDER BY id FOR NO KEY UPDATE",
        invoice.workspace_id,
        invoice.id,
        list(SETTLED),
    )
    return await _holdings(invoice.workspace_id, [row["id"] for row in ids])


async def holding_of(payment: Payment) -> Holding:
    """What a locked payment holds."""
    [found] = await _holdings(payment.workspace_id, [payment.id])
    return Holding(payment, found.parts, found.reserved_minor)


async def take_back(invoice: Invoice, amount_minor: int, *, is_moved: bool = False) -> list[Taken]:
    """Takes an amount out of what was paid on a locked invoice, newest payment first; what of each.

    `is_moved` where it is not refunded, but goes to the credit balance or out of band. Raises
    RefundExceedsRefundable with meta {max} at ("amount",) where so much is not there: a refund that
    is on its way may have it.
    """
    if amount_minor == 0:
        return []
    holdings = {one.payment.id: one for one in await held_on(invoice)}
    parts = [Part(id_, one.free_on(invoice.id)) for id_, one in holdings.items()]
    return [
        await _taken(holdings[part.id], invoice.id, part.minor, is_moved)
        for part in give_back(parts, amount_minor, invoice.currency)
    ]


async def put_back(invoice: Invoice, amount_minor: int) -> None:
    """Undoes what `take_back` moved of a locked invoice, for the money is back on it.

    That is an amount which was moved to the credit balance, and which the void of a credit note
    returns from there.
    """
    left = amount_minor
    for holding in reversed(await held_on(invoice)):
        part = holding.part_of(invoice.id)
        minor = min(left, part.moved_minor)
        await _return(part, -minor, is_moved=True)
        left -= minor
    assert left == 0, "what is put back was moved from these payments"


async def take_of_payment(holding: Holding, amount_minor: int) -> list[Taken]:
    """Takes an amount out of what a locked payment pays, the newest allocation first; what of each."""
    left = {part.invoice_id: part.amount_minor - part.returned_minor for part in holding.parts}
    parts = [Part(invoice_id, minor) for invoice_id, minor in left.items()]
    return [
        await _taken(holding, part.id, part.minor, is_moved=False)
        for part in give_back(parts, amount_minor, holding.payment.currency)
    ]


async def _taken(holding: Holding, invoice_id: UUID, minor: int, is_moved: bool) -> Taken:
    part = holding.part_of(invoice_id)
    await _return(part, minor, is_moved=is_moved)
    return Taken(holding.payment, part, minor)


async def _return(part: PaymentAllocation, minor: int, *, is_moved: bool) -> None:
    if minor:
        moved = part.moved_minor + (minor if is_moved else 0)
        await change(part, {"returned_minor": part.returned_minor + minor, "moved_minor": moved})


async def _holdings(workspace_id: UUID, ids: Sequence[UUID]) -> list[Holding]:
    payments = await Payment.filter(workspace_id=workspace_id, id__in=ids).order_by("id")
    parts = await PaymentAllocation.filter(workspace_id=workspace_id, payment_id__in=ids).order_by(
        "position"
    )
    waiting = await Refund.filter(
        workspace_id=workspace_id, payment_id__in=ids, status="PENDING", credit_note_id=None
    )
    return [
        Holding(
            payment,
            [part for part in parts if part.payment_id == payment.id],
            sum(reserved(one) for one in waiting if one.payment_id == payment.id),
        )
        for payment in payments
    ]


def reserved(refund: Refund) -> int:
    """What a bare refund takes, or is to take, out of what invoices were paid."""
    return refund.amount_minor - refund.overpaid_minor
