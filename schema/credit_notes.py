"""Credit notes: what issued invoices are lowered by, as clients read and make them."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from plans.rows import Row
from resolvers import credit_notes
from resolvers.callers import Caller
from resolvers.credit_notes import LineCredit, NoteInput
from resolvers.idempotency import Once
from schema.connections import Connection
from schema.documents import pdf_url
from schema.enums import enum_value
from schema.fields import (
    by_id,
    computed,
    many,
    money,
    of_its_invoice,
    one,
    page,
    read_back,
    reads,
    scalar,
)
from schema.inputs import INPUT, KEY_DESCRIPTION, VERSION_DESCRIPTION
from schema.line_items import LineItem
from schema.money import Money
from schema.nodes import Node
from schema.ordering import BY_CREATION
from schema.payloads import Outcome, Payload, outcome, perform, uuid_of
from schema.scalars import URL, MinorUnits

if TYPE_CHECKING:
    from schema.invoices.types import Invoice

INVOICE = Annotated["Invoice", strawberry.lazy("schema.invoices.types")]


@strawberry.enum(description="Whether a credit note counts.")
class CreditNoteStatus(Enum):
    """There are no drafts of them."""

    ISSUED = enum_value("ISSUED", description="It counts.")
    VOID = enum_value("VOID", description="It was taken back; it keeps its number.")


@strawberry.enum(description="Why something is credited.")
class CreditNoteReason(Enum):
    """As Stripe and others call them."""

    DUPLICATE = enum_value("DUPLICATE", description="It was invoiced twice.")
    FRAUDULENT = enum_value("FRAUDULENT", description="It was never ordered by the customer.")
    ORDER_CHANGE = enum_value("ORDER_CHANGE", description="The order was changed.")
    ORDER_CANCELLATION = enum_value("ORDER_CANCELLATION", description="The order was cancelled.")
    PRODUCT_UNSATISFACTORY = enum_value(
        "PRODUCT_UNSATISFACTORY", description="It was not as good as promised."
    )
    PRICE_ERROR = enum_value("PRICE_ERROR", description="The price was wrong.")
    OTHER = enum_value("OTHER", description="Something else: say it in the memo.")


def _total(line: Row) -> str:
    return f"({line.net_minor} + {line.tax_minor})"


@reads("credit_note_lines", "cnl", "INVOICES_READ", of_its_invoice)
@strawberry.type(description="What a credit note takes off one line of its invoice.")
class CreditNoteLine:
    """A row of credit_note_lines."""

    line_item: LineItem = one("line_item_id", "The line of the invoice.")
    net: Money = money("net_minor", "What it takes of the line, without tax.")
    tax: Money = money("tax_minor", "The tax that goes with that.")
    total: Money = money(_total, "Net and tax together.")


@reads("credit_notes", "cn", "INVOICES_READ", of_its_invoice)
@strawberry.type(description="A correction of an issued invoice, with a number of its own.")
class CreditNote(Node):
    """A row of credit_notes."""

    number: str = scalar("number", "Such as CN-2026-000001: gapless, never reused.")
    status: CreditNoteStatus = scalar("status", "Whether it counts.")
    invoice: INVOICE = one("invoice_id", "The invoice that it corrects.")
    reason: CreditNoteReason = scalar("reason", "Why it was issued.")
    memo: str | None = scalar("memo", "More on that, for the customer to read.")
    lines: list[CreditNoteLine] = many(
        "credit_note_id", "position", "What it takes off which line, in the invoice's order."
    )
    subtotal: Money = money("subtotal_minor", "All that it takes off, without tax.")
    tax: Money = money("tax_minor", "The tax that goes with that.")
    total: Money = money("total_minor", "Subtotal and tax together.")
    pre_payment: Money = money(
        "pre_payment_minor", "What reduced the invoice's balance, or of a lost one what is lost."
    )
    post_payment: Money = money(
        "post_payment_minor", "What was already paid: refunded + toCreditBalance + outOfBand."
    )
    refunded: Money = money("refunded_minor", "What goes back to the payer by refunds.")
    to_credit_balance: Money = money(
        "credit_balance_minor", "What the customer can pay other invoices with."
    )
    out_of_band: Money = money("out_of_band_minor", "What you settled in a way of your own.")
    pdf_url: URL | None = pdf_url(
        "cn",
        "A link to its PDF that works for ttlSeconds. The PDF stays the same: add `&stamp=1` to the "
        "link for a copy that says where it was taken back.",
    )
    issued_at: datetime = scalar("issued_at", "When it was issued.")
    voided_at: datetime | None = scalar("voided_at", "When it was taken back.")
    created_at: datetime = scalar("created_at", "When it was made.")


@strawberry.type
class CreditNoteQueries:
    """Reads of credit notes."""

    credit_note: CreditNote | None = by_id("A credit note.")
    credit_notes: Connection[CreditNote] | None = page("Credit notes, newest first.", BY_CREATION)


@strawberry.input(description="What to credit of one line.")
class CreditNoteLineInput:
    """By its net."""

    line_item_id: strawberry.ID = strawberry.field(description="The line of the invoice.")
    net: MinorUnits = strawberry.field(description="How much of it, net of tax.")


@strawberry.input(description="What to credit of an invoice, and where it goes.")
class CreditNoteCreateInput:
    """By lines, by one amount, or everything."""

    invoice_id: strawberry.ID = strawberry.field(description="The issued invoice.")
    reason: CreditNoteReason = strawberry.field(default=CreditNoteReason.OTHER, description="Why.")
    memo: str | None = strawberry.field(
        default=None, description="More on that, for the customer to read."
    )
    lines: list[CreditNoteLineInput] | None = strawberry.field(
        default=None,
        description="What to credit of which line; not together with amount. All that can still be "
        "credited where neither is given.",
    )
    amount: MinorUnits | None = strawberry.field(
        default=None, description="One amount with tax, spread over what is still creditable."
    )
    refund_amount: MinorUnits | None = strawberry.field(
        default=None,
        description="What of the part that was already paid goes back to the payer; takes "
        "PAYMENTS_WRITE too. All goes to the credit balance where none of the three is given.",
    )
    credit_balance_amount: MinorUnits | None = strawberry.field(
        default=None, description="What of it goes to the customer's credit balance."
    )
    out_of_band_amount: MinorUnits | None = strawberry.field(
        default=None, description="What of it you give back in a way of your own."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION_DESCRIPTION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which credit note to take back.")
class CreditNoteVoidInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The credit note.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What creditNoteCreate answers.")
class CreditNoteCreatePayload(Payload):
    """The note and its invoice."""

    credit_note: CreditNote | None = read_back("The new credit note; null where refused.")
    invoice: INVOICE | None = read_back("Its invoice after it; null where refused.")


@strawberry.type(description="What creditNoteVoid answers.")
class CreditNoteVoidPayload(Payload):
    """The note and its invoice."""

    credit_note: CreditNote | None = read_back("The voided credit note; null where refused.")
    invoice: INVOICE | None = read_back("Its invoice after that; null where refused.")


def _wanted(given: CreditNoteCreateInput) -> NoteInput:
    lines = given.lines
    return NoteInput(
        invoice_id=uuid_of("inv", given.invoice_id),
        reason=given.reason.value,
        memo=given.memo,
        lines=None if lines is None else tuple(map(_line, lines)),
        amount_minor=given.amount,
        refund_minor=given.refund_amount,
        credit_balance_minor=given.credit_balance_amount,
        out_of_band_minor=given.out_of_band_amount,
    )


def _line(line: CreditNoteLineInput) -> LineCredit:
    return LineCredit(uuid_of("il", line.line_item_id), line.net)


def _outcome(done: credit_notes.Credited) -> Outcome:
    return outcome({"credit_note": done.credit_note_id, "invoice": done.invoice_id})


@strawberry.type
class CreditNoteMutations:
    """What can be done with credit notes."""

    @computed(
        description="Credit lines, an amount, or all of an issued invoice. What is due goes down "
        "first; what was paid goes back as you say.",
        takes="INVOICES_WRITE",
    )
    async def credit_note_create(
        self, info: strawberry.Info, input: Annotated[CreditNoteCreateInput, INPUT]
    ) -> CreditNoteCreatePayload | None:
        """Credits."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            made = await credit_notes.create(
                caller,
                info.context.gateways,
                _wanted(input),
                expected_version=input.expected_version,
                once=once,
            )
            return _outcome(made)

        return await perform(info, CreditNoteCreatePayload, input, act)

    @computed(
        description="Take a credit note back, while none of its money was given back or spent.",
        takes="INVOICES_WRITE",
    )
    async def credit_note_void(
        self, info: strawberry.Info, input: Annotated[CreditNoteVoidInput, INPUT]
    ) -> CreditNoteVoidPayload | None:
        """Voids."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            return _outcome(await credit_notes.void(caller, uuid_of("cn", input.id), once=once))

        return await perform(info, CreditNoteVoidPayload, input, act)
