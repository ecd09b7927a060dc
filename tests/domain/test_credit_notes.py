"""Credit notes: the golden examples, and what holds for any notes on any invoice."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credit_notes import (
    Credit,
    CreditableLine,
    check_note_voidable,
    credit_amount,
    credit_everything,
    credit_nets,
)
from domain.errors import (
    CreditExceedsCreditable,
    CreditNoteNotVoidable,
    OutOfRange,
    Refused,
    Required,
)
from domain.totals import compute
from tests.domain import reading_credit_notes
from tests.domain.random_invoices import Invoice, invoices
from tests.domain.reading_credit_notes import creditable, less

FOUR = [CreditableLine(net, tax) for net, tax in [(6833, 1367), (6833, 1366), (5750, 1150)]] + [
    CreditableLine(8500, 1700)
]

sides = st.booleans()
lines_by_hand = st.lists(
    st.builds(CreditableLine, st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=4
)


@pytest.mark.parametrize("name", reading_credit_notes.names())
def test_an_example_comes_to_what_it_says(name: str) -> None:
    answers, expected = reading_credit_notes.play(reading_credit_notes.read(name))

    assert answers == expected


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_note_a_line_in_any_order_sums_to_the_invoice_and_the_next_cent_is_refused(
    order: tuple[int, ...],
) -> None:
    lines, credited = FOUR, 0
    for i in order:
        credit = credit_nets(lines, {i: lines[i].net_minor}, "USD")
        lines, credited = less(lines, credit), credited + credit.total_minor

    assert credited == 33499
    with pytest.raises(CreditExceedsCreditable) as caught:
        credit_amount(lines, 1, "USD")
    assert caught.value.meta == {"max": 0}


@given(invoices(), st.data())
@settings(max_examples=300, deadline=None)
def test_any_notes_sum_to_the_invoice_exactly_and_never_exceed_it(
    invoice: Invoice, data: st.DataObject
) -> None:
    totals = compute(invoice.lines, invoice.discounts, invoice.policies)
    lines = creditable(totals, invoice.policies)

    notes = _some_notes(lines, data)

    assert sum(credit.tax_minor for credit in notes) == totals.tax_minor * bool(notes)
    assert sum(credit.total_minor for credit in notes) == totals.total_minor
    assert all(credit.total_minor > 0 for credit in notes)


@given(lines_by_hand, st.data())
@settings(max_examples=300, deadline=None)
def test_no_part_of_a_note_is_negative_or_more_than_what_is_left(
    lines: list[CreditableLine], data: st.DataObject
) -> None:
    live: list[Credit] = []
    for _ in range(data.draw(st.integers(1, 12))):
        if data.draw(sides) and live:
            lines = less(lines, live.pop(data.draw(st.integers(0, len(live) - 1))), sign=-1)
        elif any(line.left_minor for line in lines):
            live.append(_note(lines, data))
            for line, credit in zip(lines, live[-1].lines, strict=True):
                assert 0 <= credit.net_minor <= line.net_left_minor
                assert 0 <= credit.tax_minor <= line.tax_left_minor
            lines = less(lines, live[-1])


@given(lines_by_hand, st.data())
@settings(deadline=None)
def test_a_note_by_amount_comes_to_that_amount(
    lines: list[CreditableLine], data: st.DataObject
) -> None:
    most = sum(line.left_minor for line in lines)
    for amount in {data.draw(st.integers(1, most)) if most else 0} - {0}:
        assert credit_amount(lines, amount, "USD").total_minor == amount


@given(st.integers(1, 10**14), st.integers(0, 10**14), st.data())
def test_the_tax_of_the_notes_so_far_is_their_share_rounded_once(
    net: int, tax: int, data: st.DataObject
) -> None:
    lines = [CreditableLine(net, tax)]
    for _ in range(4):
        left = lines[0].net_left_minor
        if not left:
            break
        lines = less(lines, credit_nets(lines, {0: data.draw(st.integers(1, left))}, "USD"))
        # Half up, in whole numbers: floor((2 x tax x credited + net) / (2 x net)).
        share = (2 * tax * lines[0].credited_net_minor + net) // (2 * net)
        assert lines[0].credited_tax_minor == share


def test_everything_takes_what_earlier_notes_left() -> None:
    lines = less(FOUR, credit_amount(FOUR, 10_000, "USD"))

    assert credit_everything(lines, "USD").total_minor == 23_499


def test_lines_that_a_note_does_not_touch_are_false() -> None:
    credit = credit_nets(FOUR, {2: 100}, "USD")

    assert [bool(line) for line in credit.lines] == [False, False, True, False]
    assert (credit.net_minor, credit.tax_minor, credit.total_minor) == (100, 20, 120)


def test_a_line_whose_tax_is_more_than_its_price_is_credited_by_amounts_and_sums_exactly() -> None:
    lines = [CreditableLine(-1000, 2000), CreditableLine(500, 0)]

    credit = credit_amount(lines, 300, "USD")
    rest = credit_everything(less(lines, credit), "USD")

    assert credit.total_minor + rest.total_minor == 1500
    assert credit.tax_minor + rest.tax_minor == 2000
    with pytest.raises(Refused) as caught:
        credit_nets(lines, {0: 1}, "USD")
    assert caught.value.refusals[0].meta == {"max": 0}


def test_every_line_that_asks_for_too_much_or_nothing_is_named() -> None:
    with pytest.raises(Refused) as caught:
        credit_nets(FOUR, {3: 8501, 0: 0, 1: 6833}, "USD")

    refusals = caught.value.refusals
    assert [(refusal.code, refusal.field, refusal.meta) for refusal in refusals] == [
        ("CREDIT_EXCEEDS_CREDITABLE", ("lines", "0", "net"), {"max": 8500}),
        ("OUT_OF_RANGE", ("lines", "1", "net"), {"min": 1}),
    ]
    assert refusals[0].message == "85.00 USD is left here to credit."


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_more_than_nothing(amount: int) -> None:
    with pytest.raises(OutOfRange):
        credit_amount(FOUR, amount, "USD")


def test_a_note_by_lines_names_one() -> None:
    with pytest.raises(Required):
        credit_nets(FOUR, {}, "USD")


def test_a_note_can_be_voided_while_the_credit_balance_holds_it() -> None:
    check_note_voidable(returned_minor=0, credit_balance_minor=50, customer_balance_minor=50)

    for returned, held in [(1, 50), (0, 49)]:
        with pytest.raises(CreditNoteNotVoidable):
            check_note_voidable(
                returned_minor=returned, credit_balance_minor=50, customer_balance_minor=held
            )


def _some_notes(lines: list[CreditableLine], data: st.DataObject) -> list[Credit]:
    """Notes of all kinds until nothing is left, the last one taking the rest."""
    notes: list[Credit] = []
    while any(line.left_minor for line in lines):
        last = len(notes) >= 4
        notes.append(credit_everything(lines, "USD") if last else _note(lines, data))
        lines = less(lines, notes[-1])
    return notes


def _note(lines: list[CreditableLine], data: st.DataObject) -> Credit:
    by_net = {i: line.net_left_minor for i, line in enumerate(lines) if line.net_left_minor > 0}
    if data.draw(sides) and by_net:
        chosen = data.draw(st.sets(st.sampled_from(sorted(by_net)), min_size=1))
        nets = {i: data.draw(st.integers(1, by_net[i])) for i in sorted(chosen)}
        return credit_nets(lines, nets, "USD")
    amount = data.draw(st.integers(1, sum(line.left_minor for line in lines)))
    return credit_amount(lines, amount, "USD")
