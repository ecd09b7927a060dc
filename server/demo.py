"""Fills a workspace with half a year of believable invoices, by the same acts as any caller."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from domain.currencies import decimals_of
from domain.lines import LineDraft
from domain.taxes import Tax
from domain.totals import Discount
from resolvers import customers, invoices, matters
from resolvers.callers import Caller, system
from resolvers.invoices.inputs import InvoiceInput
from server.demo_names import CUSTOMERS, EXPENSES, PLACES, WORK, Place
from server.demo_payments import Payers

SELLER = "Harbour & Finch LLP"
LETTERHEAD = {
    "tax_id": "13-4082917",
    "country": "US",
    "address": {
        "line1": "40 Fulton Street",
        "line2": "Floor 12",
        "city": "New York",
        "region": "NY",
        "postal_code": "10038",
        "country": "US",
    },
}
SPAN = timedelta(days=180)
# From here on, as a share of SPAN, invoices may still be drafts.
RECENT = 0.9
# Shares of the invoices in percent, the first of the recent ones; the rest is open.
DRAFTS, VOIDED, FREE = 25, 4, 3
SENT = 30


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice that is to be paid, and whether its mail is promised."""

    id: UUID
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class Client:
    """A customer that was made, with the one matter it has."""

    id: UUID
    place: Place
    matter_id: UUID
    matter: str
    takes_mail: bool


async def fill(
    workspace_id: UUID,
    mode: str,
    now: datetime,
    count: int,
    on_step: Callable[[], None] = lambda: None,
) -> None:
    """Makes the customers, their matters and `count` invoices; `on_step` hears of each one made.

    The same count makes the same invoices again. Moments are in the last half year before `now`.
    """
    choose = random.Random(count)

    def at(share: float) -> Caller:
        return system(workspace_id, mode, now - SPAN * (1 - share), "demo")

    clients = []
    for customer in CUSTOMERS:
        clients.append(await _client(at(0), choose, *customer))
        on_step()
    # More of late than long ago, as with a firm that grows.
    moments = sorted(choose.random() ** 0.5 for _ in range(count))
    payers = Payers(at, SPAN, count)
    for share in moments:
        await payers.until(share)
        fate = choose.random() * 100 if share >= RECENT else choose.uniform(DRAFTS, 100)
        issued = await _invoice(at(share), choose, choose.choice(clients), fate)
        if issued is not None:
            payers.expect(issued.id, share, is_mailed=issued.is_mailed)
        on_step()
    await payers.until(1)


def steps(count: int) -> int:
    """How often `on_step` is called for `count` invoices."""
    return len(CUSTOMERS) + count


async def _client(
    caller: Caller, choose: random.Random, name: str, city: str, matter: str
) -> Client:
    place = PLACES[city]
    takes_mail = choose.random() < 0.8
    given = {
        "name": name,
        "email": f"accounts@{_domain(name)}",
        "email_consent": "GRANTED" if takes_mail else "UNKNOWN",
        "currency": place.currency,
        "locale": place.locale,
        "time_zone": place.time_zone,
        "address": {
            "line1": f"{choose.randint(1, 240)} {choose.choice(('Mill', 'Quay', 'Park'))} Street",
            "city": place.city,
            "postal_code": place.postal_code,
            "country": place.country,
        },
        "payment_terms_days": choose.choice((14, 30, 30, 45, 60)),
    }
    customer_id = await customers.create(caller, given)
    matter_id = await matters.create(caller, customer_id, matter)
    return Client(customer_id, place, matter_id, matter, takes_mail)


async def _invoice(
    caller: Caller, choose: random.Random, client: Client, fate: float
) -> Issued | None:
    """One more invoice, where something is to be paid on it."""
    is_free = DRAFTS + VOIDED <= fate < DRAFTS + VOIDED + FREE
    wanted = InvoiceInput(
        customer_id=client.id,
        matter_id=client.matter_id,
        # Settled in what it is written in, since the demo knows no rates of exchange.
        settlement_currency=client.place.currency,
        lines=_lines(choose, client),
        discounts=(Discount(percent=Decimal(100), name="Pro bono"),) if is_free else None,
    )
    if fate < DRAFTS:
        await invoices.draft(caller, wanted)
        return None
    is_voided = DRAFTS <= fate < DRAFTS + VOIDED
    is_mailed = client.takes_mail and not is_voided and choose.random() * 100 < SENT
    if is_mailed:
        invoice_id = await invoices.draft(caller, wanted)
        await invoices.send(caller, invoice_id)
    else:
        invoice_id = await invoices.issue(caller, wanted)
    if is_voided:
        await invoices.void(caller, invoice_id)
    return None if is_voided or is_free else Issued(invoice_id, is_mailed)


def _lines(choose: random.Random, client: Client) -> tuple[LineDraft, ...]:
    place = client.place
    taxes = tuple(Tax(name, percent) for name, percent in place.taxes)
    lines = []
    for code, what, least, most in choose.sample(WORK, choose.randint(1, 3)):
        hours = Decimal(choose.randint(least * 4, most * 4)) / 4
        rate = Decimal(place.hour) * choose.choice((1, 1, 1, Decimal("1.25")))
        discount = Discount(percent=Decimal(10)) if choose.random() < 0.1 else None
        words = f"{what}: {client.matter}"
        lines.append(LineDraft(words, hours, None, rate, code, discount, taxes=taxes))
    for code, what, share, most in choose.sample(EXPENSES, choose.randint(0, 2)):
        pieces = Decimal(choose.randint(1, most))
        price = _rounded(place.hour * share, place.currency)
        lines.append(LineDraft(what, pieces, None, price, code, taxes=taxes))
    return tuple(lines)


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals_of(currency)), ROUND_HALF_UP)


def _domain(name: str) -> str:
    letters = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
    return f"{letters}.example"
