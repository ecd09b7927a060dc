"""What tests of payments start from: invoices to pay, cards to pay with, and what came of them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from models.connections import rows
from models.ledger import LedgerTransfer
from models.payments import Payment, PaymentAllocation
from resolvers import invoices, payments
from resolvers.callers import Caller
from resolvers.gateways import Gateway, Gateways
from resolvers.ledger import credit_balance
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import customer, line, wanted

SECRET = b"k" * 32


def sandbox(**given: Any) -> SandboxGateway:
    """The sandbox gateway, quick even where it is slow."""
    return SandboxGateway(SECRET, "http://127.0.0.1:8000", **{"slow_s": 0.05, **given})


def only(gateway: Gateway) -> Gateways:
    """One gateway for everything."""
    return Gateways(live=gateway, test=gateway)


async def buyer(
    caller: Caller, gateway: Gateway, token: str = "pm_card_visa", **given: Any
) -> UUID:
    """A customer who pays with this card."""
    customer_id = await customer(caller, **given)
    await payments.add_method(caller, gateway, customer_id, token)
    return customer_id


async def owed(caller: Caller, customer_id: UUID, cents: int = 10_000, **given: Any) -> UUID:
    """An open invoice of so much."""
    return await invoices.issue(caller, wanted(customer_id, lines=(line(cents=cents),), **given))


async def payments_of(caller: Caller) -> list[Payment]:
    """Every payment of the workspace, oldest first."""
    return await Payment.filter(workspace_id=caller.workspace_id).order_by("id")


async def parts_of(payment_id: UUID) -> list[tuple[UUID, int, int]]:
    """What a payment pays: invoice, amount, and what of it went back."""
    found = await PaymentAllocation.filter(payment_id=payment_id).order_by("position")
    return [(one.invoice_id, one.amount_minor, one.returned_minor) for one in found]


async def entries(invoice_id: UUID) -> list[tuple[str, int | None]]:
    """The entries of an invoice after the first: kind and amount."""
    found = await LedgerTransfer.filter(invoice_id=invoice_id).order_by("entry_position")
    return [(one.kind, one.entry_minor) for one in found][1:]


async def asides(caller: Caller) -> list[tuple[str, int]]:
    """The transfers beside invoices: kind and amount."""
    found = await LedgerTransfer.filter(
        workspace_id=caller.workspace_id, invoice_id__isnull=True
    ).order_by("id")
    return [(one.kind, one.amount_minor) for one in found]


async def credit(caller: Caller, customer_id: UUID, currency: str = "USD") -> int:
    """What of a customer's credit is unspent."""
    return await credit_balance(caller.workspace_id, customer_id, currency)


async def told(caller: Caller) -> list[str]:
    """The types of all events in order, but for what every test begins with."""
    found = await rows(
        "SELECT type FROM events WHERE workspace_id = $1 ORDER BY position", caller.workspace_id
    )
    skipped = ("customer.", "invoice.finalized")
    return [row["type"] for row in found if not row["type"].startswith(skipped)]


async def charges(caller: Caller) -> list[tuple[str, int]]:
    """What the sandbox has booked: status and amount, oldest first."""
    found = await rows(
        "SELECT status, amount_minor FROM sandbox_charges WHERE workspace_id = $1 ORDER BY id",
        caller.workspace_id,
    )
    return [(row["status"], row["amount_minor"]) for row in found]


def limited(caller: Caller, *scopes: str) -> Caller:
    """The same caller with these scopes alone."""
    return replace(caller, scopes=frozenset(scopes))
