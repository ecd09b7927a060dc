"""Which invoices a payment pays, which part of it goes back first, and what it costs on top."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from domain.errors import (
    AllocationMismatch,
    AmountExceedsBalance,
    AmountTooLarge,
    Collector,
    InvalidArgument,
    OutOfRange,
    RefundExceedsRefundable,
)
from domain.limits import AMOUNT_MAX_MINOR
from domain.money import round_half_away, to_major

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice that takes money; `balance_minor` is what it takes at most.

    That is what is due, or of an UNCOLLECTIBLE one what is written off.
    """

    id: UUID
    due_at: datetime
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an amount, by the id of what it belongs to; more than 0 minor units."""

    id: UUID
    minor: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An amount over several invoices; what none of them took is left over, in minor units."""

    parts: tuple[Part, ...]
    left_minor: int


def check_amount(amount_minor: int, path: Path = ("amount",)) -> int:
    """A payment's or refund's amount. Raises OutOfRange or AmountTooLarge at `path`."""
    if amount_minor <= 0:
        raise OutOfRange("Give an amount above 0.", field=path, meta={"min": 1})
    if amount_minor > AMOUNT_MAX_MINOR:
        message = "The amount is more than an amount can be."
        raise AmountTooLarge(message, field=path, meta={"max": AMOUNT_MAX_MINOR})
    return amount_minor


def oldest_first(invoices: Iterable[OpenInvoice], amount_minor: int) -> Placed:
    """Place an amount on invoices, each up to its balance: oldest due first, then by id.

    What all of them leave is left over, for the customer's credit balance (rules: Payments).
    """
    left, parts = amount_minor, []
    for invoice in sorted(invoices, key=lambda invoice: (invoice.due_at, invoice.id)):
        taken = min(left, invoice.balance_minor)
        left -= taken
        if taken:
            parts.append(Part(invoice.id, taken))
    return Placed(tuple(parts), left)


def as_asked(
    allocations: Sequence[Part],
    balances_minor: Mapping[UUID, int],
    amount_minor: int,
    currency: str,
    path: Path = ("allocations",),
) -> Placed:
    """Place an amount as its payer asks; `balances_minor` has every invoice that is asked for.

    Raises Refusals at `path`: at (k, "invoiceId") InvalidArgument for an invoice that was named
    before; at (k, "amount") OutOfRange with meta {min} for nothing or less, AmountExceedsBalance
    with meta {balance}. Where each is fine, but all come to more than the amount: AllocationMismatch
    with meta {max} (rules: Payments).
    """
    found = Collector()
    named = Counter[UUID]()
    for k, asked in enumerate(allocations):
        found.keep(_check_new, asked.id, named, (*path, k, "invoiceId"))
        found.keep(check_amount, asked.minor, (*path, k, "amount"))
        balance = balances_minor[asked.id]
        found.keep(check_balance, asked.minor, balance, currency, (*path, k, "amount"))
    found.refuse()
    left = amount_minor - sum(asked.minor for asked in allocations)
    if left < 0:
        message = f"The allocations come to {to_major(-left, currency)} {currency} too much."
        raise AllocationMismatch(message, field=path, meta={"max": amount_minor})
    return Placed(tuple(allocations), left)


def check_balance(
    amount_minor: int, balance_minor: int, currency: str, path: Path = ("amount",)
) -> int:
    """The amount, where it is at most the balance.

    Raises AmountExceedsBalance with meta {balance} at `path` (rules: Payments).
    """
    if amount_minor > balance_minor:
        raise AmountExceedsBalance(
            f"Only {to_major(balance_minor, currency)} {currency} is due on this invoice.",
            field=path,
            meta={"balance": balance_minor},
        )
    return amount_minor


def give_back(
    parts: Sequence[Part], amount_minor: int, currency: str, path: Path = ("amount",)
) -> tuple[Part, ...]:
    """What of each part an amount takes back, the newest first; `parts` come oldest first.

    Serves a refund over what a payment paid, and a credit note's refund over an invoice's
    payments. Raises RefundExceedsRefundable with meta {max} at `path` where the parts come to less
    (rules: Payments).
    """
    most = sum(part.minor for part in parts)
    if amount_minor > most:
        message = f"Only {to_major(most, currency)} {currency} of it is left to refund."
        raise RefundExceedsRefundable(message, field=path, meta={"max": most})
    left, taken = amount_minor, []
    for part in reversed(parts):
        minor = min(left, part.minor)
        left -= minor
        if minor:
            taken.append(Part(part.id, minor))
    return tuple(taken)


def fee(amount_minor: int, percent: Decimal, fixed_minor: int = 0) -> int:
    """The payer's surcharge on an amount, in minor units: r(amount x percent / 100) + fixed.

    It is charged on top and is no part of the amount (rules: Payments).
    """
    return round_half_away(amount_minor * Fraction(percent) / 100) + fixed_minor


def _check_new(invoice_id: UUID, named: Counter[UUID], path: Path) -> None:
    named[invoice_id] += 1
    if named[invoice_id] > 1:
        raise InvalidArgument("This invoice is named above already; name it once.", field=path)
