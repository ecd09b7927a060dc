"""The pay page shows one invoice to whoever has its link, and nothing to anyone else."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from server import pay_page_routes, static_files
from server.locales import Address
from server.pay_page import (
    Party,
    PayPageDiscount,
    PayPageLine,
    PayPageTax,
    PayPageView,
    Status,
    render,
)
from server.pay_page_forms import FormMaker
from server.pay_page_routes import Tried

TOKEN = "4nZ0k1XvQ9r2B7mWc5Yt3A"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

WILL = PayPageView(
    display_status="OPEN",
    number="INV-0001",
    seller=Party("Hartley & Rowe LLP", Address("120 Market St", "Oakland", "US"), "94-1234567"),
    customer=Party("Ada Lovelace"),
    currency="USD",
    locale="en-US",
    issued_on=date(2026, 11, 21),
    due_on=date(2026, 12, 21),
    lines=(
        PayPageLine("Drafting a will", Decimal(1), Decimal(2500), 250000),
        PayPageLine(
            "Certified copies", Decimal(12), Decimal(15), 18000, tax_percents=(Decimal("8.25"),)
        ),
    ),
    taxes=(PayPageTax("Sales tax", Decimal("8.25"), 18000, 1485),),
    subtotal_minor=268000,
    total_minor=269485,
    amount_due_minor=269485,
)


class Links:
    """Pay links in memory, with what was asked of them."""

    def __init__(self, view: PayPageView | None = WILL) -> None:
        self.view = view
        self.asked: list[tuple[str, bool]] = []

    async def find(
        self, token: str, *, counts_as_view: bool, is_back: bool = False
    ) -> PayPageView | None:
        self.asked.append((token, counts_as_view))
        return self.view if token == TOKEN else None

    def token_of(self, number: str) -> str | None:
        raise AssertionError("nobody pays here")

    async def pay(self, token: str, key: str, due_minor: int, card: str | None) -> Tried:
        raise AssertionError("nobody pays here")

    def client(self) -> TestClient:
        routes = pay_page_routes.routes(self, FormMaker(b"k" * 32, "http://testserver"))
        app = Starlette(routes=[*routes, static_files.mount()])
        return TestClient(app, headers={"user-agent": BROWSER})


class Text(HTMLParser):
    """The words of a page, without its markup and spacing."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("bdi", "span", "del", "small"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def __str__(self) -> str:
        return " ".join("".join(self.parts).split())


def text_of(view: PayPageView) -> str:
    return str(Text(render(view)))


def test_it_shows_what_is_billed_and_what_is_due() -> None:
    text = text_of(WILL)
    assert "Invoice INV-0001" in text
    assert "Due December 21, 2026" in text
    assert "Certified copies" in text
    assert "12 × $15.00 · Tax 8.25%" in text
    assert "Subtotal $2,680.00" in text
    assert "Sales tax 8.25% on $180.00 $14.85" in text
    assert "Total $2,694.85" in text
    assert text.endswith("Amount due $2,694.85")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("OPEN", "Due December 21, 2026"),
        ("PARTIALLY_PAID", "Partially paid"),
        ("OVERDUE", "Was due December 21, 2026"),
        ("PAID", "Paid November 25, 2026"),
        ("VOID", "Voided November 22, 2026. Nothing is due. Please don't pay this invoice."),
        ("UNCOLLECTIBLE", "Nothing is due."),
    ],
)
def test_it_says_how_the_invoice_stands(status: Status, words: str) -> None:
    view = replace(
        WILL, display_status=status, paid_on=date(2026, 11, 25), voided_on=date(2026, 11, 22)
    )
    assert words in text_of(view)


def test_from_the_total_to_the_amount_due_every_step_is_shown() -> None:
    view = replace(
        WILL,
        display_status="PARTIALLY_PAID",
        interest_minor=1250,
        amount_paid_minor=100000,
        amount_credited_minor=5000,
        credit_applied_minor=2000,
        amount_written_off_minor=35,
        amount_due_minor=163700,
    )
    assert (
        "Late interest $12.50 Paid −$1,000.00 Credited −$50.00 "
        "Credit applied −$20.00 Written off −$0.35 Amount due $1,637.00"
    ) in text_of(view)


def test_discounts_of_lines_and_of_the_invoice_are_told_apart() -> None:
    line = replace(WILL.lines[0], discount_minor=1000)
    discount = PayPageDiscount(11900, "Loyalty", Decimal(10))
    text = text_of(replace(WILL, lines=(line,), discounts=(discount,)))
    assert "Discount Items −$10.00" in text
    assert "Loyalty 10% −$119.00" in text


def test_tax_inside_the_prices_is_shown_below_the_total() -> None:
    text = text_of(replace(WILL, prices_include_tax=True))
    assert text.index("Total $2,694.85") < text.index("Sales tax 8.25% included, on $180.00 $14.85")


