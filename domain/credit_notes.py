"""Credit notes: what of each line one takes back, and where the money of it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from domain.errors import (
    Collector,
    CreditExceedsCreditable,
    CreditNoteNotVoidable,
    OutOfRange,
    Required,
)
from domain.money import round_half_away, spread, to_major


@dataclass(frozen=True, slots=True)
class CreditableLine:
    """A line of an issued invoice, in minor units, and what its live credit notes took of it.

    `net_minor` is what the line comes to after all discounts, without tax (`domain.totals.final_net`).
    """

    net_minor: int
    tax_minor: int
    credited_net_minor: int = 0
    credited_tax_minor: int = 0

    @property
    def net_left_minor(self) -> int:
        """What can still be credited without tax; negative where a discount ate into the tax."""
        return self.net_minor - self.credited_net_minor

    @property
    def tax_left_minor(self) -> int:
        """The tax that can still be credited."""
        return self.tax_minor - self.credited_tax_minor

    @property
    def left_minor(self) -> int:
        """What can still be credited with tax; never negative."""
        return self.net_left_minor + self.tax_left_minor


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What a credit note takes of one line; both are 0 for a line that it does not touch."""

    net_minor: int = 0
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        """Net and tax together."""
        return self.net_minor + self.tax_minor

    def __bool__(self) -> bool:
        return bool(self.net_minor or self.tax_minor)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a credit note comes to: a `LineCredit` for each line of the invoice, in its order.

    The lines that are true are the note's own lines. A line's net can be 0 where only tax is left.
    """

    lines: tuple[LineCredit, ...]

    @property
    def net_minor(self) -> int:
        """The note's subtotal."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The note's tax."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """The note's total, always above 0."""
        return self.net_minor + self.tax_minor


def credit_nets(
    lines: Sequence[CreditableLine], nets_minor: Mapping[int, int], currency: str
) -> Credit:
    """Credit these nets, in minor units by the index of the line; each brings its share of tax.

    A line's tax is r(its tax x credited net after / its net) - what was credited of it before, so
    that any number of notes sums to the line's tax exactly; where voided notes left more tax
    credited than that, it is 0 until the net has caught up. Where no line has any net left
    after this note, the tax that is still left goes with it: the tax of lines that a discount gave
    away has no net of its own to go with.

    Raises Required at ("lines",) where there are none, and Refusals at ("lines", k, "net"), k
    counting in the order of `nets_minor`: OutOfRange with meta {min} for nothing or less,
    CreditExceedsCreditable with meta {max} for more than is left (rules: Credit notes).
    """
    if not nets_minor:
        raise Required("Name at least one line, or leave lines out.", field=("lines",))
    found = Collector()
    for k, (i, net) in enumerate(nets_minor.items()):
        most = max(0, lines[i].net_left_minor)
        found.keep(_check, net, most, ("lines", k, "net"), currency)
    found.refuse()
    credit = Credit(tuple(_by_net(line, nets_minor.get(i, 0)) for i, line in enumerate(lines)))
    return _everything(lines) if _ends(lines, credit) else credit


def credit_amount(lines: Sequence[CreditableLine], amount_minor: int, currency: str) -> Credit:
    """Credit one amount with tax, spread over the lines by what of them is still creditable.

    A line's tax is r(its tax x credited gross after / its gross) - what was credited of it before,
    within what is left of it; net is the rest (rules: Credit notes). Raises OutOfRange with meta
    {min} for nothing or less, CreditExceedsCreditable with meta {max}, at ("amount",).
    """
    left = [line.left_minor for line in lines]
    _check(amount_minor, sum(left), ("amount",), currency)
    if amount_minor == sum(left):
        return _everything(lines)
    parts = spread(amount_minor, left)
    return Credit(tuple(_by_gross(line, part) for line, part in zip(lines, parts, strict=True)))


def credit_everything(lines: Sequence[CreditableLine], currency: str) -> Credit:
    """Credit all that is left of every line, net and tax.

    Raises CreditExceedsCreditable with meta {max: 0} where nothing is (rules: Credit notes).
    """
    if not sum(line.left_minor for line in lines):
        raise _exceeds(0, (), currency)
    return _everything(lines)


def check_note_voidable(
    *, returned_minor: int, credit_balance_minor: int, customer_balance_minor: int
) -> None:
    """Refuse to void a credit note whose money is gone, by CreditNoteNotVoidable.

    `returned_minor` is what it refunded or settled out of band, `credit_balance_minor` what it put
    on the customer's credit balance, which now holds `customer_balance_minor` (rules: Credit notes).
    """
    if returned_minor:
        raise CreditNoteNotVoidable("Money of this credit note was given back already.")
    if credit_balance_minor > customer_balance_minor:
        raise CreditNoteNotVoidable(
            "The customer spent what this credit note put on the credit balance.",
            meta={"creditBalance": customer_balance_minor},
        )


def _by_net(line: CreditableLine, net: int) -> LineCredit:
    if not net:
        return LineCredit()
    after = line.credited_net_minor + net
    tax = round_half_away(Fraction(line.tax_minor * after, line.net_minor))
    return LineCredit(net, max(0, tax - line.credited_tax_minor))


def _by_gross(line: CreditableLine, part: int) -> LineCredit:
    if not part:
        return LineCredit()
    gross = line.net_minor + line.tax_minor
    after = gross - line.left_minor + part
    tax = round_half_away(Fraction(line.tax_minor * after, gross)) - line.credited_tax_minor
    # Notes that were voided, and nets beside amounts, can leave more or less tax credited than this
    # formula expects: neither net nor tax ever leaves what is still creditable.
    least = max(0, part - max(0, line.net_left_minor))
    most = min(line.tax_left_minor, part - min(0, line.net_left_minor))
    tax = min(max(tax, least), most)
    return LineCredit(part - tax, tax)


def _ends(lines: Sequence[CreditableLine], credit: Credit) -> bool:
    both = list(zip(lines, credit.lines, strict=True))
    no_net_left = all(line.net_left_minor == of.net_minor for line, of in both)
    return no_net_left or all(line.left_minor == of.total_minor for line, of in both)


def _everything(lines: Sequence[CreditableLine]) -> Credit:
    return Credit(tuple(LineCredit(line.net_left_minor, line.tax_left_minor) for line in lines))


def _check(asked: int, most: int, path: tuple[str | int, ...], currency: str) -> None:
    if asked <= 0:
        raise OutOfRange("Credit more than nothing.", field=path, meta={"min": 1})
    if asked > most:
        raise _exceeds(most, path, currency)


def _exceeds(most: int, path: tuple[str | int, ...], currency: str) -> CreditExceedsCreditable:
    message = "Nothing is left here to credit."
    if most:
        message = f"{to_major(most, currency)} {currency} is left here to credit."
    return CreditExceedsCreditable(message, field=path, meta={"max": most})
