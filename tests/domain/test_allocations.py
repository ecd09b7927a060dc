"""Allocations: money goes to the oldest invoice first, and comes back from the newest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocations import (
    OpenInvoice,
    Part,
    Placed,
    as_asked,
    check_amount,
    check_balance,
    fee,
    give_back,
    oldest_first,
)
from domain.errors import (
    AllocationMismatch,
    AmountExceedsBalance,
    AmountTooLarge,
    OutOfRange,
    RefundExceedsRefundable,
    Refused,
)
from domain.limits import AMOUNT_MAX_MINOR

A, B, C = (UUID(int=n) for n in range(3))
JULY = datetime(2026, 7, 1, tzinfo=UTC)
AUGUST = JULY + timedelta(days=31)
BALANCES = {A: 1000, B: 500, C: 0}

open_invoices = st.lists(
    st.builds(OpenInvoice, st.uuids(), st.sampled_from([JULY, AUGUST]), st.integers(0, 10**6)),
    max_size=6,
)
parts_of_a_payment = st.lists(st.builds(Part, st.uuids(), st.integers(1, 10**6)), max_size=6)


def test_the_invoice_that_was_due_first_is_paid_first() -> None:
    invoices = [OpenInvoice(A, AUGUST, 1000), OpenInvoice(B, JULY, 500)]

    assert oldest_first(invoices, 700) == Placed((Part(B, 500), Part(A, 200)), 0)


def test_of_two_due_at_once_the_older_one_is_paid_first() -> None:
    invoices = [OpenInvoice(B, JULY, 500), OpenInvoice(A, JULY, 1000)]

    assert oldest_first(invoices, 1200).parts == (Part(A, 1000), Part(B, 200))


def test_what_no_invoice_takes_is_left_over() -> None:
    assert oldest_first([OpenInvoice(A, JULY, 1000)], 1250) == Placed((Part(A, 1000),), 250)
    assert oldest_first([], 1250) == Placed((), 1250)


@given(open_invoices, st.integers(0, 10**7))
def test_money_is_neither_lost_nor_made_and_no_invoice_gets_too_much(
    invoices: list[OpenInvoice], amount: int
) -> None:
    placed = oldest_first(invoices, amount)

    assert sum(part.minor for part in placed.parts) + placed.left_minor == amount
    balances = {invoice.id: invoice.balance_minor for invoice in invoices}
    assert all(0 < part.minor <= balances[part.id] for part in placed.parts)
    assert not placed.left_minor or len(placed.parts) == sum(map(bool, balances.values()))


def test_a_payer_may_say_which_invoices_are_paid() -> None:
    asked = [Part(B, 500), Part(A, 200)]

    assert as_asked(asked, BALANCES, 1000, "USD") == Placed(tuple(asked), 300)


def test_all_that_is_wrong_with_allocations_is_said_at_once() -> None:
    asked = [Part(A, 1001), Part(B, 0), Part(A, 1), Part(C, 1)]

    with pytest.raises(Refused) as caught:
        as_asked(asked, BALANCES, 10_000, "USD")

    assert [(one.code, one.field, one.meta) for one in caught.value.refusals] == [
        ("AMOUNT_EXCEEDS_BALANCE", ("allocations", "0", "amount"), {"balance": 1000}),
        ("OUT_OF_RANGE", ("allocations", "1", "amount"), {"min": 1}),
        ("INVALID_ARGUMENT", ("allocations", "2", "invoiceId"), None),
        ("AMOUNT_EXCEEDS_BALANCE", ("allocations", "3", "amount"), {"balance": 0}),
    ]


def test_allocations_come_to_no_more_than_the_amount() -> None:
    with pytest.raises(AllocationMismatch) as caught:
        as_asked([Part(A, 1000), Part(B, 1)], BALANCES, 1000, "USD")

    assert caught.value.field == ("allocations",)
    assert caught.value.meta == {"max": 1000}
    assert "0.01 USD" in caught.value.message


def test_a_payment_of_one_invoice_is_at_most_its_balance() -> None:
    assert check_balance(1000, 1000, "USD") == 1000
    with pytest.raises(AmountExceedsBalance) as caught:
        check_balance(1001, 1000, "USD")
    assert caught.value.meta == {"balance": 1000}


def test_an_amount_has_its_bounds() -> None:
    assert check_amount(AMOUNT_MAX_MINOR) == AMOUNT_MAX_MINOR
    with pytest.raises(AmountTooLarge):
        check_amount(AMOUNT_MAX_MINOR + 1)
    for amount in (0, -1):
        with pytest.raises(OutOfRange):
            check_amount(amount)


def test_what_was_paid_last_goes_back_first() -> None:
    paid = [Part(A, 1000), Part(B, 500)]

    assert give_back(paid, 700, "USD") == (Part(B, 500), Part(A, 200))
    assert give_back(paid, 500, "USD") == (Part(B, 500),)


def test_no_more_goes_back_than_came() -> None:
    with pytest.raises(RefundExceedsRefundable) as caught:
        give_back([Part(A, 1000), Part(B, 500)], 1501, "USD")
    assert caught.value.meta == {"max": 1500}


@given(parts_of_a_payment, st.data())
def test_parts_given_back_sum_to_the_amount(parts: list[Part], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(part.minor for part in parts)))

    back = give_back(parts, amount, "USD")

    assert sum(part.minor for part in back) == amount
    assert [part.id for part in back] == [part.id for part in reversed(parts)][: len(back)]


@pytest.mark.parametrize(
    ("amount", "percent", "fixed", "surcharge"),
    [
        (10_000, "2.9", 30, 320),
        (50, "1", 0, 1),
        (49, "1", 0, 0),
        (10_000, "0", 25, 25),
        (10_000, "0", 0, 0),
    ],
)
def test_a_fee_is_a_percentage_rounded_and_something_fixed(
    amount: int, percent: str, fixed: int, surcharge: int
) -> None:
    assert fee(amount, Decimal(percent), fixed) == surcharge
