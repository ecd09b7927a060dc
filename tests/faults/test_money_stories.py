"""Money whatever happens to it: random acts on several invoices, the books proven after each step.

What the books should say is reckoned a second time from what went through, plainly: money in less
money out is what invoices were paid, less what went back, and what customers have unspent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.allocations import Part
from domain.errors import Refused
from models.connections import rows
from models.credit_notes import CreditNote
from models.payments import Payment
from resolvers import credit_notes, invoices, payments
from resolvers.callers import Caller
from resolvers.credit_notes import NoteInput
from resolvers.jobs import NotYet
from resolvers.payments import MoneyIn
from server.outside.sandbox import SandboxGateway
from tests.resolvers.making import later, someone, stored
from tests.resolvers.payments.making import buyer, only, owed, sandbox
from tests.verifying import wrong_with

CARDS = (
    *("pm_card_visa", "pm_card_visa", "pm_sandbox_timeout", "pm_card_chargeDeclined"),
    *("pm_card_authenticationRequired", "pm_sandbox_refundFails", "pm_sandbox_refundTimeout"),
    "pm_sandbox_lost",
)


@dataclass
class Business:
    """A workspace with customers and invoices, and someone who does anything to them."""

    caller: Caller
    random: Random
    gateway: SandboxGateway = field(default_factory=sandbox)
    customers: list[UUID] = field(default_factory=list)
    invoices: list[UUID] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def open(self, size: int) -> None:
        for _ in range(2):
            self.customers.append(await buyer(self.caller, self.gateway))
        for _ in range(size):
            await self.issue()

    async def do(self, act: str) -> None:
        """Does one act to something, which may refuse it."""
        try:
            await ACTS[act](self)
        except Refused as refused:
            self.refused += [refusal.code for refusal in refused.refusals]

    async def issue(self) -> None:
        cents = self.random.choice([1, 500, 10_000, 33_333])
        self.invoices.append(await owed(self.caller, self.random.choice(self.customers), cents))

    async def pay(self) -> None:
        amount = self.random.choice([None, None, self._cents()])
        await payments.pay(self.caller, self.gateway, self._invoice(), amount)

    async def pay_by_any_card(self) -> None:
        card = self.random.choice(CARDS)
        await payments.pay_with_token(self.caller, self.gateway, self._invoice(), card)

    async def record(self) -> None:
        found = await stored(self._invoice())
        amount = self._cents()
        parts = self.random.choice([None, (Part(found.id, min(amount, 400)),)])
        money = MoneyIn(found.customer_id, amount, "USD", "CASH", allocations=parts)
        await payments.record(self.caller, money)

    async def refund(self) -> None:
        found = await Payment.filter(workspace_id=self.caller.workspace_id).order_by("id")
        if found:
            amount = self.random.choice([None, self._cents()])
            payment = self.random.choice(found)
            await payments.refund(self.caller, only(self.gateway), payment.id, amount)

    async def credit(self) -> None:
        invoice = await stored(self._invoice())
        amount = self.random.choice([invoice.total_minor, self._cents()])
        post = max(0, amount - invoice.amount_due_minor)
        way = self.random.choice(["refund", "balance", "out of band", "anywhere"])
        wanted = NoteInput(
            invoice_id=invoice.id,
            amount_minor=amount,
            refund_minor=post if way == "refund" else None,
            credit_balance_minor=post if way == "balance" else None,
            out_of_band_minor=post if way == "out of band" else None,
        )
        await credit_notes.create(self.caller, only(self.gateway), wanted)

    async def void_note(self) -> None:
        found = await CreditNote.filter(workspace_id=self.caller.workspace_id).order_by("id")
        if found:
            await credit_notes.void(self.caller, self.random.choice(found).id)

    async def void(self) -> None:
        await invoices.void(self.caller, self._invoice())

    async def lose(self) -> None:
        act = self.random.choice([invoices.mark_uncollectible, invoices.unmark_uncollectible])
        await act(self.caller, self._invoice())

    async def approve(self) -> None:
        waiting = await rows(
            "SELECT reference FROM sandbox_charges WHERE workspace_id = $1 AND status = 'PENDING'",
            self.caller.workspace_id,
        )
        for row in waiting:
            approves = self.random.random() < 0.7
            await self.gateway.authenticate(row["reference"], approves=approves)

    async def follow_up(self) -> None:
        """Does what the worker would, hours later."""
        caller = later(self.caller, hours=2)
        for table, prefix, act in (
            ("payments", "pay", payments.follow_up),
            ("refunds", "re", payments.follow_up_refund),
        ):
            found = await rows(
                f"SELECT id FROM {table} WHERE workspace_id = $1 AND status = 'PENDING'",
                caller.workspace_id,
            )
            noun = "payment" if prefix == "pay" else "refund"
            for row in found:
                try:
                    await act(caller, only(self.gateway), {noun: f"{prefix}_{row['id'].hex}"})
                except NotYet:
                    continue

    def _invoice(self) -> UUID:
        return self.random.choice(self.invoices)

    def _cents(self) -> int:
        return self.random.choice([1, 250, 5_000, 10_000, 40_000])


ACTS: Mapping[str, Callable[[Business], Awaitable[None]]] = {
    act.__name__: act
    for act in (
        *(Business.issue, Business.pay, Business.pay_by_any_card, Business.record),
        *(Business.refund, Business.credit, Business.void_note, Business.void, Business.lose),
        *(Business.approve, Business.follow_up),
    )
}


async def prove(business: Business, database: str) -> None:
    """The books are right by themselves, and say what came and went."""
    place = business.caller.workspace_id
    assert await wrong_with(database, place) == set()
    [money] = await rows(CASH, place)
    assert money["held"] == money["came"] - money["went"]
    [gone] = await rows(AT_THE_GATEWAY, place)
    assert gone["charged"] >= gone["paid"]
    assert gone["returned"] >= gone["refunded"]


async def prove_settled(business: Business, database: str) -> None:
    """The same, once nothing is pending: the gateway's books and ours agree."""
    await business.approve()
    await business.follow_up()
    await prove(business, database)
    [gone] = await rows(AT_THE_GATEWAY, business.caller.workspace_id)
    assert (gone["charged"], gone["returned"]) == (gone["paid"], gone["refunded"])


