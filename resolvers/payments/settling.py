"""Settling: what a gateway says of a charge becomes what a payment is, once, whoever brings the news."""

from uuid import UUID

from domain.ledger import Account, Aside
from domain.lifecycle import Action, require
from domain.texts import storable
from models.invoices import Invoice
from models.payments import Payment, PaymentAllocation
from models.transactions import transaction
from models.writes import change, insert
from resolvers import events, snapshots
from resolvers.callers import Caller
from resolvers.gateways import Became, Outcome
from resolvers.invoices import documents
from resolvers.ledger import Journal, hold_customer
from resolvers.payments.booking import balance_of, pay_down

MESSAGE_LENGTH_MAX = 500
SUCCEEDED, PAYMENT_FAILED = "payment.succeeded", "invoice.payment_failed"

# From which statuses an outcome changes anything. A late success is money all the same; nothing
# ever takes one back.
_NEWS = {
    Became.SUCCEEDED: ("PENDING", "FAILED"),
    Became.FAILED: ("PENDING",),
    Became.PENDING: ("PENDING",),
    Became.UNKNOWN: (),
    Became.NOT_FOUND: (),
}


async def settle(caller: Caller, payment_id: UUID, outcome: Outcome) -> Payment:
    """Settles a payment by what its gateway says, in one transaction; the payment after it.

    Whatever arrives twice, late or in another order changes nothing: a success is booked once and
    never undone, a failure is taken from a pending payment alone. What the invoice does not take any
    more goes to the customer's credit balance (rules: Payments).
    """
    return await transaction(
        caller.workspace_id, lambda: settle_within(caller, payment_id, outcome)
    )


async def settle_within(caller: Caller, payment_id: UUID, outcome: Outcome) -> Payment:
    """The same, inside a transaction that is open."""
    invoice, payment = await _locked(caller, payment_id)
    if payment.status not in _NEWS[outcome.became]:
        return payment
    if outcome.became is Became.SUCCEEDED:
        await _succeed(caller, invoice, payment, outcome)
    elif outcome.became is Became.FAILED:
        await _fail(caller, invoice, payment, outcome)
    else:
        await _wait(caller, payment, outcome)
    return payment


async def _locked(caller: Caller, payment_id: UUID) -> tuple[Invoice, Payment]:
    """Invoice first, as everywhere: a payment's invoice never changes."""
    found = Payment.filter(workspace_id=caller.workspace_id, id=payment_id)
    invoice_id = (await found.get()).invoice_id
    assert invoice_id is not None, "what a gateway charges is for one invoice"
    invoice = await documents.locked(caller, invoice_id, None)
    return invoice, await found.select_for_update(no_key=True).get()


async def _succeed(caller: Caller, invoice: Invoice, payment: Payment, outcome: Outcome) -> None:
    [allocation] = await allocations_of(payment)
    before = snapshots.of_payment(payment, [allocation])
    taken = min(payment.amount_minor, balance_of(invoice))
    journal = Journal(payment.workspace_id, payment.customer_id, payment.currency, caller.now)
    told = await pay_down(caller, journal, invoice, taken, payment.id)
    await keep_what_is_left(journal, payment, payment.amount_minor - taken)
    journal.move(Aside.FEE, Account.CASH, Account.FEES, payment.fee_minor, payment.id)
    await change(
        payment,
        {
            **_answered(payment, outcome),
            "status": "SUCCEEDED",
            "amount_overpaid_minor": payment.amount_minor - taken,
            "failure_code": None,
            "failure_message": None,
            "received_at": caller.now,
            "updated_at": caller.now,
        },
    )
    await change(allocation, {"amount_minor": taken})
    after = snapshots.of_payment(payment, [allocation])
    succeeded = events.of_payment(caller, SUCCEEDED, payment, after, before)
    await insert(*journal.rows, succeeded, *told)


async def _fail(caller: Caller, invoice: Invoice, payment: Payment, outcome: Outcome) -> None:
    require(invoice.status, Action.PAYMENT_FAILS)
    await change(
        payment,
        {
            **_answered(payment, outcome),
            "status": "FAILED",
            "failure_code": bounded(outcome.failure_code) or "failed",
            "failure_message": bounded(outcome.failure_message),
            "updated_at": caller.now,
        },
    )
    lines = await documents.lines_of(invoice)
    failed = snapshots.of_payment(payment, await allocations_of(payment))
    data = {**snapshots.of_invoice(invoice, lines), events.PAYMENT: failed}
    await insert(events.of_invoice(caller, PAYMENT_FAILED, invoice, data))


async def _wait(caller: Caller, payment: Payment, outcome: Outcome) -> None:
    """Keeps where the payer has to go, as the gateway first said it."""
    given = {
        "gateway_reference": payment.gateway_reference or outcome.reference,
        "next_action_url": payment.next_action_url or outcome.next_action_url,
    }
    if any(getattr(payment, name) != value for name, value in given.items()):
        await change(payment, {**given, "updated_at": caller.now})


def _answered(payment: Payment, outcome: Outcome) -> dict[str, str | None]:
    reference = outcome.reference or payment.gateway_reference
    return {"gateway_reference": reference, "next_action_url": None}


async def keep_what_is_left(journal: Journal, payment: Payment, left_minor: int) -> None:
    """What no invoice takes becomes the customer's credit (rules: Payments)."""
    if left_minor:
        await hold_customer(payment.workspace_id, payment.customer_id)
        journal.move(Aside.OVERPAYMENT, Account.CASH, Account.CREDIT, left_minor, payment.id)


async def allocations_of(payment: Payment) -> list[PaymentAllocation]:
    """What it pays of each invoice, in order."""
    found = PaymentAllocation.filter(workspace_id=payment.workspace_id, payment_id=payment.id)
    return await found.order_by("position")


def bounded(text: str | None) -> str | None:
    """What a stranger says, as it can be stored."""
    return text and storable(text, MESSAGE_LENGTH_MAX)
