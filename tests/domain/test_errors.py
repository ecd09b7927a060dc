"""Refusals: one class for each public code, with something to read for whoever meets it."""

from __future__ import annotations

import pytest

from domain.errors import (
    REFUSALS,
    Collector,
    Conflict,
    NotFound,
    OutOfRange,
    Refusal,
    Refusals,
    Refused,
    Required,
    refuse_any,
)

PUBLIC_CODES = """
REQUIRED INVALID_FORMAT OUT_OF_RANGE TOO_LONG INVALID_ARGUMENT CURSOR_INVALID NOT_FOUND FORBIDDEN
EMAIL_MISSING EMAIL_CONSENT_MISSING CUSTOMER_ARCHIVED MATTER_CUSTOMER_MISMATCH MATTER_CLOSED
CURRENCY_UNSUPPORTED CURRENCY_MISMATCH TAX_RATE_INVALID TAX_ID_REQUIRED TAX_NOT_COMPUTED
DUE_BEFORE_ISSUE ISSUE_DATE_IN_FUTURE ISSUE_DATE_OUT_OF_ORDER PERIOD_CLOSED
NO_LINES LINE_LIMIT DISCOUNT_EXCEEDS_LINE DISCOUNT_EXCEEDS_SUBTOTAL AMOUNT_TOO_LARGE METADATA_LIMIT
INVALID_TRANSITION INVOICE_NOT_DRAFT INVOICE_ALREADY_PAID INVOICE_HAS_PAYMENTS
INVOICE_HAS_CREDIT_NOTES NUMBER_TAKEN NUMBER_TEMPLATE_INVALID CONFLICT
AMOUNT_EXCEEDS_BALANCE ALLOCATION_MISMATCH PAYMENT_IN_PROGRESS PAYMENT_DECLINED
PAYMENT_METHOD_MISSING REFUND_EXCEEDS_REFUNDABLE CREDIT_EXCEEDS_CREDITABLE
CREDIT_ALLOCATION_MISMATCH CREDIT_NOTE_NOT_VOIDABLE WRITE_OFF_EXCEEDS_LIMIT
FX_RATE_UNAVAILABLE FX_RATE_STALE FX_ALREADY_LOCKED FX_PAIR_UNSUPPORTED
IDEMPOTENCY_KEY_REUSED IDEMPOTENCY_IN_PROGRESS URL_NOT_ALLOWED
""".split()  # noqa: SIM905 so it can be compared with the schema by eye

every_refusal = pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)


def test_there_is_a_refusal_for_each_public_code_in_the_public_order() -> None:
    assert list(REFUSALS) == PUBLIC_CODES


@every_refusal
def test_a_refusal_is_named_after_its_code(refusal: type[Refusal]) -> None:
    assert refusal.__name__ == refusal.code.title().replace("_", "")


@every_refusal
def test_a_refusal_describes_itself_in_one_sentence(refusal: type[Refusal]) -> None:
    assert refusal.description.endswith(".")
    assert 25 <= len(refusal.description) <= 100


def test_positions_in_a_path_are_text() -> None:
    assert OutOfRange("", field=("lines", 0, "quantity")).field == ("lines", "0", "quantity")


def test_a_refusal_moves_under_the_input_that_wraps_its_own() -> None:
    refusal = Conflict("Look again.", field=("expectedVersion",), meta={"current": 2})

    moved = refusal.under("invoice", 1)

    assert (type(moved), moved.message, moved.meta) == (Conflict, "Look again.", {"current": 2})
    assert moved.field == ("invoice", "1", "expectedVersion")


def test_one_refusal_and_several_are_read_the_same_way() -> None:
    one, other = Required("Here.", field=("a",)), NotFound("There.")

    assert one.refusals == (one,)
    assert Refusals([one, other]).refusals == (one, other)
    moved = Refusals([one, other]).under("x").refusals
    assert [refusal.field for refusal in moved] == [("x", "a"), ("x",)]


def test_nothing_to_refuse_is_not_refused() -> None:
    refuse_any([])
    Collector().refuse()


def test_a_collector_runs_every_check_and_refuses_at_the_end() -> None:
    def refuse(*names: str) -> int:
        raise Refusals([Required(name) for name in names])

    collector = Collector()
    assert collector.keep(len, "four") == 4
    assert collector.keep(refuse, "a", "b") is None
    assert collector.keep(refuse, "c") is None

    with pytest.raises(Refused, match="a; b; c"):
        collector.refuse()
