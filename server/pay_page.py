"""The hosted page of one invoice at /pay/{token}: what it is for, what is due, and nothing else."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.locales import Address, Reader, accepted_reader, reader_of
from server.security_headers import page_headers
from server.static_files import address_of
from server.templating import fill

Status = Literal["DRAFT", "OPEN", "PARTIALLY_PAID", "OVERDUE", "PAID", "VOID", "UNCOLLECTIBLE"]

HEADERS = {
    **page_headers({"style-src": "'self'", "img-src": "'self'"}),
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
# A link names 128 bits or more; anything else is refused without asking the database.
TOKEN = re.compile(r"[A-Za-z0-9_-]{22,128}")
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


class FindByToken(Protocol):
    """Looks an invoice up by its link; where it `counts_as_view`, the first time sets viewedAt."""

    async def __call__(self, token: str, *, counts_as_view: bool) -> PayPageView | None: ...


def render(view: PayPageView) -> str:
    """The page as HTML, in the customer's language. A draft has no page: see `routes`."""
    return fill("pay.html", view=view, reader=reader_of(view.locale), address_of=address_of)


def render_not_found(reader: Reader) -> str:
    return fill("pay_not_found.html", reader=reader, address_of=address_of)


def routes(find_by_token: FindByToken) -> list[Route]:
    """The page at /pay/{token}; an unknown token and a draft get the same 404."""

    async def pay(request: Request) -> Response:
        token = request.path_params["token"]
        view = None
        if TOKEN.fullmatch(token):
            view = await find_by_token(token, counts_as_view=counts_as_view(request))
        if view is None or view.display_status == "DRAFT":
            reader = accepted_reader(request.headers.get("accept-language", ""))
            return HTMLResponse(render_not_found(reader), 404, HEADERS)
        return HTMLResponse(render(view), 200, HEADERS)

    return [Route("/pay/{token}", pay, name="pay")]


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
