"""The taxes of a credit note: what it takes of each tax of a line, and of what that is reckoned on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from domain.money import round_half_away, spread


@dataclass(frozen=True, slots=True)
class TaxedPart:
    """One tax of an invoice's line, and what live credit notes took of it, in minor units.

    `taxable_minor` is what the percent is reckoned on.
    """

    taxable_minor: int
    amount_minor: int
    credited_taxable_minor: int = 0
    credited_amount_minor: int = 0

    @property
    def amount_left_minor(self) -> int:
        """What of the tax can still be credited."""
        return self.amount_minor - self.credited_amount_minor

    @property
    def taxable_left_minor(self) -> int:
        """What of its base can still be credited."""
        return self.taxable_minor - self.credited_taxable_minor


def split_tax(parts: Sequence[TaxedPart], tax_minor: int) -> list[int]:
    """What a note takes of each tax of a line, where it takes `tax_minor` of all together.

    It is spread over what is left of each: no more than that is ever taken, so that any number of
    notes sums to every tax exactly (rules: Credit notes).
    """
    return spread(tax_minor, [part.amount_left_minor for part in parts])


def take_of_base(part: TaxedPart, share_after: Fraction) -> int:
    """What a note takes of a tax's base, where `share_after` of the line is credited with it.

    Cumulative: r(base x share) - what was taken before, within what is left of it.
    """
    through = round_half_away(part.taxable_minor * share_after)
    return min(max(0, through - part.credited_taxable_minor), part.taxable_left_minor)


def credited_share(
    *, net_minor: int, tax_minor: int, credited_net_minor: int, credited_tax_minor: int
) -> Fraction:
    """Which part of a line is credited: of its net, or of its tax where it has no net."""
    if net_minor > 0:
        return Fraction(credited_net_minor, net_minor)
    return Fraction(credited_tax_minor, tax_minor) if tax_minor else Fraction(1)
