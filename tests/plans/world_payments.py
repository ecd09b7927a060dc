"""Payments of a world: by card and by transfer, done, declined, pending and given back."""

from random import Random
from uuid import UUID

from domain.allocations import Part
from models.invoices import Invoice
from resolvers import payments
from resolvers.callers import Caller
from resolvers.gateways import Gateways
from resolvers.payments import MoneyIn
from server.outside.sandbox import SandboxGateway

CARDS = ("pm_card_visa", "pm_card_mastercard", "pm_card_chargeDeclined")


class Paying:
    """Pays invoices of one workspace, by the acts that callers have."""

    def __init__(self, caller: Caller, random: Random) -> None:
        self.caller, self.random = caller, random
        self.gateway = SandboxGateway(b"k" * 32, "https://billing.example")
        self.gateways = Gateways(self.gateway, self.gateway)

    async def keep_card(self, buyer: UUID) -> None:
        """A card of a customer, who may have one already."""
        card, is_default = self.random.choice(CARDS), self.random.random() < 0.5
        await payments.add_method(self.caller, self.gateway, buyer, card, is_default=is_default)

    async def pay(self, invoice: Invoice, *, whole: bool) -> None:
        """Pays an open invoice, or half of it; a little may go back."""
        due = invoice.amount_due_minor
        amount = due if whole else due // 2
        if self.random.random() < 0.5:
            payment_id = await self._by_card(invoice, "pm_card_visa", amount)
        else:
            payment_id = await self._by_transfer(invoice, amount)
        if not whole and amount > 1 and self.random.random() < 0.5:
            await payments.refund(self.caller, self.gateways, payment_id, 1)

    async def attempt(self, invoice: Invoice) -> None:
        """Tries to pay an open invoice, and comes to nothing, or to nothing yet."""
        card = self.random.choice(["pm_card_chargeDeclined", "pm_card_authenticationRequired"])
        await self._by_card(invoice, card, invoice.amount_due_minor)

    async def _by_card(self, invoice: Invoice, card: str, amount: int) -> UUID:
        done = await payments.pay_with_token(
            self.caller, self.gateway, invoice.id, card, amount_minor=amount
        )
        return done.id

    async def _by_transfer(self, invoice: Invoice, amount: int) -> UUID:
        pick = self.random.choice
        money = MoneyIn(
            customer_id=invoice.customer_id,
            amount_minor=amount + pick([0, 0, 7]),
            currency=invoice.currency,
            method=pick(["BANK_TRANSFER", "CASH", "CHEQUE", "OTHER"]),
            reference=pick([None, "R-1", 'é"\\']),
            allocations=(Part(invoice.id, amount),),
        )
        return await payments.record(self.caller, money)