def test_a_reverse_charge_is_named() -> None:
    tax = PayPageTax("VAT", Decimal(0), 268000, 0, category="REVERSE_CHARGE")
    assert "the recipient accounts for the tax" in text_of(replace(WILL, taxes=(tax,)))


def test_a_period_is_shown_with_its_last_day() -> None:
    line = replace(WILL.lines[0], period_start=date(2026, 1, 1), period_end=date(2026, 2, 1))
    assert "January 1, 2026 – January 31, 2026" in text_of(replace(WILL, lines=(line,)))


def test_it_speaks_the_customers_language() -> None:
    page = render(replace(WILL, locale="ar-SA", currency="SAR"))
    assert '<html lang="ar" dir="rtl">' in page
    assert "المبلغ المستحق" in page


def test_a_yen_has_no_decimals() -> None:
    assert "￥269,485" in text_of(replace(WILL, locale="ja-JP", currency="JPY"))


def test_whatever_people_write_stays_text() -> None:
    attack = '<script>alert("x")</script>{{ 7*7 }}\'"><img src=x onerror=alert(1)>'
    page = render(
        replace(
            WILL,
            number=attack,
            seller=Party(attack, Address(attack, attack, "US"), attack),
            customer=Party(attack),
            notes=attack,
            lines=(replace(WILL.lines[0], description=attack),),
            discounts=(PayPageDiscount(1, attack),),
            taxes=(replace(WILL.taxes[0], name=attack),),
        )
    )
    assert "<script" not in page
    assert "<img" not in page
    assert "49" not in page.replace("INV", "")
    assert page.count("&lt;script&gt;") == 13


def test_internal_notes_have_no_place_in_it() -> None:
    assert "internal_notes" not in {field.name for field in fields(PayPageView)}


def test_a_test_invoice_says_that_it_is_none() -> None:
    assert "This is a test invoice." in text_of(replace(WILL, is_test=True))
    assert "test invoice" not in text_of(WILL)


def test_five_hundred_lines_are_shown() -> None:
    lines = tuple(replace(WILL.lines[0], description=f"Item {n}") for n in range(500))
    assert "Item 499" in text_of(replace(WILL, lines=lines))


def test_the_page_is_kept_by_nobody_and_found_by_no_search() -> None:
    answer = Links().client().get(f"/pay/{TOKEN}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"].startswith("noindex")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex' in answer.text


def test_the_page_runs_no_script_and_has_no_inline_style() -> None:
    answer = Links().client().get(f"/pay/{TOKEN}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_its_stylesheet_is_our_own() -> None:
    client = Links().client()
    address = static_files.address_of("pay.css")
    assert f'href="{address}"' in client.get(f"/pay/{TOKEN}").text
    assert client.get(address).headers["content-type"].startswith("text/css")


def test_an_unknown_link_and_a_draft_look_the_same() -> None:
    draft = Links(replace(WILL, display_status="DRAFT")).client().get(f"/pay/{TOKEN}")
    unknown = Links(None).client().get(f"/pay/{TOKEN}")
    assert draft.status_code == unknown.status_code == 404
    assert draft.text == unknown.text
    assert "INV-0001" not in draft.text
    assert draft.headers["cache-control"] == "no-store"


def test_the_page_for_an_unknown_link_speaks_the_browsers_language() -> None:
    answer = Links(None).client().get(f"/pay/{TOKEN}", headers={"accept-language": "de-AT,en"})
    assert "Hier gibt es keine Rechnung" in answer.text


@pytest.mark.parametrize(
    "token", ["short", "a" * 129, "a" * 21 + ".", "a" * 22 + "%00", "%27--" * 8]
)
def test_what_cannot_be_a_link_never_reaches_the_database(token: str) -> None:
    links = Links()
    assert links.client().get(f"/pay/{token}").status_code == 404
    assert links.asked == []


def test_a_person_who_opens_it_counts_as_a_view() -> None:
    links = Links()
    links.client().get(f"/pay/{TOKEN}")
    assert links.asked == [(TOKEN, True)]


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "facebookexternalhit/1.1",
        "WhatsApp/2.23.20.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (Windows NT 10.0) SkypeUriPreview Preview/0.5",
        "curl/8.5.0",
    ],
)
def test_a_program_that_previews_links_does_not_count(agent: str) -> None:
    links = Links()
    assert links.client().get(f"/pay/{TOKEN}", headers={"user-agent": agent}).status_code == 200
    assert links.asked == [(TOKEN, False)]


def test_a_prefetch_and_a_head_do_not_count() -> None:
    links = Links()
    links.client().get(f"/pay/{TOKEN}", headers={"sec-purpose": "prefetch;prerender"})
    head = links.client().head(f"/pay/{TOKEN}")
    assert head.status_code == 200
    assert links.asked == [(TOKEN, False), (TOKEN, False)]
