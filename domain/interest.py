"""Interest on late payment: simple, by the day, and posted as what is new of a running total."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

from domain.money import round_half_away

DAYS_OF_A_YEAR = 365
"""The 365 of ACT/365: a leap year has no more."""


class PrincipalChange(NamedTuple):
    """What is added to an invoice's outstanding principal on a local day, in minor units.

    Principal is total - paid - credited - credit balance applied: so the total is added on the
    issue day, and payments are negative. Interest and write-offs are no part of it.
    """

    on: date
    minor: int


def accrued(
    changes: Iterable[PrincipalChange],
    *,
    due_on: date,
    percent: Decimal,
    grace_days: int = 0,
    through: date,
) -> int:
    """All interest from the day after `due_on` through the end of `through`, in minor units.

    r(sum of each day's principal x percent / 100 / 365), where a day's principal is what is
    outstanding at its end: the day of a payment bears nothing on what it pays. Within the grace
    days it is 0. After them it counts from day 1, for the grace days on what is still
    outstanding when they end: what is paid within them never bears anything (rules: Void,
    write-off, recovery, interest). `changes` come in any order, several a day if need be; later
    ones than `through` do not count.
    """
    first, last = due_on.toordinal() + 1, through.toordinal()
    after_grace = first + grace_days
    if last < after_grace:
        return 0
    known = sorted((on.toordinal(), minor) for on, minor in changes)
    principal = _at_the_end_of(known)
    outlasted = principal(after_grace - 1)
    days = {first, after_grace, last + 1, *(on for on, _ in known if first < on <= last)}
    weighted = sum(
        (until - day) * (min(principal(day), outlasted) if day < after_grace else principal(day))
        for day, until in pairwise(sorted(days))
    )
    return round_half_away(weighted * Fraction(percent) / 100 / DAYS_OF_A_YEAR)


def to_post(accrued_minor: int, posted_minor: int) -> int:
    """What of the accrued interest is still to be posted, in minor units.

    `posted_minor` is all that was ever posted on the invoice, whether or not it was waived since.
    So a run that comes late catches up, and one that comes twice adds nothing. Where less accrued
    than was posted, since a payment became known late or the due date moved, nothing is posted
    until it has caught up (rules: Void, write-off, recovery, interest).
    """
    return max(0, accrued_minor - posted_minor)


def _at_the_end_of(known: list[tuple[int, int]]) -> Callable[[int], int]:
    days = [on for on, _ in known]
    sums = [0, *accumulate(minor for _, minor in known)]
    return lambda day: max(0, sums[bisect_right(days, day)])
