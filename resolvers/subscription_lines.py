"""Lines of a billing subscription: kept by the contract's names, read back for each period."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.errors import InvalidArgument, Refusal, refuse_any
from domain.lines import LineDraft
from domain.money import plain
from domain.recurring import Period
from domain.taxes import Tax
from domain.totals import Discount

Json = dict[str, Any]


def check_without_periods(lines: Sequence[LineDraft]) -> None:
    """Refuses with InvalidArgument lines that say their period, each at its field."""
    refuse_any(list(_periods(lines)))


def kept(lines: Sequence[LineDraft]) -> list[Json]:
    """The lines as LineItemInput names them, without what was not given; decimals are strings."""
    return [{name: value for name, value in _kept(line).items() if value} for line in lines]


def for_period(kept_lines: Sequence[Mapping[str, Any]], period: Period) -> tuple[LineDraft, ...]:
    """The lines of one period's invoice, each carrying it (rules: Recurring)."""
    return tuple(
        replace(_draft(line), period_start=period.start, period_end=period.end)
        for line in kept_lines
    )


def _periods(lines: Sequence[LineDraft]) -> Iterator[Refusal]:
    for i, line in enumerate(lines):
        for name in ("period_start", "period_end"):
            if getattr(line, name) is not None:
                message = "Leave it out: each invoice's lines carry the period that it bills."
                at = "periodStart" if name == "period_start" else "periodEnd"
                yield InvalidArgument(message, field=("lines", i, at))


def _kept(line: LineDraft) -> Json:
    return {
        "code": line.code,
        "description": line.description,
        "quantity": _text(line.quantity),
        "unitAmount": _price(line),
        "discount": line.discount and _discount(line.discount),
        "taxRate": _text(line.tax_rate),
        "taxPercent": _text(line.tax_percent),
        "taxes": [_tax(tax) for tax in line.taxes or ()],
        "automaticTax": line.automatic_tax,
        "metadata": dict(line.metadata),
    }


def _price(line: LineDraft) -> Json:
    if line.unit_amount_minor is not None:
        return {"minor": line.unit_amount_minor}
    return {"decimal": _text(line.unit_amount)}


def _discount(discount: Discount) -> Json:
    if discount.percent is None:
        return {"minor": discount.fixed_minor}
    return {"percent": _text(discount.percent)}


def _tax(tax: Tax) -> Json:
    return {"name": tax.name, "percent": _text(tax.percent), "category": tax.category}


def _draft(line: Mapping[str, Any]) -> LineDraft:
    price, discount = line["unitAmount"], line.get("discount")
    return LineDraft(
        code=line.get("code"),
        description=line["description"],
        quantity=Decimal(line["quantity"]),
        unit_amount_minor=price.get("minor"),
        unit_amount=_number(price.get("decimal")),
        discount=discount
        and Discount(percent=_number(discount.get("percent")), fixed_minor=discount.get("minor")),
        tax_rate=_number(line.get("taxRate")),
        tax_percent=_number(line.get("taxPercent")),
        taxes=tuple(
            Tax(tax["name"], Decimal(tax["percent"]), tax["category"]) for tax in line["taxes"]
        )
        if "taxes" in line
        else None,
        automatic_tax=line.get("automaticTax", False),
        metadata=line.get("metadata", {}),
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(plain(number))


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
