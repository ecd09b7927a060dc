"""Where a credit note's amount goes: off the balance, and back to who had paid already."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import CreditAllocationMismatch, OutOfRange, refuse_any
from domain.money import to_major

_PATHS = ("refundAmount", "creditBalanceAmount", "outOfBandAmount")


@dataclass(frozen=True, slots=True)
class Balance:
    """The terms of an invoice's balance that a credit note moves, in minor units, before it."""

    amount_due_minor: int
    amount_paid_minor: int = 0
    credit_balance_applied_minor: int = 0
    amount_written_off_minor: int = 0


@dataclass(frozen=True, slots=True)
class Division:
    """What goes where, in minor units.

    The note is `pre_payment_minor` + `post_payment_minor`. The first lowers the balance by
    `due_reduced_minor`, then the write-off by `write_off_reversed_minor`. The second goes back:
    `refund_minor` + `credit_balance_minor` + `out_of_band_minor`; of what goes to the credit
    balance, `credit_balance_returned_minor` had come from there and `moved_minor` was paid.
    """

    due_reduced_minor: int
    write_off_reversed_minor: int
    refund_minor: int
    credit_balance_minor: int
    out_of_band_minor: int
    credit_balance_returned_minor: int

    @property
    def pre_payment_minor(self) -> int:
        """What reduces what is owed, written off or not."""
        return self.due_reduced_minor + self.write_off_reversed_minor

    @property
    def post_payment_minor(self) -> int:
        """What was settled already and goes back."""
        return self.refund_minor + self.credit_balance_minor + self.out_of_band_minor

    @property
    def moved_minor(self) -> int:
        """What was paid on the invoice and is on the credit balance now."""
        return self.credit_balance_minor - self.credit_balance_returned_minor

    @property
    def unpaid_minor(self) -> int:
        """What the invoice's amountPaid goes down by."""
        return self.refund_minor + self.out_of_band_minor + self.moved_minor

    def after(self, balance: Balance) -> Balance:
        """The same terms after the note; amountCredited, not among them, goes up by its total."""
        return Balance(
            balance.amount_due_minor - self.due_reduced_minor,
            balance.amount_paid_minor - self.unpaid_minor,
            balance.credit_balance_applied_minor - self.credit_balance_returned_minor,
            balance.amount_written_off_minor - self.write_off_reversed_minor,
        )


def divide(
    total_minor: int,
    balance: Balance,
    currency: str,
    *,
    refund_minor: int | None = None,
    credit_balance_minor: int | None = None,
    out_of_band_minor: int | None = None,
) -> Division:
    """Divide a credit note of `total_minor`, at most what of the invoice can still be credited.

    It lowers what is due first, then what was written off (an UNCOLLECTIBLE invoice has nothing
    due). The rest was settled already and goes back as asked, all of it to the credit balance
    where nothing is asked; what came from the credit balance returns there before any payment is
    moved there (rules: Credit notes, Balance and ledger).

    Raises OutOfRange with meta {min} for less than nothing, CreditAllocationMismatch with meta
    {postPayment} where what is asked does not come to that, and with {postPayment, max} where
    refund and out-of-band amounts come to more than was paid.
    """
    due = min(total_minor, balance.amount_due_minor)
    reversed_ = min(total_minor - due, balance.amount_written_off_minor)
    post = total_minor - due - reversed_
    if post > balance.amount_paid_minor + balance.credit_balance_applied_minor:
        raise ValueError("a credit note takes back more than the invoice ever came to")
    asked = (refund_minor, credit_balance_minor, out_of_band_minor)
    refund, to_balance, out_of_band = _ways_back(asked, post, currency)
    _check_paid(refund + out_of_band, balance.amount_paid_minor, post, currency)
    returned = min(to_balance, balance.credit_balance_applied_minor)
    return Division(due, reversed_, refund, to_balance, out_of_band, returned)


def _ways_back(
    asked: tuple[int | None, int | None, int | None], post: int, currency: str
) -> tuple[int, int, int]:
    given = [path for path, way in zip(_PATHS, asked, strict=True) if way is not None]
    if not given:
        return 0, post, 0
    refund, to_balance, out_of_band = ways = [way or 0 for way in asked]
    refuse_any(
        [
            OutOfRange("Give back 0 or more.", field=(path,), meta={"min": 0})
            for path, way in zip(_PATHS, ways, strict=True)
            if way < 0
        ]
    )
    if sum(ways) != post:
        raise CreditAllocationMismatch(
            _mismatch(post, currency), field=(given[0],), meta=_meta(post)
        )
    return refund, to_balance, out_of_band


def _mismatch(post: int, currency: str) -> str:
    if not post:
        return "Nothing of this credit note was paid yet, so there is nothing to give back."
    amount = f"{to_major(post, currency)} {currency}"
    return (
        f"{amount} of this credit note was paid already: make refund, credit balance and "
        f"out-of-band amounts come to exactly that."
    )


def _check_paid(back: int, paid: int, post: int, currency: str) -> None:
    if back > paid:
        raise CreditAllocationMismatch(
            f"Only {to_major(paid, currency)} {currency} was paid and can be refunded or settled "
            "out of band; the rest came from the credit balance and goes back there.",
            field=("refundAmount",),
            meta=_meta(post) | {"max": paid},
        )


def _meta(post: int) -> dict[str, object]:
    return {"postPayment": post}
