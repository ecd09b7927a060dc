"""Composing: from what is wanted to what an invoice says, by the one calculator; stores nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.calendar import Due
from domain.discounts import check_discounts
from domain.errors import Collector, Refusal, TaxIdRequired, TaxNotComputed, refuse_any
from domain.exchange import Rate
from domain.lines import CheckedLine, LineDraft, check_all, require_lines
from domain.metadata import check_metadata
from domain.tax_rates import TaxRate
from domain.texts import check_optional_text
from domain.totals import Discount, Policies, Totals, compute
from resolvers import rate_sources, tax_providers
from resolvers.invoices import automatic_taxes, currencies, dates, parties
from resolvers.invoices.currencies import Currencies, Locked
from resolvers.invoices.dates import When
from resolvers.invoices.inputs import NOTES_LENGTH_MAX, InvoiceInput
from resolvers.invoices.parties import Parties
from resolvers.rate_sources import RateSource
from resolvers.tax_providers import TaxProvider

FALLBACK_CURRENCY = "USD"
LINES_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged besides the content itself: what was asked for, and what will be done."""

    parties: bool = True
    dates: bool = True
    issue: bool = False
    mail: bool = False


SAVING = Judged()
ISSUING = Judged(issue=True)
SENDING = Judged(issue=True, mail=True)


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of an invoice and the caller's own keys on it."""

    notes: str | None
    internal_notes: str | None
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """What an invoice says, within all limits and calculated."""

    wanted: InvoiceInput
    when: When
    currencies: Currencies
    policies: Policies
    lines: tuple[CheckedLine, ...]
    discounts: tuple[Discount, ...]
    totals: Totals
    words: Words
    locked: Locked | None


async def compose(
    wanted: InvoiceInput,
    among: Parties,
    now: datetime,
    judged: Judged = SAVING,
    due_before: Due | None = None,
    provider: TaxProvider = tax_providers.TABLE,
    source: RateSource = rate_sources.TABLE,
) -> Content:
    """What the wanted invoice says if it is issued at `now` (rules: Totals, Dates, Currencies).

    `due_before` stands where dates are not judged again. Raises Refusals of everything that is
    wrong, at the fields of the input; what the totals refuse comes once the rest is right.
    Many lines are calculated beside the event loop, which goes on meanwhile.
    """
    taxes = await automatic_taxes.known(wanted, among, provider)
    rates = await currencies.rates(wanted, among, now, source) if judged.issue else ()
    given = (wanted, among, now, judged, due_before, taxes, rates)
    if len(wanted.lines) <= LINES_AT_ONCE:
        return _composed(*given)
    return await asyncio.to_thread(_composed, *given)


def _composed(
    wanted: InvoiceInput,
    among: Parties,
    now: datetime,
    judged: Judged,
    due_before: Due | None,
    tax_rates: Sequence[TaxRate],
    rates: Sequence[Rate],
) -> Content:
    found = Collector()
    found.refusals += _standing(wanted, among, judged)
    when = found.keep(_when, wanted, among, now, judged, due_before)
    day = when.issued_on if when else now.date()
    money = found.keep(currencies.chosen, wanted, among, day)
    currency = money.currency if money else FALLBACK_CURRENCY
    policies = found.keep(currencies.policies, wanted, among, currency)
    lines = found.keep(_lines, wanted.lines, currency, among, day, judged, tax_rates)
    discounts = found.keep(check_discounts, wanted.discounts or ())
    words = found.keep(words_of, wanted)
    rate = None
    if money and judged.issue:
        rate = found.keep(currencies.newest, money, rates, among, now)
    found.refuse()
    assert when and money and policies and words  # noqa: PT018 - each was refused otherwise
    totals = compute([line.priced for line in lines or ()], discounts or (), policies)
    locked = currencies.lock(money, rate, totals.total_minor, now)
    return Content(
        wanted, when, money, policies, lines or (), discounts or (), totals, words, locked
    )


def words_of(wanted: InvoiceInput) -> Words:
    """Notes and metadata within their limits. Raises Refusals at their fields."""
    found, longest = Collector(), NOTES_LENGTH_MAX
    words = Words(
        notes=found.keep(check_optional_text, wanted.notes, ("notes",), longest),
        internal_notes=found.keep(
            check_optional_text, wanted.internal_notes, ("internalNotes",), longest
        ),
        metadata=found.keep(check_metadata, wanted.metadata) or {},
    )
    found.refuse()
    return words


def _standing(wanted: InvoiceInput, among: Parties, judged: Judged) -> Iterator[Refusal]:
    if judged.parties:
        yield from parties.standing(among, wanted.matter_id)
    if judged.mail:
        yield from parties.mailable(among.buyer)


def _when(
    wanted: InvoiceInput, among: Parties, now: datetime, judged: Judged, due_before: Due | None
) -> When:
    if judged.dates or due_before is None:
        return dates.judged(wanted, among, now, is_issued=judged.issue)
    return dates.kept(wanted, among, now, due_before)


def _lines(
    drafts: Sequence[LineDraft],
    currency: str,
    among: Parties,
    day: date,
    judged: Judged,
    rates: Sequence[TaxRate],
) -> tuple[CheckedLine, ...]:
    """The lines with the taxes that were looked up for them; a draft may lack those."""
    checked = check_all(drafts, currency)
    found = [
        automatic_taxes.look_up(line, among.buyer, day, rates) if line.automatic_tax else line.taxes
        for line in checked
    ]
    lines = tuple(
        replace(line, taxes=taxes or ()) for line, taxes in zip(checked, found, strict=True)
    )
    if judged.issue:
        require_lines(len(lines))
        unknown = [_not_computed(i) for i, taxes in enumerate(found) if taxes is None]
        refuse_any([*unknown, *_without_tax_id(lines, among)])
    return lines


def _not_computed(i: int) -> Refusal:
    message = f"No tax rate is known for line {i + 1}; give its taxes instead."
    return TaxNotComputed(message, field=("lines", i, "automaticTax"))


def _without_tax_id(lines: Sequence[CheckedLine], among: Parties) -> Iterator[Refusal]:
    """Reverse charge tells the tax office who owes: both must be named (rules: Totals)."""
    owners = {"workspace": among.seller.tax_id, "customer": among.buyer.tax_id}
    missing = [owner for owner, tax_id in owners.items() if tax_id is None]
    categories = {tax.category for line in lines for tax in line.taxes}
    if missing and "REVERSE_CHARGE" in categories:
        message = f"Reverse charge needs the tax id of the {' and the '.join(missing)}."
        yield TaxIdRequired(message, field=parties.CUSTOMER, meta={"missing": missing})
