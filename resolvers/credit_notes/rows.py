"""The rows of a credit note: its lines with the taxes of each, and the sums that tie them to it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from domain.credit_notes import Credit
from domain.credit_notes import LineCredit as Taken
from domain.credit_taxes import TaxedPart, credited_share, split_tax, take_of_base
from domain.identifiers import new_id
from domain.money import plain
from domain.taxes import Rate, in_order
from models.connections import rows
from models.credit_notes import CreditNoteLine
from models.invoices import Invoice
from models.line_items import LineItem
from resolvers.credit_notes.inputs import whole_net

Before = Mapping[UUID, Sequence[Sequence[Mapping[str, Any]]]]
"""For each line that live notes took of: the taxes of each of their lines, in the line's order."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What the lines of a note come to, and its taxes over all of them."""

    lines: tuple[CreditNoteLine, ...]
    breakdown: list[dict[str, Any]]


async def credited_before(invoice: Invoice) -> Before:
    """The taxes of what live credit notes took of each line of a locked invoice."""
    found = await rows(
        "SELECT l.line_item_id, l.taxes FROM credit_note_lines l JOIN credit_notes n "
        "ON n.workspace_id = l.workspace_id AND n.id = l.credit_note_id "
        "WHERE l.workspace_id = $1 AND l.invoice_id = $2 AND n.status = 'ISSUED'",
        invoice.workspace_id,
        invoice.id,
    )
    taken = defaultdict[UUID, list[Any]](list)
    for row in found:
        taken[row["line_item_id"]].append(orjson.loads(row["taxes"]))
    return taken


def note_lines(
    note_id: UUID, invoice: Invoice, lines: Sequence[LineItem], credit: Credit, before: Before
) -> Sums:
    """A row for each line that the note touches, in the invoice's order, and its tax breakdown."""
    touched = [(line, taken) for line, taken in zip(lines, credit.lines, strict=True) if taken]
    made: list[CreditNoteLine] = []
    net = tax = 0
    for line, taken in touched:
        net, tax = net + taken.net_minor, tax + taken.tax_minor
        row = CreditNoteLine(
            workspace_id=invoice.workspace_id,
            id=new_id(),
            credit_note_id=note_id,
            invoice_id=invoice.id,
            line_item_id=line.id,
            position=len(made) + 1,
            currency=invoice.currency,
            net_minor=taken.net_minor,
            tax_minor=taken.tax_minor,
            taxes=_taxes(invoice, line, taken, before.get(line.id, ())),
            net_through_minor=net,
            tax_through_minor=tax,
        )
        made.append(row)
    return Sums(tuple(made), _breakdown(tax for row in made for tax in row.taxes))


def _taxes(
    invoice: Invoice, line: LineItem, taken: Taken, before: Iterable[Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    parts = list(_parts(invoice, line, before))
    share = credited_share(
        net_minor=whole_net(invoice, line),
        tax_minor=line.tax_minor,
        credited_net_minor=line.credited_net_minor + taken.net_minor,
        credited_tax_minor=line.credited_tax_minor + taken.tax_minor,
    )
    return [
        {
            "name": tax["name"],
            "percent": tax["percent"],
            "category": tax["category"],
            "taxable_minor": take_of_base(part, share),
            "amount_minor": amount,
        }
        for tax, part, amount in zip(
            line.taxes, parts, split_tax(parts, taken.tax_minor), strict=True
        )
    ]


def _parts(
    invoice: Invoice, line: LineItem, before: Iterable[Sequence[Mapping[str, Any]]]
) -> Iterator[TaxedPart]:
    taxable = whole_net(invoice, line)
    if invoice.discount_tax_treatment == "AFTER_TAX":
        taxable += line.allocated_discount_minor
    notes = list(before)
    for i, tax in enumerate(line.taxes):
        yield TaxedPart(
            taxable,
            tax["amount_minor"],
            sum(taken[i]["taxable_minor"] for taken in notes),
            sum(taken[i]["amount_minor"] for taken in notes),
        )


def _breakdown(taxes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    sums = defaultdict[Rate, list[int]](lambda: [0, 0])
    for tax in taxes:
        held = sums[Rate(tax["name"], Decimal(tax["percent"]), tax["category"])]
        held[0] += tax["taxable_minor"]
        held[1] += tax["amount_minor"]
    return [
        {
            "name": rate.name,
            "percent": str(plain(rate.percent)),
            "category": rate.category,
            "taxable_minor": sums[rate][0],
            "tax_minor": sums[rate][1],
        }
        for rate in in_order(sums)
    ]
