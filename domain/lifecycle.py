"""What can be done to an invoice in which status, and which status follows: one table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from domain.errors import (
    Conflict,
    InvalidTransition,
    InvoiceAlreadyPaid,
    InvoiceHasCreditNotes,
    InvoiceHasPayments,
    InvoiceNotDraft,
    PaymentInProgress,
    Refusal,
)


class Status(StrEnum):
    """The stored statuses of an invoice."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    VOID = "VOID"
    UNCOLLECTIBLE = "UNCOLLECTIBLE"


class Action(StrEnum):
    """What callers do to invoices, in the public order, and below them what payments do."""

    UPDATE = "UPDATE"
    DELETE = "DELETE"
    FINALIZE = "FINALIZE"
    SEND = "SEND"
    PAY = "PAY"
    RECORD_PAYMENT = "RECORD_PAYMENT"
    VOID = "VOID"
    MARK_UNCOLLECTIBLE = "MARK_UNCOLLECTIBLE"
    UNMARK_UNCOLLECTIBLE = "UNMARK_UNCOLLECTIBLE"
    WRITE_OFF = "WRITE_OFF"
    CREDIT = "CREDIT"

    PAYMENT_FAILS = "PAYMENT_FAILS"
    REFUND = "REFUND"


PUBLIC_ACTIONS = tuple(Action)[: tuple(Action).index(Action.CREDIT) + 1]
OVERDUE = "OVERDUE"

Outcome = frozenset[Status] | type[Refusal]
"""A cell: the statuses that may follow (none: it is gone), or the refusal."""

_GONE: frozenset[Status] = frozenset()
_D = frozenset({Status.DRAFT})
_O = frozenset({Status.OPEN})
_PP = frozenset({Status.PARTIALLY_PAID})
_P = frozenset({Status.PAID})
_U = frozenset({Status.UNCOLLECTIBLE})
_V = frozenset({Status.VOID})
_NO = InvalidTransition
_FIXED = InvoiceNotDraft
_SETTLED = InvoiceAlreadyPaid
_MONEY = InvoiceHasPayments


def _row(
    draft: Outcome, open_: Outcome, partly: Outcome, paid: Outcome, lost: Outcome, void: Outcome
) -> Mapping[Status, Outcome]:
    return MappingProxyType(
        {
            Status.DRAFT: draft,
            Status.OPEN: open_,
            Status.PARTIALLY_PAID: partly,
            Status.PAID: paid,
            Status.UNCOLLECTIBLE: lost,
            Status.VOID: void,
        }
    )


# fmt: off
TABLE: Mapping[Action, Mapping[Status, Outcome]] = MappingProxyType({
    #                                 DRAFT     OPEN      PARTLY    PAID          LOST     VOID
    Action.UPDATE:               _row(_D,       _FIXED,   _FIXED,   _FIXED,       _FIXED,  _FIXED),
    Action.DELETE:               _row(_GONE,    _NO,      _NO,      _NO,          _NO,     _NO),
    Action.FINALIZE:             _row(_O | _P,  _NO,      _NO,      _NO,          _NO,     _NO),
    Action.SEND:                 _row(_O | _P,  _O,       _PP,      _P,           _NO,     _NO),
    Action.PAY:                  _row(_NO,      _PP | _P, _PP | _P, _SETTLED,     _U | _P, _NO),
    Action.RECORD_PAYMENT:       _row(_NO,      _PP | _P, _PP | _P, _SETTLED,     _U | _P, _NO),
    Action.VOID:                 _row(_NO,      _V,       _MONEY,   _MONEY,       _V,      _NO),
    Action.MARK_UNCOLLECTIBLE:   _row(_NO,      _U,       _U,       _NO,          _NO,     _NO),
    Action.UNMARK_UNCOLLECTIBLE: _row(_NO,      _NO,      _NO,      _NO,          _O | _PP, _NO),
    Action.WRITE_OFF:            _row(_NO,      _O | _P,  _PP | _P, _NO,          _NO,     _NO),
    Action.CREDIT:               _row(_NO,      _O | _P,  _PP | _P, _P,           _U | _P, _NO),
    # A failure may come after the invoice was paid in another way: it changes nothing.
    Action.PAYMENT_FAILS:        _row(_NO,      _O,       _PP,      _P,           _U,      _NO),
    Action.REFUND:               _row(_NO,      _NO,      _O | _PP, _O | _PP | _P, _U,      _NO),
})
# fmt: on
"""The rules' table of the lifecycle; everything else here is read from it (rules: Lifecycle)."""

