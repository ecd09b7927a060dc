"""Every refusal a caller can act on: one class for each public error code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import cleandoc
from types import MappingProxyType
from typing import ClassVar, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Refused(Exception):
    """What the rules do not allow; carries one refusal or several."""

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The refusals, in the order of the input they are about."""
        raise NotImplementedError


class Refusal(Refused):
    """One refusal: a code for programs, a message for people, the path of the field it is about.

    `field` is a path into the input; positions in lists are written as text. `meta` holds what a
    program needs to react, such as {"max": 1567}.
    """

    code: ClassVar[str] = ""
    description: ClassVar[str] = ""

    def __init_subclass__(cls, *, code: str) -> None:
        cls.code = code
        cls.description = cleandoc(cls.__doc__ or "").partition("\n")[0]

    def __init__(
        self,
        message: str,
        *,
        field: Sequence[str | int] = (),
        meta: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = tuple(str(step) for step in field)
        self.meta = None if meta is None else dict(meta)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """This refusal alone."""
        return (self,)

    def under(self, *prefix: str | int) -> Self:
        """The same refusal with `prefix` in front of its path, for an input that wraps another."""
        return type(self)(self.message, field=(*prefix, *self.field), meta=self.meta)


class Refusals(Refused):
    """Several refusals at once, so that a form can show all its mistakes together."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self._refusals = tuple(refusals)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """All of them, in the order of the input."""
        return self._refusals

    def under(self, *prefix: str | int) -> Refusals:
        """The same refusals with `prefix` in front of each path."""
        return Refusals([refusal.under(*prefix) for refusal in self._refusals])


def refuse_any(refusals: Sequence[Refusal]) -> None:
    """Raise `Refusals` with all of them; do nothing where there are none."""
    if refusals:
        raise Refusals(refusals)


class Collector:
    """Runs checks one after the other and keeps what they refuse, to refuse it all at the end."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []

    def keep(self, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What the check answers; None where it refuses, and then its refusals are kept."""
        try:
            return check(*args, **kwargs)
        except Refused as refused:
            self.refusals.extend(refused.refusals)
            return None

    def refuse(self) -> None:
        """Raise `Refusals` with all that was kept; do nothing where nothing was."""
        refuse_any(self.refusals)


class Required(Refusal, code="REQUIRED"):
    """A value is missing or blank that this operation cannot do without."""


class InvalidFormat(Refusal, code="INVALID_FORMAT"):
    """The value is not written the way this field expects, or has too many decimals."""


class OutOfRange(Refusal, code="OUT_OF_RANGE"):
    """The value is below the least or above the most allowed; meta says which."""


class TooLong(Refusal, code="TOO_LONG"):
    """The text has more characters than the field holds; meta.max is its limit."""


class InvalidArgument(Refusal, code="INVALID_ARGUMENT"):
    """Each value is fine by itself, but they do not make sense together."""


class CursorInvalid(Refusal, code="CURSOR_INVALID"):
    """The cursor is damaged, or was made for another filter or ordering; start from page one."""


class NotFound(Refusal, code="NOT_FOUND"):
    """There is nothing with this id that you may see."""


class Forbidden(Refusal, code="FORBIDDEN"):
    """Your key or token lacks the scope for this; meta.scope names it."""


class EmailMissing(Refusal, code="EMAIL_MISSING"):
    """The customer has no e-mail address to send to; add one, or issue without sending."""


class EmailConsentMissing(Refusal, code="EMAIL_CONSENT_MISSING"):
    """The customer has not agreed to e-mail, or has withdrawn it; record their consent first."""


class CustomerArchived(Refusal, code="CUSTOMER_ARCHIVED"):
    """The customer is archived and gets no new invoices."""


class MatterCustomerMismatch(Refusal, code="MATTER_CUSTOMER_MISMATCH"):
    """The matter belongs to another customer than the invoice."""


class MatterClosed(Refusal, code="MATTER_CLOSED"):
    """The matter is closed; choose an open one or leave it out."""


class CurrencyUnsupported(Refusal, code="CURRENCY_UNSUPPORTED"):
    """This is no current ISO 4217 currency with minor units."""


class CurrencyMismatch(Refusal, code="CURRENCY_MISMATCH"):
    """The money is in another currency than what it is meant for."""


class TaxRateInvalid(Refusal, code="TAX_RATE_INVALID"):
    """No such tax rate: taxRate is a fraction from 0 to 1, percent goes from 0 to 100."""


class TaxIdRequired(Refusal, code="TAX_ID_REQUIRED"):
    """Reverse charge needs the tax id of both the workspace and the customer."""


class TaxNotComputed(Refusal, code="TAX_NOT_COMPUTED"):
    """A line asks for automatic tax, but no tax rate is known for the customer's country."""


class DueBeforeIssue(Refusal, code="DUE_BEFORE_ISSUE"):
    """The due date lies before the issue date; the same day is allowed."""


class IssueDateInFuture(Refusal, code="ISSUE_DATE_IN_FUTURE"):
    """The issue date lies more than 24 hours ahead."""


class IssueDateOutOfOrder(Refusal, code="ISSUE_DATE_OUT_OF_ORDER"):
    """The issue date lies before that of the newest number in a strictly chronological series."""


class PeriodClosed(Refusal, code="PERIOD_CLOSED"):
    """The books are closed through this date; choose a later one."""


class NoLines(Refusal, code="NO_LINES"):
    """An invoice needs at least one line before it can be issued."""


class LineLimit(Refusal, code="LINE_LIMIT"):
    """The invoice has more lines than allowed; meta.max is the limit."""


class DiscountExceedsLine(Refusal, code="DISCOUNT_EXCEEDS_LINE"):
    """A line's fixed discount is more than its amount; meta.max is the amount."""


class DiscountExceedsSubtotal(Refusal, code="DISCOUNT_EXCEEDS_SUBTOTAL"):
    """A fixed invoice discount is more than what is left to discount; meta.max is what is left."""


class AmountTooLarge(Refusal, code="AMOUNT_TOO_LARGE"):
    """An amount comes to more minor units than supported; meta.max is the limit."""


class MetadataLimit(Refusal, code="METADATA_LIMIT"):
    """The metadata has too many keys, or a key or value that is too long; meta.max is the limit."""


class InvalidTransition(Refusal, code="INVALID_TRANSITION"):
    """This cannot be done in its present status; meta.allowed lists what can be."""


class InvoiceNotDraft(Refusal, code="INVOICE_NOT_DRAFT"):
    """Only drafts can be changed; correct an issued invoice by a credit note."""


class InvoiceAlreadyPaid(Refusal, code="INVOICE_ALREADY_PAID"):
    """The invoice is paid; there is nothing left to pay."""


class InvoiceHasPayments(Refusal, code="INVOICE_HAS_PAYMENTS"):
    """An invoice with money on it cannot be voided; refund it or issue a credit note."""


class InvoiceHasCreditNotes(Refusal, code="INVOICE_HAS_CREDIT_NOTES"):
    """An invoice with credit notes cannot be voided; void the credit notes first."""


class NumberTaken(Refusal, code="NUMBER_TAKEN"):
    """The number series leads to a number that another document already has."""


class NumberTemplateInvalid(Refusal, code="NUMBER_TEMPLATE_INVALID"):
    """The template cannot make unique numbers; the message says what it lacks."""


class Conflict(Refusal, code="CONFLICT"):
    """It has changed since you read it: look again and retry; meta.current is its version."""


class AmountExceedsBalance(Refusal, code="AMOUNT_EXCEEDS_BALANCE"):
    """The amount is more than what is due; meta.balance is what is due. Nothing was charged."""


class AllocationMismatch(Refusal, code="ALLOCATION_MISMATCH"):
    """The allocations come to more than the payment."""


class PaymentInProgress(Refusal, code="PAYMENT_IN_PROGRESS"):
    """Another payment of this invoice is still pending; wait for its outcome."""


class PaymentDeclined(Refusal, code="PAYMENT_DECLINED"):
    """The payment method was declined; the failed payment is kept and the invoice is unchanged."""


class PaymentMethodMissing(Refusal, code="PAYMENT_METHOD_MISSING"):
    """The customer has no payment method; add one or name one."""


class RefundExceedsRefundable(Refusal, code="REFUND_EXCEEDS_REFUNDABLE"):
    """The refund is more than is left of the payment; meta.max is what is left."""


class CreditExceedsCreditable(Refusal, code="CREDIT_EXCEEDS_CREDITABLE"):
    """The credit is more than can still be credited; meta.max is what can."""


class CreditAllocationMismatch(Refusal, code="CREDIT_ALLOCATION_MISMATCH"):
    """Refund, credit balance and out-of-band amounts must add up to meta.postPayment."""


class CreditNoteNotVoidable(Refusal, code="CREDIT_NOTE_NOT_VOIDABLE"):
    """Money of this credit note was refunded or spent already, so it cannot be voided."""


class WriteOffExceedsLimit(Refusal, code="WRITE_OFF_EXCEEDS_LIMIT"):
    """The amount is more than the workspace's small balance limit; meta.max is the limit."""


class FxRateUnavailable(Refusal, code="FX_RATE_UNAVAILABLE"):
    """No exchange rate is known for this pair of currencies; set one first."""


class FxRateStale(Refusal, code="FX_RATE_STALE"):
    """The newest exchange rate of this pair is too old; set a fresh one first."""


class FxAlreadyLocked(Refusal, code="FX_ALREADY_LOCKED"):
    """The exchange rate was locked when the invoice was issued and stays."""


class FxPairUnsupported(Refusal, code="FX_PAIR_UNSUPPORTED"):
    """The invoice's currency must be its presentment or its settlement currency."""


class IdempotencyKeyReused(Refusal, code="IDEMPOTENCY_KEY_REUSED"):
    """This idempotency key was used before with another input; take a new key."""


class IdempotencyInProgress(Refusal, code="IDEMPOTENCY_IN_PROGRESS"):
    """The first request with this idempotency key is still running; retry shortly."""


class UrlNotAllowed(Refusal, code="URL_NOT_ALLOWED"):
    """The URL leads to a private address, or is not plain https."""


REFUSALS: Mapping[str, type[Refusal]] = MappingProxyType(
    {refusal.code: refusal for refusal in Refusal.__subclasses__()}
)
"""Every refusal by its code, in the order of the public enum."""
