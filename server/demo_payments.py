"""What becomes of the demo's invoices: most are paid in time or late, some in part, a few never."""

import heapq
import random
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from domain.allocations import Part
from models.invoices import Invoice
from resolvers import invoices, payments
from resolvers.callers import Caller
from resolvers.gateways import Gateways
from resolvers.payments import MoneyIn
from server.outside.sandbox import SandboxGateway

# Shares of the invoices in percent; the rest stays open.
PAID, PAID_IN_PART, LOST, DECLINED = 60, 8, 10, 4
BY_CARD, REFUNDED = 40, 4

At = Callable[[float], Caller]


class Payers:
    """Pays invoices when their time has come; `at` is the caller at a share of the demo's span."""

    def __init__(self, at: At, span: timedelta, seed: int) -> None:
        self._at, self._span = at, span
        self._choose = random.Random(f"{seed} payments")
        self._waiting: list[tuple[float, UUID, bool]] = []
        # Its signature is on nothing here: what the demo charges is settled at once.
        self._gateway = SandboxGateway(b"demo", "")

    def expect(self, invoice_id: UUID, share: float, *, is_mailed: bool) -> None:
        """An invoice was issued: something becomes of it some weeks later.

        One whose mail waits for the worker is never given up: it could not go out any more.
        """
        after = timedelta(days=self._choose.triangular(2, 70, 25)) / self._span
        heapq.heappush(self._waiting, (share + after, invoice_id, is_mailed))

    async def until(self, share: float) -> None:
        """All that happens up to a moment."""
        while self._waiting and self._waiting[0][0] <= share:
            moment, invoice_id, is_mailed = heapq.heappop(self._waiting)
            fate = self._choose.random() * 100
            await self._happen(self._at(moment), invoice_id, fate, is_mailed=is_mailed)

    async def _happen(
        self, caller: Caller, invoice_id: UUID, fate: float, *, is_mailed: bool
    ) -> None:
        invoice = await Invoice.get(workspace_id=caller.workspace_id, id=invoice_id)
        due = invoice.amount_due_minor
        if fate < PAID:
            await self._pay(caller, invoice, due)
        elif fate < PAID + PAID_IN_PART and due > 1:
            await self._pay(caller, invoice, due // 2)
        elif fate < PAID + PAID_IN_PART + LOST:
            if not is_mailed:
                await invoices.mark_uncollectible(caller, invoice_id, "No answer to three letters")
        elif fate < PAID + PAID_IN_PART + LOST + DECLINED:
            await self._charge(caller, invoice, due, "pm_card_chargeDeclined")

    async def _pay(self, caller: Caller, invoice: Invoice, amount: int) -> None:
        if self._choose.random() * 100 < BY_CARD:
            await self._charge(caller, invoice, amount, "pm_card_visa")
            return
        money = MoneyIn(
            customer_id=invoice.customer_id,
            amount_minor=amount,
            currency=invoice.currency,
            method="BANK_TRANSFER",
            reference=f"Statement {caller.now:%Y-%m-%d}, {invoice.number}",
            allocations=(Part(invoice.id, amount),),
        )
        await payments.record(caller, money)

    async def _charge(self, caller: Caller, invoice: Invoice, amount: int, card: str) -> None:
        done = await payments.pay_with_token(
            caller, self._gateway, invoice.id, card, amount_minor=amount
        )
        if done.status == "SUCCEEDED" and self._choose.random() * 100 < REFUNDED and amount > 10:
            gateways = Gateways(self._gateway, self._gateway)
            await payments.refund(caller, gateways, done.id, amount // 10, "Goodwill")
