"""The ledger's rules: the kinds of transfer, the accounts they move between, and what an entry does to an invoice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid5


class Account(StrEnum):
    """What an account is for.

    RECEIVABLE and WRITTEN_OFF are an invoice's own, CREDIT a customer's; these count what they hold,
    for it has a limit. The others are a workspace's, one a currency.
    """

    RECEIVABLE = "RECEIVABLE"
    WRITTEN_OFF = "WRITTEN_OFF"
    CREDIT = "CREDIT"
    CASH = "CASH"
    SALES = "SALES"
    CREDITED = "CREDITED"
    INTEREST = "INTEREST"
    REFUNDS = "REFUNDS"
    OUT_OF_BAND = "OUT_OF_BAND"
    FEES = "FEES"


COUNTED = frozenset({Account.RECEIVABLE, Account.WRITTEN_OFF, Account.CREDIT})


class Entry(StrEnum):
    """What changes an invoice's amountDue, in the contract's order."""

    ISSUED = "ISSUED"
    VOIDED = "VOIDED"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    CREDIT_NOTE = "CREDIT_NOTE"
    CREDIT_NOTE_VOIDED = "CREDIT_NOTE_VOIDED"
    CREDIT_BALANCE_APPLIED = "CREDIT_BALANCE_APPLIED"
    CREDIT_BALANCE_RETURNED = "CREDIT_BALANCE_RETURNED"
    MOVED_TO_CREDIT_BALANCE = "MOVED_TO_CREDIT_BALANCE"
    RETURNED_OUT_OF_BAND = "RETURNED_OUT_OF_BAND"
    INTEREST = "INTEREST"
    INTEREST_WAIVED = "INTEREST_WAIVED"
    WRITE_OFF = "WRITE_OFF"
    RECOVERY = "RECOVERY"
    WRITE_OFF_REVERSED = "WRITE_OFF_REVERSED"


class Aside(StrEnum):
    """Transfers that no invoice's balance follows."""

    OVERPAYMENT = "OVERPAYMENT"
    OVERPAYMENT_RETURNED = "OVERPAYMENT_RETURNED"
    REFUND_PAID = "REFUND_PAID"
    REFUND_KEPT = "REFUND_KEPT"
    FEE = "FEE"


AGAINST: Mapping[Entry, Account] = MappingProxyType(
    {
        Entry.ISSUED: Account.SALES,
        Entry.VOIDED: Account.SALES,
        Entry.PAYMENT: Account.CASH,
        Entry.REFUND: Account.CASH,
        Entry.CREDIT_NOTE: Account.CREDITED,
        Entry.CREDIT_NOTE_VOIDED: Account.CREDITED,
        Entry.CREDIT_BALANCE_APPLIED: Account.CREDIT,
        Entry.CREDIT_BALANCE_RETURNED: Account.CREDIT,
        Entry.MOVED_TO_CREDIT_BALANCE: Account.CREDIT,
        Entry.RETURNED_OUT_OF_BAND: Account.OUT_OF_BAND,
        Entry.INTEREST: Account.INTEREST,
        Entry.INTEREST_WAIVED: Account.INTEREST,
        Entry.WRITE_OFF: Account.WRITTEN_OFF,
        Entry.RECOVERY: Account.WRITTEN_OFF,
        Entry.WRITE_OFF_REVERSED: Account.WRITTEN_OFF,
    }
)
"""The account on the other side of an invoice's receivable, unless an act says another."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """The terms of an invoice's balance, each a sum of its entries, in minor units."""

    total: int = 0
    interest: int = 0
    amount_paid: int = 0
    amount_credited: int = 0
    credit_balance_applied: int = 0
    amount_written_off: int = 0
    amount_refunded: int = 0

    @property
    def due(self) -> int:
        """What the terms leave; amountDue of any invoice but a void one (rules: Balance and ledger)."""
        lowered = self.amount_paid + self.amount_credited + self.amount_written_off
        return self.total + self.interest - lowered - self.credit_balance_applied


_TERM: Mapping[Entry, str] = MappingProxyType(
    {
        Entry.ISSUED: "total",
        Entry.PAYMENT: "amount_paid",
        Entry.REFUND: "amount_paid",
        Entry.CREDIT_NOTE: "amount_credited",
        Entry.CREDIT_NOTE_VOIDED: "amount_credited",
        Entry.CREDIT_BALANCE_APPLIED: "credit_balance_applied",
        Entry.CREDIT_BALANCE_RETURNED: "credit_balance_applied",
        Entry.MOVED_TO_CREDIT_BALANCE: "amount_paid",
        Entry.RETURNED_OUT_OF_BAND: "amount_paid",
        Entry.INTEREST: "interest",
        Entry.INTEREST_WAIVED: "interest",
        Entry.WRITE_OFF: "amount_written_off",
        Entry.RECOVERY: "amount_written_off",
        Entry.WRITE_OFF_REVERSED: "amount_written_off",
    }
)
_RAISING = frozenset({"total", "interest"})


def entered(amounts: Amounts, kind: Entry, entry_minor: int) -> Amounts:
    """The terms after an entry that adds `entry_minor` (signed) to amountDue.

    VOIDED moves none of them: a void invoice keeps its total, and owes nothing by its status.
    """
    if kind is Entry.VOIDED:
        return amounts
    term = _TERM[kind]
    change = entry_minor if term in _RAISING else -entry_minor
    after = replace(amounts, **{term: getattr(amounts, term) + change})
    if kind is Entry.REFUND:
        after = replace(after, amount_refunded=after.amount_refunded + entry_minor)
    return after


def summed(entries: Iterable[tuple[Entry, int]]) -> Amounts:
    """The terms that a whole ledger of an invoice comes to."""
    amounts = Amounts()
    for kind, entry_minor in entries:
        amounts = entered(amounts, kind, entry_minor)
    return amounts


def account_id(workspace_id: UUID, account: Account, currency: str, owner_id: UUID | None) -> UUID:
    """The id of an account: a receivable's is its invoice's own, others follow from what they are for.

    `owner_id` is the invoice (RECEIVABLE, WRITTEN_OFF), the customer (CREDIT), or nobody.
    """
    if account is Account.RECEIVABLE:
        assert owner_id is not None
        return owner_id
    return uuid5(owner_id or workspace_id, f"{account}:{currency}")
