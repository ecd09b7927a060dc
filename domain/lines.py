"""Lines as callers ask for them, checked against every limit before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.decimals import check_decimals, check_finite
from domain.discounts import check_discount
from domain.errors import (
    AmountTooLarge,
    Collector,
    InvalidArgument,
    LineLimit,
    NoLines,
    OutOfRange,
    Required,
)
from domain.limits import (
    AMOUNT_MAX_MINOR,
    CODE_LENGTH_MAX,
    DESCRIPTION_LENGTH_MAX,
    LINES_MAX,
    QUANTITY_DECIMALS,
    QUANTITY_MAX,
    UNIT_AMOUNT_DECIMALS,
)
from domain.line_taxes import check_line_taxes
from domain.metadata import check_metadata
from domain.money import plain, to_major
from domain.taxes import Tax
from domain.texts import check_optional_text, check_text
from domain.totals import Discount, Line

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineDraft:
    """What a caller asked for one line, as it came.

    The unit price is either `unit_amount_minor` or `unit_amount` in major units; of `tax_rate` (a
    fraction), `tax_percent`, `taxes` and `automatic_tax` there is one at most.
    """

    description: str
    quantity: Decimal
    unit_amount_minor: int | None = None
    unit_amount: Decimal | None = None
    code: str | None = None
    discount: Discount | None = None
    tax_rate: Decimal | None = None
    tax_percent: Decimal | None = None
    taxes: tuple[Tax, ...] | None = None
    automatic_tax: bool = False
    period_start: date | None = None
    period_end: date | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line within all limits: text trimmed, decimals plain, `unit_amount` in major units."""

    code: str | None
    description: str
    quantity: Decimal
    unit_amount: Decimal
    discount: Discount | None
    taxes: tuple[Tax, ...]
    automatic_tax: bool
    period_start: date | None
    period_end: date | None
    metadata: dict[str, str]

    @property
    def priced(self) -> Line:
        """What `domain.totals.compute` takes of it."""
        return Line(self.quantity, self.unit_amount, self.taxes, self.discount)


def check_all(
    drafts: Sequence[LineDraft], currency: str, path: Path = ("lines",)
) -> tuple[CheckedLine, ...]:
    """All lines of an invoice, each checked; an empty draft is allowed.

    Raises LineLimit above 500 lines, else Refusals of all that `check` refuses.
    """
    if len(drafts) > LINES_MAX:
        raise LineLimit(
            f"An invoice has at most {LINES_MAX} lines; these are {len(drafts)}.",
            field=path,
            meta={"max": LINES_MAX, "count": len(drafts)},
        )
    found = Collector()
    checked = [
        found.keep(check, draft, currency, (*path, str(i))) for i, draft in enumerate(drafts)
    ]
    found.refuse()
    return tuple(line for line in checked if line is not None)


def require_lines(count: int, path: Path = ("lines",)) -> None:
    """Refuse to issue an invoice without lines. Raises NoLines."""
    if count == 0:
        raise NoLines("Add at least one line first.", field=path)


def check(draft: LineDraft, currency: str, path: Path) -> CheckedLine:
    """One line within the limits of an invoice in `currency` (rules: Money and rounding).

    Raises Refusals of all that is wrong with it, each at its field under `path`: Required,
    TooLong, InvalidFormat, OutOfRange, InvalidArgument, TaxRateInvalid, AmountTooLarge and
    MetadataLimit; CurrencyUnsupported for a code that is no currency.
    """
    found = Collector()
    description = found.keep(
        check_text, draft.description, (*path, "description"), DESCRIPTION_LENGTH_MAX
    )
    code = found.keep(check_optional_text, draft.code, (*path, "code"), CODE_LENGTH_MAX)
    quantity = found.keep(check_quantity, draft.quantity, (*path, "quantity"))
    unit_amount = found.keep(_check_unit_amount, draft, currency, (*path, "unitAmount"))
    discount = found.keep(_check_discount, draft.discount, (*path, "discount"))
    taxes = found.keep(
        check_line_taxes,
        path,
        tax_rate=draft.tax_rate,
        tax_percent=draft.tax_percent,
        taxes=draft.taxes,
        automatic=draft.automatic_tax,
    )
    found.keep(_check_period, draft, path)
    metadata = found.keep(check_metadata, draft.metadata, (*path, "metadata"))
    found.refuse()
    assert description is not None
    assert quantity is not None
    assert unit_amount is not None
    return CheckedLine(
        code=code,
        description=description,
        quantity=quantity,
        unit_amount=unit_amount,
        discount=discount,
        taxes=taxes or (),
        automatic_tax=draft.automatic_tax,
        period_start=draft.period_start,
        period_end=draft.period_end,
        metadata=metadata or {},
    )


def check_quantity(quantity: Decimal, path: Path) -> Decimal:
    """A quantity above 0, up to 10^9, with at most 8 decimals.

    Raises OutOfRange with meta {above, max}, or InvalidFormat, at `path`.
    """
    check_finite(quantity, path)
    if not 0 < quantity <= QUANTITY_MAX:
        raise OutOfRange(
            f"A quantity is more than 0 and at most {QUANTITY_MAX}.",
            field=path,
            meta={"above": "0", "max": str(QUANTITY_MAX)},
        )
    return check_decimals(quantity, path, QUANTITY_DECIMALS)


def _check_unit_amount(draft: LineDraft, currency: str, path: Path) -> Decimal:
    minor, major = draft.unit_amount_minor, draft.unit_amount
    if minor is not None and major is not None:
        raise InvalidArgument("Give minor or decimal, not both.", field=path)
    if minor is not None:
        _check_unit_amount_range(Decimal(minor), Decimal(AMOUNT_MAX_MINOR), (*path, "minor"))
        return plain(to_major(minor, currency))
    if major is None:
        raise Required("Give the price of one, as minor or decimal.", field=path)
    path = (*path, "decimal")
    check_finite(major, path)
    _check_unit_amount_range(major, to_major(AMOUNT_MAX_MINOR, currency), path)
    return check_decimals(major, path, UNIT_AMOUNT_DECIMALS)


def _check_unit_amount_range(amount: Decimal, most: Decimal, path: Path) -> None:
    if amount < 0:
        message = "A price is not negative; give a discount or a credit note instead."
        raise OutOfRange(message, field=path, meta={"min": "0"})
    if amount > most:
        message = "A price is more than any amount can be."
        raise AmountTooLarge(message, field=path, meta={"max": AMOUNT_MAX_MINOR})


def _check_discount(discount: Discount | None, path: Path) -> Discount | None:
    return None if discount is None else check_discount(discount, path)


def _check_period(draft: LineDraft, path: Path) -> None:
    start, end = draft.period_start, draft.period_end
    if start is None and end is None:
        return
    if start is None:
        raise Required("A period needs its first day too.", field=(*path, "periodStart"))
    if end is None:
        raise Required("A period needs the day after its last too.", field=(*path, "periodEnd"))
    if end <= start:
        raise OutOfRange(
            "periodEnd is the day after the last one, so later than periodStart.",
            field=(*path, "periodEnd"),
            meta={"above": start.isoformat()},
        )
