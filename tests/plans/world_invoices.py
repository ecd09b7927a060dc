"""Invoices of a world: in every status, with every kind of line, alike in all that lists are ordered by."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from domain.lines import LineDraft
from domain.taxes import Tax
from domain.totals import Discount
from models.connections import rows
from models.invoices import Invoice
from resolvers import credit_notes, invoices
from resolvers.callers import Caller
from resolvers.credit_notes import NoteInput
from resolvers.invoices import InvoiceInput
from tests.plans.world_payments import Paying
from tests.resolvers.making import charge_interest
from tests.resolvers.payments.making import only, sandbox

INSTANTS = tuple(
    datetime(2026, 3, 1, 9, 30, tzinfo=UTC) + timedelta(days=9 * days, microseconds=days)
    for days in range(8)
)
TAXES = (
    (),
    (Tax("VAT", Decimal(20)),),
    (Tax("State", Decimal("6.25")), Tax("City", Decimal("1.125"))),
    (Tax("Export", Decimal(0), "EXPORT"),),
    (Tax("VAT", Decimal("0.000001")), Tax("VAT", Decimal(0), "ZERO")),
)
DISCOUNTS = (
    None,
    (),
    (Discount(percent=Decimal("12.5"), name="Early", code="E1"),),
    (Discount(percent=Decimal(10)), Discount(fixed_minor=1, name='"x"')),
)
METADATA: tuple[Mapping[str, str], ...] = (
    {},
    {"order": "A-17"},
    {"order": "A-17", "zone": "north", 'a\\b"c': "\u2028 \U0001f9fe \\u0041"},
    {"derived:0123456789abcdef": "{}"},
)
STATUSES = (
    *("OPEN", "TRIED", "PARTIALLY_PAID", "PARTIALLY_PAID", "PAID", "VOID", "UNCOLLECTIBLE"),
    "CREDITED",
)


class Invoicing:
    """Makes invoices of one workspace, for its customers and their matters."""

    def __init__(
        self, caller: Caller, random: Random, cases: Mapping[UUID, list[UUID]], paying: Paying
    ) -> None:
        self.caller, self.random, self.cases, self.paying = caller, random, cases, paying
        self.put_off: list[tuple[Caller, UUID]] = []

    async def one(self) -> None:
        """One more invoice: a draft, or issued and then whatever became of it."""
        at = self.random.choice(INSTANTS)
        caller = Caller(
            self.caller.workspace_id, self.caller.mode, self.caller.scopes, at, self.caller.actor
        )
        kind = self.random.choices(("draft", "put off", "issue"), (4, 2, 10))[0]
        wanted = self._wanted(at, fewest_lines=0 if kind == "draft" else 1)
        act = invoices.issue if kind == "issue" else invoices.draft
        invoice_id = await act(caller, wanted)
        if kind == "issue":
            await self._lock_rate(invoice_id)
            await self._settle(invoice_id, self.random.choice(STATUSES))
        if kind == "put off":
            self.put_off.append((caller, invoice_id))
        await self._touch(invoice_id)

    async def finish(self) -> None:
        """Issues the drafts that were put off, so that numbers aren't in the order of creation."""
        self.random.shuffle(self.put_off)
        for caller, invoice_id in self.put_off:
            await rows(
                "UPDATE invoices SET presentment_currency = currency "
                "WHERE workspace_id = $1 AND id = $2",
                *(self.caller.workspace_id, invoice_id),
            )
            await invoices.finalize(caller, invoice_id)

    def _wanted(self, at: datetime, fewest_lines: int) -> InvoiceInput:
        pick = self.random.choice
        customer_id = pick(list(self.cases))
        due = at.date() + timedelta(days=pick([1, 30, 60, 90, 120]))
        currency = pick(["USD", "USD", "USD", "JPY", "KWD"])
        lines = [self._line() for _ in range(pick([fewest_lines, 1, 2, 4]))]
        if lines:
            lines[0] = replace(lines[0], quantity=Decimal(2), unit_amount=Decimal(100))
        return InvoiceInput(
            customer_id=customer_id,
            matter_id=pick([None, *self.cases[customer_id]]),
            lines=tuple(lines),
            discounts=pick(DISCOUNTS) if lines else None,
            due_date=pick([due, datetime(due.year, due.month, due.day, 8, tzinfo=UTC)]),
            currency=currency,
            settlement_currency=currency,
            prices_include_tax=pick([None, None, True]),
            discount_tax_treatment=pick([None, "AFTER_TAX"]),
            notes=pick([None, "Thank you, $1 & \\ 'quotes'\n\t\x01 \u00e9\U0001f9fe"]),
            internal_notes=pick([None, "slow payer"]),
            fees_waived=pick([None, True]),
            metadata=pick(METADATA),
        )

    def _line(self) -> LineDraft:
        pick = self.random.choice
        period = pick([None, (date(2026, 1, 1), date(2026, 2, 1))])
        return LineDraft(
            description=pick(["Work", "work 100%", "Travel_cost", "Überstunden"]),
            quantity=pick([Decimal(1), Decimal("2.5"), Decimal("0.00000001"), Decimal(1200)]),
            unit_amount=pick([Decimal(100), Decimal("0.125"), Decimal("19.999999999999")]),
            code=pick([None, "SKU-1"]),
            discount=pick([None, None, Discount(percent=Decimal("3.333333"))]),
            taxes=pick(TAXES),
            period_start=period and period[0],
            period_end=period and period[1],
            metadata=pick(METADATA),
        )

    async def _lock_rate(self, invoice_id: UUID) -> None:
        """A rate in force lets entries have settlement amounts; what is shown of it is `_touch`'s."""
        await rows(
            "UPDATE invoices SET fx_rate = $3 WHERE workspace_id = $1 AND id = $2",
            *(self.caller.workspace_id, invoice_id),
            self.random.choice([None, Decimal("1.0834")]),
        )

    async def _settle(self, invoice_id: UUID, became: str) -> None:
        """Has become of it what may become of an invoice, by the acts that callers have."""
        caller = self.paying.caller
        invoice = await Invoice.get(workspace_id=caller.workspace_id, id=invoice_id)
        if invoice.status != "OPEN" or invoice.amount_due_minor < 2:
            return
        match became:
            case "OPEN":
                await charge_interest(invoice_id, 3)
            case "TRIED":
                await self.paying.attempt(invoice)
            case "PARTIALLY_PAID" | "PAID":
                await self.paying.pay(invoice, whole=became == "PAID")
            case "VOID":
                await invoices.void(caller, invoice_id)
            case "UNCOLLECTIBLE":
                await invoices.mark_uncollectible(caller, invoice_id)
            case "CREDITED":
                await self._credit(invoice)

    async def _credit(self, invoice: Invoice) -> None:
        pick = self.random.choice
        for _ in range(pick([1, 2])):
            asked = NoteInput(
                invoice_id=invoice.id,
                reason=pick(["DUPLICATE", "OTHER"]),
                memo=pick([None, 'Sorry for "that"']),
                amount_minor=pick([1, max(1, invoice.total_minor // 3)]),
            )
            caller = self.paying.caller.at(pick(INSTANTS[4:]))
            made = await credit_notes.create(caller, only(sandbox()), asked)
            if pick([False, False, True]):
                await credit_notes.void(caller, made.credit_note_id)

    async def _touch(self, invoice_id: UUID) -> None:
        columns: dict[str, Any] = {
            "updated_at": self.random.choice(INSTANTS),
            "viewed_at": self.random.choice([None, INSTANTS[3]]),
            "sent_at": self.random.choice([None, INSTANTS[2]]),
            "fx_rate": self.random.choice([None, Decimal("1.083400000000"), Decimal("0.5")]),
        }
        await rows(
            "UPDATE invoices SET updated_at = $3, viewed_at = $4, sent_at = $5, fx_rate = $6, "
            "presentment_currency = CASE WHEN $6::numeric IS NULL THEN currency ELSE 'EUR' END, "
            "fx_rate_source = CASE WHEN $6::numeric IS NOT NULL THEN 'ECB' END, "
            "settlement_total_minor = CASE WHEN $6::numeric IS NOT NULL THEN 12345 END "
            "WHERE workspace_id = $1 AND id = $2",
            *(self.caller.workspace_id, invoice_id, *columns.values()),
        )
