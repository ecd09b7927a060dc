"""The ledger's rules: what each entry does to an invoice's balance."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.ledger import (
    AGAINST,
    Account,
    Amounts,
    Entry,
    account_id,
    entered,
    summed,
)

WORKSPACE, INVOICE, CUSTOMER = UUID(int=1), UUID(int=2), UUID(int=3)
MOVING = [kind for kind in Entry if kind is not Entry.VOIDED]


@given(some.lists(some.tuples(some.sampled_from(MOVING), some.integers(-(10**14), 10**14))))
def test_what_is_due_is_the_sum_of_the_entries(entries: list[tuple[Entry, int]]) -> None:
    assert summed(entries).due == sum(amount for _, amount in entries)


def test_every_kind_of_entry_has_an_account_on_its_other_side() -> None:
    assert set(AGAINST) == set(Entry)
    assert Account.RECEIVABLE not in AGAINST.values()


def test_a_payment_is_paid_and_a_refund_of_it_is_refunded() -> None:
    paid = summed([(Entry.ISSUED, 100), (Entry.PAYMENT, -100)])
    assert (paid.amount_paid, paid.due) == (100, 0)

    back = entered(paid, Entry.REFUND, 30)

    assert (back.amount_paid, back.amount_refunded, back.due) == (70, 30, 30)


def test_a_recovered_loss_is_paid_instead_of_written_off() -> None:
    lost = summed([(Entry.ISSUED, 100), (Entry.WRITE_OFF, -100)])

    found = entered(entered(lost, Entry.RECOVERY, 40), Entry.PAYMENT, -40)

    assert (found.amount_written_off, found.amount_paid, found.due) == (60, 40, 0)


def test_a_void_invoice_keeps_its_total() -> None:
    assert entered(Amounts(total=100), Entry.VOIDED, -100) == Amounts(total=100)


def test_accounts_are_told_apart_by_what_they_are_for() -> None:
    receivable = account_id(WORKSPACE, Account.RECEIVABLE, "EUR", INVOICE)
    others = {
        account_id(WORKSPACE, kind, currency, owner)
        for kind in Account
        if kind is not Account.RECEIVABLE
        for currency in ("EUR", "USD")
        for owner in (INVOICE, CUSTOMER, None)
    }
    assert receivable == INVOICE
    assert len(others) == (len(Account) - 1) * 2 * 3


@pytest.mark.parametrize("kind", list(Account))
def test_the_same_account_is_found_again(kind: Account) -> None:
    found = [account_id(WORKSPACE, kind, "EUR", INVOICE) for _ in range(2)]
    assert found[0] == found[1]
