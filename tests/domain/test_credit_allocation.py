"""Where a credit note's amount goes: off what is owed first, and the rest back to the payer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.credit_allocation import Balance, Division, divide
from domain.errors import CreditAllocationMismatch, Refused

amounts = st.integers(0, 10**6)


def test_an_open_invoice_owes_less() -> None:
    division = divide(3000, Balance(10_000), "USD")

    assert division.pre_payment_minor == 3000
    assert division.post_payment_minor == 0
    assert division.after(Balance(10_000)) == Balance(7000)


def test_a_paid_invoice_gives_it_all_to_the_credit_balance_where_nothing_is_asked() -> None:
    paid = Balance(0, amount_paid_minor=10_000)

    division = divide(3000, paid, "USD")

    assert (division.credit_balance_minor, division.moved_minor) == (3000, 3000)
    assert division.after(paid) == Balance(0, amount_paid_minor=7000)


def test_a_partly_paid_invoice_owes_nothing_before_anything_goes_back() -> None:
    partly = Balance(4000, amount_paid_minor=6000)

    division = divide(10_000, partly, "USD", refund_minor=5000, out_of_band_minor=1000)

    assert division.pre_payment_minor == 4000
    assert division.unpaid_minor == 6000
    assert division.after(partly) == Balance(0)


def test_what_came_from_the_credit_balance_returns_there_first() -> None:
    applied = Balance(0, amount_paid_minor=7000, credit_balance_applied_minor=3000)

    division = divide(4000, applied, "USD")

    assert division.credit_balance_returned_minor == 3000
    assert division.moved_minor == 1000
    assert division.after(applied) == Balance(0, amount_paid_minor=6000)


def test_a_refund_leaves_alone_what_came_from_the_credit_balance() -> None:
    applied = Balance(0, amount_paid_minor=7000, credit_balance_applied_minor=3000)

    division = divide(7000, applied, "USD", refund_minor=7000)

    assert division.after(applied) == Balance(0, credit_balance_applied_minor=3000)


def test_an_uncollectible_invoice_has_less_written_off() -> None:
    lost = Balance(0, amount_paid_minor=2000, amount_written_off_minor=8000)

    division = divide(9000, lost, "USD")

    assert (division.due_reduced_minor, division.write_off_reversed_minor) == (0, 8000)
    assert division.post_payment_minor == 1000
    assert division.after(lost) == Balance(0, amount_paid_minor=1000)


def test_what_is_due_goes_down_before_a_write_off() -> None:
    both = Balance(500, amount_written_off_minor=100)

    division = divide(550, both, "USD")

    assert (division.due_reduced_minor, division.write_off_reversed_minor) == (500, 50)


@pytest.mark.parametrize(
    "asked",
    [
        {"refund_minor": 0},
        {"refund_minor": 2999},
        {"refund_minor": 3001},
        {"refund_minor": 1500, "out_of_band_minor": 1501},
        {"credit_balance_minor": 3000, "out_of_band_minor": 1},
    ],
)
def test_what_goes_back_comes_to_exactly_what_was_paid(asked: dict[str, int]) -> None:
    with pytest.raises(CreditAllocationMismatch) as caught:
        divide(3000, Balance(0, amount_paid_minor=10_000), "USD", **asked)

    assert caught.value.meta == {"postPayment": 3000}
    assert caught.value.message.startswith("30.00 USD of this credit note was paid already")


def test_nothing_goes_back_of_what_nobody_paid() -> None:
    divide(3000, Balance(3000), "USD", refund_minor=0)

    with pytest.raises(CreditAllocationMismatch) as caught:
        divide(3000, Balance(3000), "USD", out_of_band_minor=1)
    assert caught.value.meta == {"postPayment": 0}
    assert caught.value.field == ("outOfBandAmount",)


def test_only_paid_money_can_be_refunded() -> None:
    applied = Balance(0, amount_paid_minor=2000, credit_balance_applied_minor=8000)

    with pytest.raises(CreditAllocationMismatch) as caught:
        divide(
            10_000,
            applied,
            "USD",
            refund_minor=2000,
            out_of_band_minor=1,
            credit_balance_minor=7999,
        )

    assert caught.value.meta == {"postPayment": 10_000, "max": 2000}


def test_less_than_nothing_is_refused_where_it_stands() -> None:
    with pytest.raises(Refused) as caught:
        divide(3000, Balance(0, 3000), "USD", refund_minor=3001, credit_balance_minor=-1)

    refusal = caught.value.refusals[0]
    assert (refusal.code, refusal.field) == ("OUT_OF_RANGE", ("creditBalanceAmount",))


def test_a_note_beyond_all_terms_of_the_balance_is_an_error() -> None:
    with pytest.raises(ValueError, match="more than the invoice"):
        divide(101, Balance(50, 50), "USD")


@given(st.builds(Balance, amounts, amounts, amounts, amounts), st.data())
def test_the_terms_stay_above_zero_and_the_formula_holds(
    balance: Balance, data: st.DataObject
) -> None:
    total = data.draw(st.integers(0, sum(_terms(balance))))

    division = divide(total, balance, "USD", **_ways(division_of(total, balance), balance, data))

    after = division.after(balance)
    assert min(_terms(after)) >= 0
    assert division.pre_payment_minor + division.post_payment_minor == total
    assert sum(_terms(balance)) - sum(_terms(after)) == total


@given(st.builds(Balance, amounts, amounts), amounts)
def test_nothing_goes_back_while_anything_is_due(balance: Balance, total: int) -> None:
    assume(total <= sum(_terms(balance)))

    division = divide(total, balance, "USD")

    assert not division.post_payment_minor or not division.after(balance).amount_due_minor


def division_of(total: int, balance: Balance) -> Division:
    return divide(total, balance, "USD")


def _terms(balance: Balance) -> tuple[int, int, int, int]:
    return (
        balance.amount_due_minor,
        balance.amount_paid_minor,
        balance.credit_balance_applied_minor,
        balance.amount_written_off_minor,
    )


def _ways(division: Division, balance: Balance, data: st.DataObject) -> dict[str, Any]:
    post = division.post_payment_minor
    refund = data.draw(st.integers(0, min(post, balance.amount_paid_minor)))
    out_of_band = data.draw(st.integers(0, min(post, balance.amount_paid_minor) - refund))
    return {
        "refund_minor": refund,
        "out_of_band_minor": out_of_band,
        "credit_balance_minor": post - refund - out_of_band,
    }
