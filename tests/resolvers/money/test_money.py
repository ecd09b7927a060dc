"""Money: random walks of every act that moves it, next to a model; after each step the books are proven."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.allocations import Part
from models.connections import rows
from models.credit_notes import CreditNote
from models.invoices import Invoice
from models.payments import Payment
from resolvers import credit_notes, invoices, payments
from resolvers.callers import Caller
from resolvers.credit_notes import NoteInput
from resolvers.payments import MoneyIn
from tests.resolvers.making import charge_interest, codes_of, later, someone, stored, wanted
from tests.resolvers.making import line as priced
from tests.resolvers.money.model import Bill, Books, Note, Paid
from tests.resolvers.payments.making import buyer, only, sandbox
from tests.verifying import wrong_with

T = TypeVar("T")
LIMIT = 500
CENTS = some.integers(0, 5_000)
AMOUNT = some.integers(1, 8_000)
SOME_OF = some.sampled_from([0.0, 0.3, 0.7, 1.0, 1.2])
PICK = some.integers(0, 10**6)
CARDS = ("pm_card_visa", "pm_card_chargeDeclined")


class Money(RuleBasedStateMachine):
    """Two payers, one with a good card and one whose card is declined, and their bills."""

    loop: asyncio.AbstractEventLoop
    dsn: str

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(act, self.loop).result(30)

    @initialize()
    def open_for_business(self) -> None:
        self.caller: Caller = self.run(someone(small_balance_limit=LIMIT))
        self.gateway = sandbox()
        self.payers = [self.run(buyer(self.caller, self.gateway, card)) for card in CARDS]
        self.books = Books(credit={0: 0, 1: 0})

    def attempt(self, act: Coroutine[Any, Any, Any], code: str | None) -> bool:
        """Runs an act that must be refused with a code, or go through; whether it did."""
        assert self.run(codes_of(act)) == ([code] if code else [])
        return code is None

    def bill(self, pick: int) -> Bill:
        return self.books.bills[pick % len(self.books.bills)]

    @rule(payer=some.integers(0, 1), cents=some.lists(CENTS, min_size=1, max_size=3))
    def issue(self, payer: int, cents: list[int]) -> None:
        self.caller = later(self.caller, days=1)
        lines = tuple(priced(cents=one, tax_percent=Decimal(20)) for one in cents)
        made = self.run(invoices.issue(self.caller, wanted(self.payers[payer], lines=lines)))
        total = self.run(stored(made)).total_minor
        self.books.issued(Bill(made, payer, total))

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK, share=SOME_OF)
    def pay_by_card(self, pick: int, share: float) -> None:
        bill = self.bill(pick)
        amount = max(1, round(bill.takes * share))
        code = _payable(bill, amount) or (None if bill.payer == 0 else "PAYMENT_DECLINED")
        act = payments.pay(self.caller, self.gateway, bill.id, amount)
        if self.attempt(act, code):
            paid = Paid(self.run(_newest_payment(self.caller)), bill.payer, amount, [])
            self.books.came_in(paid, [(bill, amount)])

    @rule(payer=some.integers(0, 1), amount=AMOUNT)
    def money_comes_in(self, payer: int, amount: int) -> None:
        placed = self.books.oldest_first(payer, amount)
        made = self.run(payments.record(self.caller, self.money(payer, amount)))
        self.books.came_in(Paid(made, payer, amount, []), placed)

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK, share=SOME_OF, spare=some.integers(0, 100))
    def money_comes_for_a_bill(self, pick: int, share: float, spare: int) -> None:
        bill = self.bill(pick)
        amount = max(1, round(bill.takes * share))
        given = self.money(bill.payer, amount + spare, ((bill.id, amount),))
        if self.attempt(payments.record(self.caller, given), _payable(bill, amount)):
            paid = Paid(self.run(_newest_payment(self.caller)), bill.payer, amount + spare, [])
            self.books.came_in(paid, [(bill, amount)])

    def money(
        self, payer: int, amount: int, parts: tuple[tuple[UUID, int], ...] | None = None
    ) -> MoneyIn:
        allocations = None if parts is None else tuple(Part(*part) for part in parts)
        return MoneyIn(self.payers[payer], amount, "USD", "CASH", allocations=allocations)

    @precondition(lambda self: self.books.payments)
    @rule(pick=PICK, share=SOME_OF)
    def refund(self, pick: int, share: float) -> None:
        payment = self.books.payments[pick % len(self.books.payments)]
        most = self.books.refundable(payment)
        amount = max(1, round(most * share))
        code = None if amount <= most else "REFUND_EXCEEDS_REFUNDABLE"
        act = payments.refund(self.caller, only(self.gateway), payment.id, amount)
        if self.attempt(act, code):
            self.books.went_back(payment, amount)

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK, share=SOME_OF, way=some.sampled_from(["credit", "refund", "out", "mixed"]))
    def credit(self, pick: int, share: float, way: str) -> None:
        bill = self.bill(pick)
        left = bill.total - bill.credited
        amount = max(1, round(left * share))
        due = min(amount, max(bill.due, 0))
        loss = min(amount - due, bill.written_off)
        post = amount - due - loss
        refund, out = _ways(way, post, bill.paid)
        given = NoteInput(
            bill.id,
            amount_minor=amount,
            refund_minor=refund,
            out_of_band_minor=out,
            credit_balance_minor=post - refund - out,
        )
        code = None if amount <= left else "CREDIT_EXCEEDS_CREDITABLE"
        code = "INVALID_TRANSITION" if bill.is_void else code
        if self.attempt(credit_notes.create(self.caller, only(self.gateway), given), code):
            made = self.run(_newest_note(self.caller))
            note = Note(made, bill, amount, due, loss, 0, [], refund, out)
            self.books.credited(note, refund, post - refund - out, out)

    @precondition(lambda self: self.books.notes)
    @rule(pick=PICK)
    def void_note(self, pick: int) -> None:
        note = self.books.notes[pick % len(self.books.notes)]
        held = self.books.credit[note.bill.payer] >= note.to_credit
        gone = note.is_void or note.refunded or note.out_of_band or not held
        act = credit_notes.void(self.caller, note.id)
        if self.attempt(act, "CREDIT_NOTE_NOT_VOIDABLE" if gone else None):
            self.books.note_voided(note)

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK)
    def void(self, pick: int) -> None:
        bill = self.bill(pick)
        code = None
        if bill.status in ("PARTIALLY_PAID", "PAID") or (bill.is_lost and bill.paid):
            code = "INVOICE_HAS_PAYMENTS"
        elif bill.is_void:
            code = "INVALID_TRANSITION"
        elif bill.credited:
            code = "INVOICE_HAS_CREDIT_NOTES"
        if self.attempt(invoices.void(self.caller, bill.id), code):
            self.books.credit[bill.payer] += bill.applied
            bill.applied = bill.interest = bill.written_off = 0
            bill.is_lost, bill.is_void = False, True

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK)
    def give_up(self, pick: int) -> None:
        bill = self.bill(pick)
        code = None if bill.status in ("OPEN", "PARTIALLY_PAID") else "INVALID_TRANSITION"
        if self.attempt(invoices.mark_uncollectible(self.caller, bill.id), code):
            bill.written_off += bill.due
            bill.is_lost = bill.was_given_up = True

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK)
    def hope_again(self, pick: int) -> None:
        bill = self.bill(pick)
        code = None if bill.is_lost else "INVALID_TRANSITION"
        if self.attempt(invoices.unmark_uncollectible(self.caller, bill.id), code):
            bill.written_off = 0
            bill.is_lost = bill.was_given_up = False

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK, amount=some.integers(1, LIMIT + 50))
    def forgive(self, pick: int, amount: int) -> None:
        bill = self.bill(pick)
        code = None
        if bill.status not in ("OPEN", "PARTIALLY_PAID"):
            code = "INVALID_TRANSITION"
        elif amount > bill.due:
            code = "AMOUNT_EXCEEDS_BALANCE"
        elif bill.written_off + amount > LIMIT:
            code = "WRITE_OFF_EXCEEDS_LIMIT"
        if self.attempt(invoices.write_off(self.caller, bill.id, amount), code):
            bill.written_off += amount

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK, minor=some.integers(1, 50))
    def charge_interest(self, pick: int, minor: int) -> None:
        bill = self.bill(pick)
        if bill.status in ("OPEN", "PARTIALLY_PAID"):
            self.run(charge_interest(bill.id, minor))
            bill.interest += minor

    @precondition(lambda self: self.books.bills)
    @rule(pick=PICK)
    def waive_interest(self, pick: int) -> None:
        bill = self.bill(pick)
        is_open = bill.status in ("OPEN", "PARTIALLY_PAID")
        waived = min(bill.interest, bill.due)
        code = None if is_open and waived else "OUT_OF_RANGE" if is_open else "INVALID_TRANSITION"
        if self.attempt(invoices.waive_interest(self.caller, bill.id), code):
            bill.interest -= waived

    @invariant()
    def the_database_agrees(self) -> None:
        found = {bill.id: bill for bill in self.run(_bills(self.caller))}
        for bill in self.books.bills:
            assert _amounts(found[bill.id]) == bill.amounts()

    @invariant()
    def credit_is_what_is_unspent(self) -> None:
        unspent = self.run(_unspent(self.caller))
        assert [unspent.get(payer, 0) for payer in self.payers] == list(self.books.credit.values())

    @invariant()
    def payments_gave_back_what_the_model_says(self) -> None:
        found = {payment.id: payment for payment in self.run(_payments(self.caller))}
        for payment in self.books.payments:
            assert found[payment.id].amount_refunded_minor == payment.refunded

    @invariant()
    def the_books_are_proven(self) -> None:
        assert self.run(wrong_with(self.dsn, self.caller.workspace_id)) == set()


def _payable(bill: Bill, amount: int) -> str | None:
    """What a payment of so much is refused with."""
    if bill.is_void:
        return "INVALID_TRANSITION"
    if bill.status == "PAID":
        return "INVOICE_ALREADY_PAID"
    return "AMOUNT_EXCEEDS_BALANCE" if amount > bill.takes else None


def _ways(way: str, post: int, paid: int) -> tuple[int, int]:
    """How much of what goes back is refunded, and how much settled out of band."""
    most = min(post, paid)
    if way == "mixed":
        return most // 3, most // 3
    return (most, 0) if way == "refund" else (0, most) if way == "out" else (0, 0)


async def _newest_note(caller: Caller) -> UUID:
    found = await CreditNote.filter(workspace_id=caller.workspace_id).order_by("-id").first()
    assert found is not None
    return found.id


async def _newest_payment(caller: Caller) -> UUID:
    found = await Payment.filter(workspace_id=caller.workspace_id).order_by("-id").first()
    assert found is not None
    return found.id


async def _bills(caller: Caller) -> list[Invoice]:
    return await Invoice.filter(workspace_id=caller.workspace_id)


async def _payments(caller: Caller) -> list[Payment]:
    return await Payment.filter(workspace_id=caller.workspace_id)


async def _unspent(caller: Caller) -> dict[UUID, int]:
    found = await rows(
        "SELECT customer_id, credits_minor - debits_minor AS unspent FROM ledger_accounts "
        "WHERE workspace_id = $1 AND kind = 'CREDIT'",
        caller.workspace_id,
    )
    return {row["customer_id"]: row["unspent"] for row in found}


def _amounts(bill: Invoice) -> tuple[object, ...]:
    return (
        bill.status,
        bill.amount_due_minor,
        bill.interest_minor,
        bill.amount_paid_minor,
        bill.amount_credited_minor,
        bill.credit_balance_applied_minor,
        bill.amount_written_off_minor,
        bill.amount_refunded_minor,
    )


@pytest.mark.timeout(600)
async def test_no_walk_of_money_leaves_the_model(database: str) -> None:
    Money.loop, Money.dsn = asyncio.get_running_loop(), database
    walks = settings(
        max_examples=20,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, Money, settings=walks)
