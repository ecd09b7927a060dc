"""Recording: money that came in by itself, placed on the invoices that it pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.allocations import OpenInvoice, Part, Placed, as_asked, check_amount, oldest_first
from domain.currencies import check_currency
from domain.errors import Collector, CurrencyMismatch, InvalidArgument, OutOfRange, Refusal
from domain.identifiers import new_id
from domain.lifecycle import Action, require
from domain.texts import check_optional_text
from models.connections import rows
from models.customers import Customer
from models.events import Event
from models.invoices import Invoice
from models.payments import Payment, PaymentAllocation
from models.writes import insert
from resolvers import events, idempotency, snapshots
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.ledger import Journal
from resolvers.payments.booking import balance_of, pay_down
from resolvers.payments.charging import SCOPE, allocation
from resolvers.payments.settling import SUCCEEDED, keep_what_is_left
from resolvers.refusals import moved, not_found

REFERENCE_LENGTH_MAX = 255
_ALLOCATIONS = "allocations"


@dataclass(frozen=True, slots=True)
class MoneyIn:
    """Money as it came: minor units of a currency, by a method, at an aware instant or just now.

    `allocations` says which invoices it pays; None: the oldest due first.
    """

    customer_id: UUID
    amount_minor: int
    currency: str
    method: str
    reference: str | None = None
    received_at: datetime | None = None
    allocations: tuple[Part, ...] | None = None


async def record(caller: Caller, given: MoneyIn, *, once: Once | None = None) -> UUID:
    """Takes money that already came: the payment's id.

    It pays the customer's open invoices of its currency, oldest due first, or as the allocations
    say; what is left goes to their credit balance. Raises Forbidden, NotFound at ("customerId",) and
    each ("allocations", k, "invoiceId"), there also CurrencyMismatch, InvalidTransition,
    InvoiceAlreadyPaid and InvalidArgument for another customer's invoice; at ("amount",) OutOfRange
    and AmountTooLarge; CurrencyUnsupported, TooLong, OutOfRange at ("receivedAt",) for a time to
    come; and what `domain.allocations.as_asked` does (rules: Payments).
    """
    caller.require(SCOPE)
    wanted = _checked(caller, given)

    async def act() -> UUID:
        await _require_customer(caller, wanted.customer_id)
        placed, invoices = await _placed(caller, wanted)
        payment = _new(caller, wanted, placed.left_minor)
        await _book(caller, payment, placed, invoices)
        return payment.id

    return await idempotency.run(caller, once, act)


def _checked(caller: Caller, given: MoneyIn) -> MoneyIn:
    found = Collector()
    found.keep(check_amount, given.amount_minor)
    found.keep(check_currency, given.currency, caller.now.date(), ("currency",))
    reference = found.keep(
        check_optional_text, given.reference, ("reference",), REFERENCE_LENGTH_MAX
    )
    found.keep(_check_received, given.received_at, caller.now)
    found.refuse()
    return MoneyIn(
        given.customer_id,
        given.amount_minor,
        given.currency,
        given.method,
        reference,
        given.received_at,
        given.allocations,
    )


def _check_received(received_at: datetime | None, now: datetime) -> None:
    if received_at is not None and received_at > now:
        raise OutOfRange("This is a time to come.", field=("receivedAt",))


async def _require_customer(caller: Caller, customer_id: UUID) -> None:
    if not await Customer.filter(workspace_id=caller.workspace_id, id=customer_id).exists():
        raise not_found("customerId")


async def _placed(caller: Caller, given: MoneyIn) -> tuple[Placed, Mapping[UUID, Invoice]]:
    """What goes where, and the invoices that take it: locked, in the order of their ids."""
    if given.allocations is None:
        placed = oldest_first(await _open_invoices(caller, given), given.amount_minor)
        return placed, await _locked(caller, [part.id for part in placed.parts])
    invoices = await _locked(caller, [part.id for part in given.allocations])
    _check_invoices(given, invoices)
    balances = {invoice.id: balance_of(invoice) for invoice in invoices.values()}
    return as_asked(given.allocations, balances, given.amount_minor, given.currency), invoices


async def _open_invoices(caller: Caller, given: MoneyIn) -> list[OpenInvoice]:
    """The customer's open invoices of a currency, all locked: what is due may only change with us."""
    found = await rows(
        "SELECT id, due_at, amount_due_minor AS balance_minor FROM invoices "
        "WHERE workspace_id = $1 AND customer_id = $2 AND currency = $3 "
        "AND status IN ('OPEN', 'PARTIALLY_PAID') ORDER BY id FOR NO KEY UPDATE",
        caller.workspace_id,
        given.customer_id,
        given.currency,
    )
    return [OpenInvoice(**row) for row in found]


async def _locked(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Invoice]:
    found = Invoice.filter(workspace_id=caller.workspace_id, id__in=ids).order_by("id")
    return {invoice.id: invoice for invoice in await found.select_for_update(no_key=True)}


def _check_invoices(given: MoneyIn, invoices: Mapping[UUID, Invoice]) -> None:
    found = Collector()
    for k, part in enumerate(given.allocations or ()):
        path = (_ALLOCATIONS, str(k), "invoiceId")
        found.keep(_check_invoice, given, invoices.get(part.id), path)
    found.refuse()


def _check_invoice(given: MoneyIn, invoice: Invoice | None, path: tuple[str, ...]) -> None:
    if invoice is None:
        raise not_found(*path)
    if invoice.customer_id != given.customer_id:
        raise InvalidArgument("This invoice is another customer's.", field=path)
    if invoice.currency != given.currency:
        message = f"This invoice is in {invoice.currency}; a payment of it must be too."
        raise CurrencyMismatch(message, field=path, meta={"currency": invoice.currency})
    try:
        require(invoice.status, Action.RECORD_PAYMENT)
    except Refusal as refusal:
        raise moved(refusal, path) from None


def _new(caller: Caller, given: MoneyIn, left_minor: int) -> Payment:
    return Payment(
        workspace_id=caller.workspace_id,
        id=new_id(),
        status="SUCCEEDED",
        customer_id=given.customer_id,
        currency=given.currency,
        amount_minor=given.amount_minor,
        amount_overpaid_minor=left_minor,
        method=given.method,
        reference=given.reference,
        received_at=given.received_at or caller.now,
        created_at=caller.now,
        updated_at=caller.now,
    )


async def _book(
    caller: Caller, payment: Payment, placed: Placed, invoices: Mapping[UUID, Invoice]
) -> None:
    journal = Journal(payment.workspace_id, payment.customer_id, payment.currency, caller.now)
    parts: list[PaymentAllocation] = []
    told: list[Event] = []
    for position, part in enumerate(placed.parts):
        invoice = invoices[part.id]
        told += await pay_down(caller, journal, invoice, part.minor, payment.id, position)
        parts.append(allocation(payment, part.id, part.minor, position))
    await keep_what_is_left(journal, payment, placed.left_minor)
    succeeded = events.of_payment(caller, SUCCEEDED, payment, snapshots.of_payment(payment, parts))
    await insert(payment, *parts, *journal.rows, succeeded, *told)
