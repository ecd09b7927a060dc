"""The pay page says how to pay, how a payment goes, and what came in."""

from dataclasses import replace
from datetime import date

import pytest

from server.locales import languages
from server.pay_page import Asked, Attempt, Checkout, PastPayment, render
from tests.server.test_pay_page import WILL, Text, text_of

CARD_FORM = Checkout("FORM", "Sandbox", 269485)
FORM = Asked(form="signed")


def test_a_form_takes_what_is_due_and_says_that_it_is_a_sandbox() -> None:
    page = render(replace(WILL, checkout=CARD_FORM), FORM)
    text = str(Text(page))
    assert "Pay this invoice Sandbox. No real money is taken" in text
    assert "Pay $2,694.85" in text
    assert '<label for="number">Test card number</label>' in page
    assert '<input type="hidden" name="form" value="signed">' in page


def test_a_fee_is_shown_before_it_is_paid() -> None:
    text = str(Text(render(replace(WILL, checkout=replace(CARD_FORM, fee_minor=7845)), FORM)))
    assert "Amount due $2,694.85 Card fee $78.45 To pay $2,773.30 Pay $2,773.30" in text


def test_stripe_s_page_is_announced() -> None:
    page = render(replace(WILL, checkout=Checkout("REDIRECT", "Stripe", 269485)), FORM)
    assert "You pay on Stripe&#39;s secure page and come back here." in page
    assert 'name="number"' not in page


def test_what_is_wrong_with_a_number_is_said_at_its_field() -> None:
    view = replace(WILL, checkout=CARD_FORM)
    page = render(view, Asked(form="x", problem="number_unknown", number='4111" onload="'))
    assert "This is not a test card." in page
    assert 'aria-describedby="number-wrong sandbox" aria-invalid="true" autofocus' in page
    assert 'value="4111&#34; onload=&#34;"' in page
    assert "<title>Not paid: Invoice INV-0001" in page


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("declined", "The card was declined"),
        ("funds", "not enough funds"),
        ("authentication", "was not approved"),
        ("expired", "not finished in time"),
        ("other", "could not be made"),
    ],
)
def test_a_payment_that_failed_says_why_and_can_be_tried_again(why: str, words: str) -> None:
    view = replace(WILL, checkout=CARD_FORM, attempt=Attempt("FAILED", 269485, why=why))
    text = str(Text(render(view, Asked(form="x", is_back=True))))
    assert words in text
    assert "Pay $2,694.85" in text
    assert words not in str(Text(render(view, FORM)))


def test_a_pending_payment_leads_on_and_takes_no_second_one() -> None:
    waiting = replace(WILL, attempt=Attempt("PENDING", 269485, "https://bank.example/1?a=1&b=2"))
    page = render(waiting)
    assert 'href="https://bank.example/1?a=1&amp;b=2"' in page
    assert "<form" not in page
    assert "http-equiv" not in page
    assert 'content="0;url=https://bank.example/1?a=1&amp;b=2"' in render(
        waiting, Asked(leaves=True)
    )


def test_a_payment_that_nobody_knows_of_yet_is_not_to_be_paid_again() -> None:
    text = text_of(replace(WILL, attempt=Attempt("PENDING", 269485)))
    assert "Please don't pay again. Check again" in text


def test_a_paid_invoice_is_a_receipt() -> None:
    paid = replace(
        WILL,
        display_status="PAID",
        paid_on=date(2026, 11, 25),
        amount_paid_minor=269485,
        amount_due_minor=0,
        payments=(
            PastPayment(date(2026, 11, 22), "BANK_TRANSFER", 100000),
            PastPayment(date(2026, 11, 25), "CARD", 169485, fee_minor=500),
        ),
    )
    text = text_of(paid)
    assert "Payments November 22, 2026 Bank transfer $1,000.00" in text
    assert "November 25, 2026 Card · Card fee $5.00 $1,694.85" in text
    assert "Thank you" not in text
    assert "Thank you Your payment has arrived." in str(Text(render(paid, Asked(is_back=True))))


def test_what_is_left_of_a_partly_paid_invoice_is_what_is_asked_for() -> None:
    partly = replace(
        WILL,
        display_status="PARTIALLY_PAID",
        amount_paid_minor=100000,
        amount_due_minor=169485,
        checkout=replace(CARD_FORM, due_minor=169485),
    )
    text = text_of(partly)
    assert "$1,694.85 of $2,694.85" in text
    assert "Pay $1,694.85" in text


@pytest.mark.parametrize("language", languages())
def test_every_state_has_words_in_every_language(language: str) -> None:
    view = replace(WILL, locale=language, checkout=replace(CARD_FORM, fee_minor=1))
    for problem in (None, "changed", "stale", "number_missing", "number_unknown"):
        render(view, Asked(form="x", problem=problem))
    for why in ("declined", "funds", "authentication", "expired", "other"):
        render(replace(view, attempt=Attempt("FAILED", 1, why=why)), Asked("x", is_back=True))
    for url in (None, "https://bank.example/"):
        waiting = replace(view, checkout=None, attempt=Attempt("PENDING", 1, url))
        render(waiting, Asked(leaves=url is not None))
    for method in ("CARD", "BANK_TRANSFER", "CASH", "CHEQUE", "OTHER"):
        past = (PastPayment(date(2026, 11, 22), method, 1, 1),)
        render(replace(view, payments=past), Asked(is_back=True))