ACTIONS_BY_STATUS: Mapping[Status, tuple[Action, ...]] = MappingProxyType(
    {
        status: tuple(a for a in PUBLIC_ACTIONS if isinstance(TABLE[a][status], frozenset))
        for status in Status
    }
)
"""What callers can do in each status, amounts apart, in the public order."""

_HINTS: Mapping[Action, Mapping[Status, str]] = MappingProxyType(
    {
        Action.UPDATE: {
            Status.OPEN: "Void it and change a duplicate, or issue a credit note.",
            Status.VOID: "Change a duplicate instead.",
        },
        Action.DELETE: {
            Status.OPEN: "Only drafts can be deleted; void it instead.",
            Status.PARTIALLY_PAID: "Only drafts can be deleted; issue a credit note instead.",
            Status.PAID: "Only drafts can be deleted; issue a credit note instead.",
        },
        Action.VOID: {
            Status.DRAFT: "A draft has nothing to void; delete it instead.",
            Status.PARTIALLY_PAID: "It has payments; refund them first, or issue a credit note.",
            Status.PAID: "It is paid; issue a credit note instead.",
            Status.UNCOLLECTIBLE: "Part of it was paid; refund that first.",
        },
        Action.PAY: {Status.DRAFT: "Finalize it first.", Status.PAID: "Nothing is due on it."},
        Action.RECORD_PAYMENT: {
            Status.DRAFT: "Finalize it first.",
            Status.PAID: "Nothing is due on it.",
        },
        Action.CREDIT: {Status.DRAFT: "Change the draft itself instead."},
        Action.WRITE_OFF: {Status.DRAFT: "Change or delete the draft instead."},
        Action.MARK_UNCOLLECTIBLE: {Status.DRAFT: "Finalize it first, or delete it."},
        Action.SEND: {Status.UNCOLLECTIBLE: "Unmark it as uncollectible first."},
    }
)

_HINTS_IN_ANY: Mapping[Action, str] = MappingProxyType(
    {
        Action.UPDATE: "Issue a credit note instead.",
        Action.DELETE: "Only drafts can be deleted.",
        Action.FINALIZE: "It was finalized already.",
    }
)

_DID: Mapping[Action, str] = MappingProxyType(
    {
        Action.UPDATE: "changed",
        Action.DELETE: "deleted",
        Action.FINALIZE: "finalized",
        Action.SEND: "sent",
        Action.PAY: "paid",
        Action.RECORD_PAYMENT: "paid",
        Action.VOID: "voided",
        Action.MARK_UNCOLLECTIBLE: "marked as uncollectible",
        Action.UNMARK_UNCOLLECTIBLE: "unmarked as uncollectible",
        Action.WRITE_OFF: "written off",
        Action.CREDIT: "credited",
        Action.PAYMENT_FAILS: "charged",
        Action.REFUND: "refunded",
    }
)


def require(status: str, action: str) -> frozenset[Status]:
    """The statuses that may follow `action` on an invoice in `status`; empty where it is deleted.

    Raises InvalidTransition, InvoiceNotDraft, InvoiceAlreadyPaid or InvoiceHasPayments, each with
    meta {from, action, allowed}. What amounts forbid is not seen here (rules: Lifecycle).
    """
    outcome = TABLE[Action(action)][Status(status)]
    if isinstance(outcome, frozenset):
        return outcome
    raise _refusal(outcome, Status(status), Action(action))


def _refusal(refusal: type[Refusal], status: Status, action: Action) -> Refusal:
    fact = f"An invoice that is {_words(status)} cannot be {_DID[action]}."
    hint = _HINTS.get(action, {}).get(status, _HINTS_IN_ANY.get(action, ""))
    allowed = [available.value for available in ACTIONS_BY_STATUS[status]]
    meta = {"from": status.value, "action": action.value, "allowed": allowed}
    return refusal(f"{fact} {hint}".strip(), meta=meta)


def _words(status: Status) -> str:
    return "a draft" if status is Status.DRAFT else status.value.lower().replace("_", " ")


def require_voidable(
    status: str,
    *,
    amount_paid_minor: int = 0,
    has_credit_notes: bool = False,
    has_pending_payment: bool = False,
) -> None:
    """Refuse to void an invoice that its status or what happened on it forbids.

    Raises what `require` does, and InvoiceHasPayments where something was paid and kept,
    PaymentInProgress, or InvoiceHasCreditNotes for live ones (rules: Void).
    """
    require(status, Action.VOID)
    if amount_paid_minor:
        raise _refusal(InvoiceHasPayments, Status(status), Action.VOID)
    if has_pending_payment:
        raise PaymentInProgress("A payment of it is still pending; wait for its outcome.")
    if has_credit_notes:
        raise InvoiceHasCreditNotes("It has credit notes; void those first.")


