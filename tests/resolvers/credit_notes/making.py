"""What tests of credit notes start from: invoices to credit, money on them, and what came of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.allocations import Part
from domain.lines import LineDraft
from domain.taxes import Tax
from models.credit_notes import CreditNote, CreditNoteLine
from resolvers import credit_notes, invoices, payments
from resolvers.callers import Caller
from resolvers.credit_notes import LineCredit, NoteInput
from resolvers.ledger import credit_balance
from resolvers.payments import MoneyIn
from tests.resolvers.making import customer, line, lines_of, stored, wanted
from tests.resolvers.payments.making import only, sandbox

VAT = Tax("VAT", Decimal(20))


def taxed(cents: int, **given: Any) -> LineDraft:
    """A line of so much, and 20% on top."""
    return line(cents=cents, taxes=(VAT,), **given)


async def owed(caller: Caller, *lines: LineDraft, **given: Any) -> UUID:
    """An open invoice over these lines; 100.00 and 20% where there are none."""
    customer_id = given.pop("customer_id", None) or await customer(caller)
    lines = lines or (taxed(10_000),)
    return await invoices.issue(caller, wanted(customer_id, lines=lines, **given))


async def pay(caller: Caller, invoice_id: UUID, minor: int) -> UUID:
    """Money that came for it."""
    invoice = await stored(invoice_id)
    given = MoneyIn(
        customer_id=invoice.customer_id,
        amount_minor=minor,
        currency=invoice.currency,
        method="BANK_TRANSFER",
        allocations=(Part(invoice_id, minor),),
    )
    return await payments.record(caller, given)


async def credit(caller: Caller, invoice_id: UUID, **given: Any) -> CreditNote:
    """A new credit note; of everything where nothing else is given."""
    options = {name: given.pop(name) for name in ("once", "expected_version") if name in given}
    wanted_note = NoteInput(invoice_id=invoice_id, **given)
    done = await credit_notes.create(caller, only(sandbox()), wanted_note, **options)
    return await note_of(done.credit_note_id)


async def credit_from_before(caller: Caller, customer_id: UUID, minor: int) -> None:
    """Puts so much on a customer's credit balance, by a note on an invoice that was paid."""
    invoice_id = await owed(caller, line(cents=minor), customer_id=customer_id)
    await pay(caller, invoice_id, minor)
    await credit(caller, invoice_id)


async def credit_lines(
    caller: Caller, invoice_id: UUID, *nets: int | None, **given: Any
) -> CreditNote:
    """A credit note of these nets of its lines, None for a line that it does not touch."""
    lines = await lines_of(invoice_id)
    named = tuple(
        LineCredit(line.id, net) for line, net in zip(lines, nets, strict=False) if net is not None
    )
    return await credit(caller, invoice_id, lines=named, **given)


async def note_of(note_id: UUID) -> CreditNote:
    """The credit note as it is in the database."""
    return await CreditNote.get(id=note_id)


async def note_lines(note: CreditNote) -> list[CreditNoteLine]:
    """Its lines, in order."""
    return await CreditNoteLine.filter(credit_note_id=note.id).order_by("position")


async def balance(invoice_id: UUID) -> tuple[str, int, int, int]:
    """What its invoice says: status, due, paid, credited."""
    found = await stored(invoice_id)
    amounts = (found.amount_due_minor, found.amount_paid_minor, found.amount_credited_minor)
    return found.status, *amounts


async def spare(invoice_id: UUID) -> int:
    """What its customer has on the credit balance."""
    found = await stored(invoice_id)
    return await credit_balance(found.workspace_id, found.customer_id, found.currency)


def without(caller: Caller, *scopes: str) -> Caller:
    """The same caller, who may do less."""
    return replace(caller, scopes=caller.scopes - set(scopes))
