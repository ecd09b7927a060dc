"""Deliveries: an invoice's mail, promised in a transaction and judged again when it goes out."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.calendar import local_date
from domain.identifiers import decode_id, encode_id
from domain.lifecycle import TABLE, Action, Status
from models.customers import Customer
from models.invoices import Invoice
from models.jobs import Job
from models.transactions import transaction
from resolvers import jobs
from resolvers.callers import Caller
from resolvers.invoices import documents
from resolvers.invoices.amendments import amend
from resolvers.jobs import Claimed

MAIL_JOB = "invoice.mail"
_INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An invoice's mail as it may go out: amounts in minor units, days of the workspace."""

    customer_id: UUID
    to_email: str
    customer_name: str
    seller_name: str
    number: str
    currency: str
    locale: str | None
    total_minor: int
    amount_due_minor: int
    issued_on: date
    due_on: date
    pay_token: str
    is_test: bool


def promised(caller: Caller, invoice_id: UUID) -> Job:
    """The job that mails an invoice, to be written in the transaction that decides it."""
    payload = {_INVOICE: encode_id("inv", invoice_id)}
    return jobs.promised(caller.workspace_id, MAIL_JOB, payload, caller.now)


def invoice_of(payload: jobs.Payload) -> UUID:
    """The invoice that a mail job is about."""
    found = decode_id("inv", payload[_INVOICE])
    assert found is not None
    return found


async def find_delivery(caller: Caller, invoice_id: UUID) -> Delivery | None:
    """The mail to send now; None where it must not go out any more, and the job is dropped.

    That is where the customer has withdrawn consent or has no address any more, or the invoice was
    voided or given up since (rules: Links, documents, mail). Mail goes to the customer's present
    address and language; names are those that the invoice was issued with.
    """
    invoice = await Invoice.filter(workspace_id=caller.workspace_id, id=invoice_id).first()
    if invoice is None or invoice.number is None or not _is_sendable(invoice):
        return None
    found = Customer.filter(workspace_id=caller.workspace_id, id=invoice.customer_id)
    customer = await found.get()
    if customer.email is None or customer.email_consent != "GRANTED":
        return None
    assert invoice.pay_token is not None
    assert invoice.issued_at is not None
    return Delivery(
        customer_id=customer.id,
        to_email=customer.email,
        customer_name=invoice.buyer["name"],
        seller_name=invoice.seller["name"],
        number=invoice.number,
        currency=invoice.currency,
        locale=customer.locale,
        total_minor=invoice.total_minor,
        amount_due_minor=invoice.amount_due_minor,
        issued_on=local_date(invoice.issued_at, invoice.time_zone),
        due_on=invoice.due_on,
        pay_token=invoice.pay_token,
        is_test=caller.mode == "TEST",
    )


async def mark_sent(caller: Caller, invoice_id: UUID, job: Claimed | None = None) -> None:
    """Notes that the mail server took an invoice's mail: sentAt, the latest time, and the event.

    Does nothing where the invoice is gone. The job that sent it is done in the same transaction;
    where it is not held any more, because that is noted already or another has it, nothing is.
    """

    async def act() -> None:
        if job is not None and not await jobs.complete(job, caller.real_now):
            return
        found = Invoice.filter(workspace_id=caller.workspace_id, id=invoice_id)
        invoice = await found.select_for_update(no_key=True).first()
        if invoice is not None:
            lines = await documents.lines_of(invoice)
            await amend(caller, invoice, lines, {"sent_at": caller.now}, "invoice.sent")

    await transaction(caller.workspace_id, act)


def _is_sendable(invoice: Invoice) -> bool:
    return isinstance(TABLE[Action.SEND][Status(invoice.status)], frozenset)