@given(seed=st.integers(0, 2**32), acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=14))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_is_done_in_whichever_order_the_books_are_right(
    database: str, seed: int, acts: list[str]
) -> None:
    business = Business(await someone(), Random(seed))
    await business.open(3)
    for act in acts:
        await business.do(act)
        await prove(business, database)
    await prove_settled(business, database)


@pytest.mark.parametrize("seed", range(3))
async def test_of_64_who_act_at_once_none_spends_money_twice(database: str, seed: int) -> None:
    business = Business(await someone(), Random(seed))
    await business.open(20)
    doing = [act for act in ACTS if act not in ("issue", "approve", "follow_up")]

    async def client(number: int) -> None:
        own = Random(f"{seed}-{number}")
        mine = Business(
            business.caller, own, business.gateway, business.customers, business.invoices
        )
        for _ in range(4):
            await mine.do(own.choice(doing))

    await asyncio.gather(*(client(number) for number in range(64)))

    await prove(business, database)
    await prove_settled(business, database)
    [done] = await rows(DONE, business.caller.workspace_id)
    assert min(done.values()) > 0, f"something of each kind went through: {done}"


DONE = """
SELECT (SELECT count(*) FROM payments WHERE workspace_id = $1 AND gateway IS NOT NULL) AS charged,
    (SELECT count(*) FROM payments WHERE workspace_id = $1 AND gateway IS NULL) AS recorded,
    (SELECT count(*) FROM refunds WHERE workspace_id = $1 AND credit_note_id IS NULL) AS refunded,
    (SELECT count(*) FROM credit_notes WHERE workspace_id = $1) AS credited,
    (SELECT count(*) FROM invoices WHERE workspace_id = $1 AND status = 'VOID') AS voided
"""
CASH = """
SELECT coalesce((SELECT sum(CASE WHEN d.kind = 'CASH' THEN t.amount_minor ELSE 0 END
        - CASE WHEN c.kind = 'CASH' THEN t.amount_minor ELSE 0 END)
    FROM ledger_transfers t
    JOIN ledger_accounts d ON d.workspace_id = $1 AND d.id = t.debit_account_id
    JOIN ledger_accounts c ON c.workspace_id = $1 AND c.id = t.credit_account_id
    WHERE t.workspace_id = $1), 0) AS held,
    coalesce((SELECT sum(amount_minor + fee_minor) FROM payments
        WHERE workspace_id = $1 AND status NOT IN ('PENDING', 'FAILED')), 0) AS came,
    coalesce((SELECT sum(amount_minor) FROM refunds
        WHERE workspace_id = $1 AND status = 'SUCCEEDED'), 0) AS went
"""
AT_THE_GATEWAY = """
SELECT coalesce((SELECT sum(amount_minor) FROM sandbox_charges
        WHERE workspace_id = $1 AND status = 'SUCCEEDED'), 0) AS charged,
    coalesce((SELECT sum(refunded_minor) FROM sandbox_charges WHERE workspace_id = $1), 0) AS returned,
    coalesce((SELECT sum(amount_minor + fee_minor) FROM payments WHERE workspace_id = $1
        AND gateway IS NOT NULL AND status NOT IN ('PENDING', 'FAILED')), 0) AS paid,
    coalesce((SELECT sum(amount_refunded_minor) FROM payments
        WHERE workspace_id = $1 AND gateway IS NOT NULL), 0) AS refunded
"""
