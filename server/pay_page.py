"""The hosted page of one invoice at /pay/{token}: what it is for, what is due, and nothing else."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from starlette.requests import Request

from server.locales import Address, Reader, reader_of
from server.security_headers import page_headers
from server.static_files import address_of
from server.templating import fill

Status = Literal["DRAFT", "OPEN", "PARTIALLY_PAID", "OVERDUE", "PAID", "VOID", "UNCOLLECTIBLE"]

HEADERS = {
    **page_headers({"style-src": "'self'", "img-src": "'self'", "form-action": "'self'"}),
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
# A link names 128 bits or more; anything else is refused without asking the database.
TOKEN = re.compile(r"[A-Za-z0-9_-]{22,128}")
# What the sandbox's form suggests: the number, and the word for what comes of it.
TEST_CARDS = (
    ("4242 4242 4242 4242", "succeeds"),
    ("4000 0025 0000 3155", "asks"),
    ("4000 0000 0000 9995", "funds"),
    ("4000 0000 0000 0002", "declined"),
)
# What fits beside a description in four columns of the page's width.
ROOMY_CHARACTERS = 44
# Chat and mail programs fetch a link to show a preview of it: nobody has seen the invoice then.
PREVIEW_AGENTS = re.compile(
    r"bot\b|bot/|crawl|spider|preview|facebookexternalhit|whatsapp|slack|telegram|discord|embedly"
    r"|googleimageproxy|curl/|wget/|python-|go-http-client|okhttp|headlesschrome|linkcheck|scanner",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or customer, from the snapshot that finalizing froze."""

    name: str
    address: Address | None = None
    tax_id: str | None = None


@dataclass(frozen=True, slots=True)
class PayPageLine:
    """A line: unit_amount in major units, the rest in minor units; the period is [start, end)."""

    description: str
    quantity: Decimal
    unit_amount: Decimal
    amount_minor: int
    discount_minor: int = 0
    tax_percents: tuple[Decimal, ...] = ()
    period_start: date | None = None
    period_end: date | None = None

    @property
    def last_day(self) -> date | None:
        return self.period_end - timedelta(days=1) if self.period_end else None


@dataclass(frozen=True, slots=True)
class PayPageDiscount:
    """A discount on the whole invoice, after those of its lines."""

    amount_minor: int
    name: str | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PayPageTax:
    """A row of the tax breakdown."""

    name: str
    percent: Decimal
    taxable_minor: int
    tax_minor: int
    category: str = "STANDARD"


@dataclass(frozen=True, slots=True)
class Checkout:
    """How to pay now: on a form of this page or on the gateway's own, and what it costs."""

    kind: Literal["FORM", "REDIRECT"]
    gateway: str
    due_minor: int
    fee_minor: int = 0

    @property
    def to_pay_minor(self) -> int:
        return self.due_minor + self.fee_minor


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last try to pay by card: pending, maybe with a step left to take, or failed for `why`."""

    state: Literal["PENDING", "FAILED"]
    amount_minor: int
    next_url: str | None = None
    why: str = "other"


@dataclass(frozen=True, slots=True)
class PastPayment:
    """What came in on the invoice: minor units, without and beside its fee."""

    day: date
    method: str
    amount_minor: int
    fee_minor: int = 0


@dataclass(frozen=True, slots=True)
class PayPageView:
    """All that the page may show: internal notes have no place in it. Days are the workspace's."""

    display_status: Status
    number: str
    seller: Party
    customer: Party
    currency: str
    locale: str | None
    issued_on: date
    due_on: date
    lines: tuple[PayPageLine, ...]
    taxes: tuple[PayPageTax, ...]
    subtotal_minor: int
    total_minor: int
    amount_due_minor: int
    discounts: tuple[PayPageDiscount, ...] = ()
    prices_include_tax: bool = False
    interest_minor: int = 0
    amount_paid_minor: int = 0
    amount_credited_minor: int = 0
    credit_applied_minor: int = 0
    amount_written_off_minor: int = 0
    paid_on: date | None = None
    voided_on: date | None = None
    notes: str | None = None
    is_test: bool = False
    checkout: Checkout | None = None
    attempt: Attempt | None = None
    payments: tuple[PastPayment, ...] = ()

    @property
    def line_discount_minor(self) -> int:
        return sum(line.discount_minor for line in self.lines)

    @property
    def is_settled(self) -> bool:
        return self.display_status in ("PAID", "VOID", "UNCOLLECTIBLE")

    @property
    def has_tax_column(self) -> bool:
        return any(line.tax_percents for line in self.lines)

    @property
    def is_reverse_charge(self) -> bool:
        return any(tax.category == "REVERSE_CHARGE" for tax in self.taxes)

    def has_long_numbers(self, reader: Reader) -> bool:
        """Whether some line's numbers would leave no room for its description beside them."""
        return any(
            len(reader.quantity(line.quantity))
            + len(reader.unit_price(line.unit_amount, self.currency))
            + len(reader.percents(line.tax_percents))
            + len(reader.money(line.amount_minor, self.currency))
            > ROOMY_CHARACTERS
            for line in self.lines
        )

    def settlements(self, reader: Reader) -> list[tuple[str, int]]:
        """What lies between total and amount due: (words, signed minor units), zeros left out."""
        rows = [
            ("interest", self.interest_minor),
            ("paid", -self.amount_paid_minor),
            ("credited", -self.amount_credited_minor),
            ("credit_applied", -self.credit_applied_minor),
            ("written_off", -self.amount_written_off_minor),
        ]
        return [(reader.say(word), minor) for word, minor in rows if minor]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a payer just did, and what is to be said of it.

    `form` is the hidden field of the form; `problem` names what was wrong with the last one,
    `number` is the card number in it. After a payment (`is_back`) its outcome comes first; with
    `leaves` the page leads on to the payment's next step by itself.
    """

    form: str = ""
    problem: str | None = None
    number: str = ""
    is_back: bool = False
    leaves: bool = False

    @property
    def is_about_number(self) -> bool:
        return self.problem in ("number_missing", "number_unknown")


PLAIN = Asked()


def render(view: PayPageView, asked: Asked = PLAIN) -> str:
    """The page as HTML, in the customer's language. A draft has no page: see `routes`."""
    return fill(
        "pay.html",
        view=view,
        asked=asked,
        reader=reader_of(view.locale),
        address_of=address_of,
        test_cards=TEST_CARDS,
    )


def render_not_found(reader: Reader) -> str:
    return fill("pay_not_found.html", reader=reader, address_of=address_of)


def counts_as_view(request: Request) -> bool:
    """Whether a person looks: not a HEAD, a prefetch, or a program that previews or scans links."""
    agent = request.headers.get("user-agent", "")
    purpose = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    return (
        request.method == "GET"
        and agent != ""
        and "prefetch" not in purpose
        and not PREVIEW_AGENTS.search(agent)
    )
