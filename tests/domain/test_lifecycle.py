"""The lifecycle: every cell of the rules' table, and what is read from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain.errors import (
    Conflict,
    InvalidTransition,
    InvoiceAlreadyPaid,
    InvoiceHasCreditNotes,
    InvoiceHasPayments,
    PaymentInProgress,
    Refusal,
)
from domain.lifecycle import (
    ACTIONS_BY_STATUS,
    Action,
    Status,
    after_finalize,
    after_unmark,
    available_actions,
    closed_by_finalize,
    display_status,
    is_overdue,
    require,
    require_version,
    require_voidable,
    settled_status,
)

# The table as the rules print it; "-" is refused, "gone" is deleted.
COLUMNS = ["DRAFT", "OPEN", "PARTIALLY_PAID", "PAID", "UNCOLLECTIBLE", "VOID"]
NOT_DRAFT, HAS_MONEY = "INVOICE_NOT_DRAFT", "INVOICE_HAS_PAYMENTS"
PART = "PARTIALLY_PAID PAID"
PAYMENT = f"- | {PART} | {PART} | INVOICE_ALREADY_PAID | UNCOLLECTIBLE PAID | -"
PRINTED = {
    "UPDATE": f"DRAFT | {NOT_DRAFT} | {NOT_DRAFT} | {NOT_DRAFT} | {NOT_DRAFT} | {NOT_DRAFT}",
    "DELETE": "gone | - | - | - | - | -",
    "FINALIZE": "OPEN PAID | - | - | - | - | -",
    "SEND": "OPEN PAID | OPEN | PARTIALLY_PAID | PAID | - | -",
    "PAY": PAYMENT,
    "RECORD_PAYMENT": PAYMENT,
    "VOID": f"- | VOID | {HAS_MONEY} | {HAS_MONEY} | VOID | -",
    "MARK_UNCOLLECTIBLE": "- | UNCOLLECTIBLE | UNCOLLECTIBLE | - | - | -",
    "UNMARK_UNCOLLECTIBLE": "- | - | - | - | OPEN PARTIALLY_PAID | -",
    "WRITE_OFF": "- | OPEN PAID | PARTIALLY_PAID PAID | - | - | -",
    "CREDIT": "- | OPEN PAID | PARTIALLY_PAID PAID | PAID | UNCOLLECTIBLE PAID | -",
    "PAYMENT_FAILS": "- | OPEN | PARTIALLY_PAID | PAID | UNCOLLECTIBLE | -",
    "REFUND": "- | - | OPEN PARTIALLY_PAID | OPEN PARTIALLY_PAID PAID | UNCOLLECTIBLE | -",
}
CELLS = [
    (action, status, cell.strip())
    for action, row in PRINTED.items()
    for status, cell in zip(COLUMNS, row.split("|"), strict=True)
]
REFUSALS_BY_CELL = {
    "-": "INVALID_TRANSITION",
    "INVOICE_ALREADY_PAID": "INVOICE_ALREADY_PAID",
    NOT_DRAFT: NOT_DRAFT,
    HAS_MONEY: HAS_MONEY,
}
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def refusal_of(status: str, action: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        require(status, action)
    return caught.value


def test_the_table_names_every_action_and_every_status() -> None:
    assert list(PRINTED) == list(Action)
    assert sorted(COLUMNS) == sorted(Status)


@pytest.mark.parametrize(("action", "status", "cell"), CELLS)
def test_every_cell_of_the_table_holds(action: str, status: str, cell: str) -> None:
    if cell in REFUSALS_BY_CELL:
        assert refusal_of(status, action).code == REFUSALS_BY_CELL[cell]
    else:
        assert require(status, action) == set(cell.replace("gone", "").split())


REFUSED = [(action, status) for action, status, cell in CELLS if cell in REFUSALS_BY_CELL]
PUBLIC = list(PRINTED)[: list(PRINTED).index("CREDIT") + 1]


@pytest.mark.parametrize(("action", "status"), REFUSED)
def test_a_refusal_says_from_where_what_and_what_else(action: str, status: str) -> None:
    refusal = refusal_of(status, action)

    allowed = [other for other in PUBLIC if (other, status) not in REFUSED]
    assert refusal.meta == {"from": status, "action": action, "allowed": allowed}
    assert refusal.message.endswith(".")


@pytest.mark.parametrize(
    ("status", "actions"),
    [
        ("DRAFT", "UPDATE DELETE FINALIZE SEND"),
        ("OPEN", "SEND PAY RECORD_PAYMENT VOID MARK_UNCOLLECTIBLE WRITE_OFF CREDIT"),
        ("PARTIALLY_PAID", "SEND PAY RECORD_PAYMENT MARK_UNCOLLECTIBLE WRITE_OFF CREDIT"),
        ("PAID", "SEND CREDIT"),
        ("VOID", ""),
        ("UNCOLLECTIBLE", "PAY RECORD_PAYMENT VOID UNMARK_UNCOLLECTIBLE CREDIT"),
    ],
)
def test_each_status_has_its_actions_in_the_public_order(status: str, actions: str) -> None:
    due_minor = 0 if status in ("PAID", "VOID", "UNCOLLECTIBLE") else 100

    assert list(ACTIONS_BY_STATUS[Status(status)]) == actions.split()
    assert available_actions(status, due_minor) == actions.split()


def test_actions_are_plain_text() -> None:
    assert {type(action) for action in available_actions("OPEN", 1)} == {str}


def test_money_or_credit_notes_on_an_invoice_hide_its_voiding() -> None:
    assert "VOID" not in available_actions("UNCOLLECTIBLE", 0, amount_paid_minor=1)
    assert "VOID" not in available_actions("OPEN", 1, amount_credited_minor=1)


def test_what_is_written_off_and_recovered_hides_paying() -> None:
    actions = available_actions("UNCOLLECTIBLE", 0, amount_written_off_minor=0)

    assert "PAY" not in actions
    assert "RECORD_PAYMENT" not in actions


def test_a_credit_note_is_offered_while_something_can_be_credited() -> None:
    left = available_actions("PAID", 0, amount_credited_minor=99, total_minor=100)
    nothing = available_actions("PAID", 0, amount_credited_minor=100, total_minor=100)
    assert (left, nothing) == (["SEND", "CREDIT"], ["SEND"])


def test_a_write_off_is_offered_up_to_the_workspaces_limit() -> None:
    assert "WRITE_OFF" in available_actions("OPEN", 100, small_balance_limit_minor=100)
    assert "WRITE_OFF" not in available_actions("OPEN", 101, small_balance_limit_minor=100)
    assert "WRITE_OFF" not in available_actions("OPEN", 1, small_balance_limit_minor=0)


@pytest.mark.parametrize(
    ("status", "action", "hint"),
    [
        ("DRAFT", "VOID", "delete it instead"),
        ("OPEN", "DELETE", "void it instead"),
        ("PAID", "VOID", "credit note"),
        ("OPEN", "UPDATE", "credit note"),
        ("DRAFT", "PAY", "Finalize it first"),
    ],
)
def test_a_refusal_says_what_to_do_instead(status: str, action: str, hint: str) -> None:
    assert hint in refusal_of(status, action).message


def test_an_invoice_with_nothing_on_it_can_be_voided() -> None:
    require_voidable("OPEN")
    require_voidable("UNCOLLECTIBLE")


def test_what_happened_on_an_invoice_forbids_voiding_it() -> None:
    with pytest.raises(InvoiceHasPayments, match="refund that first") as caught:
        require_voidable("UNCOLLECTIBLE", amount_paid_minor=1)
    assert caught.value.meta is not None
    with pytest.raises(PaymentInProgress):
        require_voidable("OPEN", has_pending_payment=True)
    with pytest.raises(InvoiceHasCreditNotes):
        require_voidable("OPEN", has_credit_notes=True)
    with pytest.raises(InvalidTransition):
        require_voidable("VOID")


def test_an_invoice_is_paid_at_once_where_nothing_is_due() -> None:
    assert (after_finalize(1), after_finalize(0)) == ("OPEN", "PAID")
    assert closed_by_finalize(100, 40) is None
    assert closed_by_finalize(100, 0) == "CREDIT_BALANCE"
    assert closed_by_finalize(0, 0) == "ZERO_TOTAL"


@pytest.mark.parametrize(
    ("what", "status", "due", "paid", "lost", "after"),
    [
        ("part of it is paid", "OPEN", 60, 40, 0, "PARTIALLY_PAID"),
        ("the rest is paid", "PARTIALLY_PAID", 0, 100, 0, "PAID"),
        ("part of it is credited", "OPEN", 60, 0, 0, "OPEN"),
        ("all of it is credited", "OPEN", 0, 0, 0, "PAID"),
        ("the rest is credited", "PARTIALLY_PAID", 0, 40, 0, "PAID"),
        ("part of it is refunded", "PAID", 40, 60, 0, "PARTIALLY_PAID"),
        ("all of it is refunded", "PAID", 100, 0, 0, "OPEN"),
        ("a refund is tied to a credit note", "PAID", 0, 60, 0, "PAID"),
        ("its small balance is written off", "PARTIALLY_PAID", 0, 99, 1, "PAID"),
        ("part of it is recovered", "UNCOLLECTIBLE", 0, 40, 60, "UNCOLLECTIBLE"),
        ("all of it is recovered", "UNCOLLECTIBLE", 0, 100, 0, "PAID"),
        ("money moves on a void one", "VOID", 0, 0, 0, "VOID"),
        ("money moves on a draft", "DRAFT", 100, 0, 0, "DRAFT"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_amounts_say_the_status_after(
    what: str, status: str, due: int, paid: int, lost: int, after: str
) -> None:
    found = settled_status(
        status, amount_due_minor=due, amount_paid_minor=paid, amount_written_off_minor=lost
    )

    assert found == after


def test_amounts_lead_nowhere_that_the_table_does_not_allow() -> None:
    for status, due, paid in product(("OPEN", "PARTIALLY_PAID"), (0, 50), (50, 100)):
        after = settled_status(
            status, amount_due_minor=due, amount_paid_minor=paid, amount_written_off_minor=0
        )
        assert after in require(status, "PAY")


def test_unmarking_goes_back_to_where_it_was() -> None:
    assert (after_unmark(0), after_unmark(1)) == ("OPEN", "PARTIALLY_PAID")


@pytest.mark.parametrize("status", Status)
def test_only_what_is_open_and_owed_can_be_overdue(status: Status) -> None:
    late = NOW + timedelta(days=30)
    can_be = status in ("OPEN", "PARTIALLY_PAID")

    assert is_overdue(status, 100, NOW, late) is can_be
    assert is_overdue(status, 0, NOW, late) is False
    assert display_status(status, 100, NOW, late) == ("OVERDUE" if can_be else status)
    assert display_status(status, 0, NOW, late) == status


def test_the_due_instant_itself_is_not_late() -> None:
    assert not is_overdue("OPEN", 1, NOW, NOW)
    assert is_overdue("OPEN", 1, NOW, NOW + timedelta(microseconds=1))


def test_an_unknown_status_or_action_is_an_error() -> None:
    with pytest.raises(ValueError, match="OVERDUE"):
        require("OVERDUE", "VOID")
    with pytest.raises(ValueError, match="SHRED"):
        require("OPEN", "SHRED")


def test_a_paid_invoice_takes_no_payment() -> None:
    assert isinstance(refusal_of("PAID", "PAY"), InvoiceAlreadyPaid)


def test_a_change_for_another_version_is_a_conflict() -> None:
    require_version(3, None)
    require_version(3, 3)
    with pytest.raises(Conflict) as caught:
        require_version(3, 2)
    assert caught.value.meta == {"current": 3}
    assert caught.value.field == ("expectedVersion",)
