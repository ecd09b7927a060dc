"""What a caller wants to credit: lines by their net, one amount, or everything; and where it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.credit_notes import (
    Credit,
    CreditableLine,
    credit_amount,
    credit_everything,
    credit_nets,
)
from domain.errors import Collector, InvalidArgument
from domain.totals import final_net
from models.invoices import Invoice
from models.line_items import LineItem
from resolvers.refusals import not_found

_LINES, _AMOUNT, _LINE_ID = "lines", "amount", "lineItemId"


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What to credit of one line, in minor units without tax."""

    line_item_id: UUID
    net_minor: int


@dataclass(frozen=True, slots=True)
class NoteInput:
    """A credit note as it is wanted, amounts in minor units of the invoice's currency.

    By `lines`, or by one `amount_minor` with tax, or all that is left where neither is given. The
    last three say how what was paid goes back; all to the credit balance where none is given.
    """

    invoice_id: UUID
    reason: str = "OTHER"
    memo: str | None = None
    lines: tuple[LineCredit, ...] | None = None
    amount_minor: int | None = None
    refund_minor: int | None = None
    credit_balance_minor: int | None = None
    out_of_band_minor: int | None = None


def whole_net(invoice: Invoice, line: LineItem) -> int:
    """What a line comes to after all discounts, without tax, in minor units."""
    return final_net(
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
        allocated_discount_minor=line.allocated_discount_minor,
        tax_minor=line.tax_minor,
        prices_include_tax=invoice.prices_include_tax,
    )


def check_ways(wanted: NoteInput) -> None:
    """Raises InvalidArgument where both lines and an amount are given."""
    if wanted.lines is not None and wanted.amount_minor is not None:
        message = "Name lines or give an amount, not both."
        raise InvalidArgument(message, field=(_AMOUNT,))


def named_lines(wanted: NoteInput, lines: Sequence[LineItem]) -> dict[int, int]:
    """The nets to credit, by the index of their lines.

    Raises NotFound and InvalidArgument at ("lines", k, "lineItemId").
    """
    places = {line.id: i for i, line in enumerate(lines)}
    found, nets = Collector(), dict[int, int]()
    for k, one in enumerate(wanted.lines or ()):
        found.keep(_place, one, places, nets, (_LINES, str(k), _LINE_ID))
    found.refuse()
    return nets


def credit_of(
    wanted: NoteInput, nets: Mapping[int, int], invoice: Invoice, lines: Sequence[LineItem]
) -> Credit:
    """What the note takes of each line of a locked invoice; raises what `domain.credit_notes` does."""
    creditable = [_creditable(invoice, line) for line in lines]
    if wanted.lines is not None:
        return credit_nets(creditable, nets, invoice.currency)
    if wanted.amount_minor is not None:
        return credit_amount(creditable, wanted.amount_minor, invoice.currency)
    return credit_everything(creditable, invoice.currency)


def _creditable(invoice: Invoice, line: LineItem) -> CreditableLine:
    return CreditableLine(
        whole_net(invoice, line),
        line.tax_minor,
        line.credited_net_minor,
        line.credited_tax_minor,
    )


def _place(
    one: LineCredit, places: dict[UUID, int], nets: dict[int, int], path: tuple[str, ...]
) -> None:
    place = places.get(one.line_item_id)
    if place is None:
        raise not_found(*path)
    if place in nets:
        raise InvalidArgument("This line is named above already; name it once.", field=path)
    nets[place] = one.net_minor
