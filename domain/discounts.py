"""Discounts as callers ask for them, on a line or on an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.decimals import check_percent
from domain.errors import Collector, InvalidArgument, OutOfRange, Required
from domain.limits import CODE_LENGTH_MAX, DISCOUNTS_MAX, NAME_LENGTH_MAX
from domain.texts import check_optional_text
from domain.totals import Discount


def check_discount(discount: Discount, path: tuple[str, ...] = ("discount",)) -> Discount:
    """The discount, where it is either a percentage from 0 to 100 or fixed, and not negative.

    Raises Refusals of Required, InvalidArgument, OutOfRange, InvalidFormat and TooLong under
    `path`. Whether it is more than the amount it is taken off shows in `domain.totals.compute`.
    """
    found = Collector()
    percent = found.keep(_check_amount, discount, path)
    name = found.keep(check_optional_text, discount.name, (*path, "name"), NAME_LENGTH_MAX)
    code = found.keep(check_optional_text, discount.code, (*path, "code"), CODE_LENGTH_MAX)
    found.refuse()
    return replace(percent or discount, name=name, code=code)


def check_discounts(
    discounts: Sequence[Discount], path: tuple[str, ...] = ("discounts",)
) -> tuple[Discount, ...]:
    """All of an invoice's discounts, each checked; refusals are collected into one Refusals."""
    if len(discounts) > DISCOUNTS_MAX:
        raise OutOfRange(
            f"An invoice has at most {DISCOUNTS_MAX} discounts.",
            field=path,
            meta={"max": DISCOUNTS_MAX},
        )
    found = Collector()
    checked = [
        found.keep(check_discount, discount, (*path, str(i)))
        for i, discount in enumerate(discounts)
    ]
    found.refuse()
    return tuple(discount for discount in checked if discount is not None)


def _check_amount(discount: Discount, path: tuple[str, ...]) -> Discount:
    if discount.percent is not None and discount.fixed_minor is not None:
        raise InvalidArgument("Give a percent or a fixed amount, not both.", field=path)
    if discount.percent is not None:
        return replace(discount, percent=check_percent(discount.percent, (*path, "percent")))
    if discount.fixed_minor is None:
        raise Required("Give a percent or a fixed amount.", field=path)
    if discount.fixed_minor < 0:
        raise OutOfRange(
            "A discount is not negative; write what it takes off.",
            field=(*path, "minor"),
            meta={"min": 0},
        )
    return discount