def settled_status(
    status: str, *, amount_due_minor: int, amount_paid_minor: int, amount_written_off_minor: int
) -> Status:
    """The status that an issued invoice's amounts say, after money moved on it.

    PAID where nothing is due, PARTIALLY_PAID where something was paid and kept, else OPEN; so a
    credit note alone never makes PARTIALLY_PAID. UNCOLLECTIBLE stays until all that was written off
    is recovered or credited. DRAFT and VOID stay: no money moves there (rules: Lifecycle).
    """
    present = Status(status)
    if present in (Status.DRAFT, Status.VOID):
        return present
    if present is Status.UNCOLLECTIBLE and amount_written_off_minor > 0:
        return present
    if amount_due_minor == 0:
        return Status.PAID
    return Status.PARTIALLY_PAID if amount_paid_minor > 0 else Status.OPEN


def after_finalize(amount_due_minor: int) -> Status:
    """OPEN, or PAID at once where nothing is due: a zero total, or enough credit balance."""
    return Status.OPEN if amount_due_minor else Status.PAID


def closed_by_finalize(total_minor: int, amount_due_minor: int) -> str | None:
    """What closed an invoice while it was finalized: ZERO_TOTAL, CREDIT_BALANCE, or nothing yet."""
    if amount_due_minor:
        return None
    return "CREDIT_BALANCE" if total_minor else "ZERO_TOTAL"


def after_unmark(amount_paid_minor: int) -> Status:
    """OPEN, or PARTIALLY_PAID where something of it was paid or recovered."""
    return Status.PARTIALLY_PAID if amount_paid_minor else Status.OPEN


def available_actions(
    status: str,
    amount_due_minor: int,
    *,
    amount_paid_minor: int = 0,
    amount_credited_minor: int = 0,
    amount_written_off_minor: int | None = None,
    small_balance_limit_minor: int | None = None,
    total_minor: int | None = None,
) -> list[str]:
    """The actions that would not be refused now, in the public order (rules: Lifecycle).

    What the table allows, less what the amounts given forbid: a credit note where all is credited,
    a void with money or credit notes on it, a payment where nothing is due or written off, a
    write-off of all that is due above the workspace's limit. Amounts left out forbid nothing.
    """
    forbidden: set[Action] = set()
    if amount_paid_minor or amount_credited_minor:
        forbidden.add(Action.VOID)
    owed_minor = amount_due_minor
    if status == Status.UNCOLLECTIBLE:
        owed_minor = 1 if amount_written_off_minor is None else amount_written_off_minor
    if owed_minor == 0:
        forbidden |= {Action.PAY, Action.RECORD_PAYMENT, Action.WRITE_OFF}
    if total_minor is not None and amount_credited_minor >= total_minor:
        forbidden.add(Action.CREDIT)
    if small_balance_limit_minor is not None:
        forgiven_minor = amount_written_off_minor or 0
        if amount_due_minor > small_balance_limit_minor - forgiven_minor:
            forbidden.add(Action.WRITE_OFF)
    return [action.value for action in ACTIONS_BY_STATUS[Status(status)] if action not in forbidden]


def is_overdue(status: str, amount_due_minor: int, due_at: datetime, now: datetime) -> bool:
    """Whether something is still due after its last instant; derived, never stored.

    Both instants are aware; at `due_at` itself it is not overdue yet (rules: Lifecycle).
    """
    owed = status in (Status.OPEN, Status.PARTIALLY_PAID) and amount_due_minor > 0
    return owed and now > due_at


def display_status(status: str, amount_due_minor: int, due_at: datetime, now: datetime) -> str:
    """What a person is shown: the stored status, or OVERDUE."""
    overdue = is_overdue(status, amount_due_minor, due_at, now)
    return OVERDUE if overdue else Status(status).value


def require_version(current: int, expected: int | None) -> None:
    """Refuse a change that was meant for another version than the current one; None is any.

    Raises Conflict with meta {current} (rules: Callers).
    """
    if expected is not None and expected != current:
        raise Conflict(
            f"It is at version {current} by now, not {expected}; read it again and retry.",
            field=("expectedVersion",),
            meta={"current": current},
        )
