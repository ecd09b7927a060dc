"""A form of the pay page pays for the link, the browser and the amount that it was made for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from server import pay_page_routes
from server.pay_page import Checkout, PayPageView
from server.pay_page_forms import FormMaker
from server.pay_page_routes import Tried
from tests.server.test_pay_page import BROWSER, TOKEN, WILL

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FORMS = FormMaker(b"k" * 32, "https://bill.example")
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}


def test_a_form_that_comes_back_says_what_it_showed() -> None:
    field = FORMS.made("link", "browser", 269485, NOW)
    form = FORMS.read("link", "browser", field, NOW + timedelta(hours=12))
    assert form
    assert form.amount_minor == 269485


def test_each_form_has_a_key_of_its_own() -> None:
    keys = {FORMS.read("l", "b", FORMS.made("l", "b", 1, NOW), NOW) for _ in range(100)}
    assert len(keys) == 100


@pytest.mark.parametrize(
    ("token", "browser", "hours"), [("x", "b", 0), ("l", "x", 0), ("l", None, 0), ("l", "b", 13)]
)
def test_a_form_is_of_no_use_elsewhere_or_too_late(
    token: str, browser: str | None, hours: int
) -> None:
    field = FORMS.made("l", "b", 1, NOW)
    assert FORMS.read(token, browser, field, NOW + timedelta(hours=hours)) is None


@pytest.mark.parametrize("change", ["", ".", "a.b.c.d", "1" + "0" * 5000, "é.1.1.ff"])
def test_a_form_that_was_changed_is_none(change: str) -> None:
    field = FORMS.made("l", "b", 1, NOW)
    assert FORMS.read("l", "b", change, NOW) is None
    assert FORMS.read("l", "b", field.replace(".1.", ".0."), NOW) is None
    assert FORMS.read("l", "b", f"{field}0", NOW) is None


def test_another_server_s_form_is_none() -> None:
    field = FormMaker(b"x" * 32, "https://bill.example").made("l", "b", 1, NOW)
    assert FORMS.read("l", "b", field, NOW) is None


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://bill.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://bill.example"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "null"}, False),
        ({"sec-fetch-site": "same-site"}, False),
    ],
)
def test_a_form_sent_from_another_site_is_told_apart(
    headers: dict[str, str], is_ours: bool
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert FORMS.is_from_here(Request({"type": "http", "headers": raw})) is is_ours


class Till:
    """A desk in memory, with what was paid at it."""

    def __init__(self, view: PayPageView) -> None:
        self.view = view
        self.paid: list[tuple[str, int, str | None]] = []
        self.tried: Tried = "DONE"

    async def find(
        self, token: str, *, counts_as_view: bool, is_back: bool = False
    ) -> PayPageView | None:
        return self.view if token == TOKEN else None

    def token_of(self, number: str) -> str | None:
        return {"4242": "pm_card_visa"}.get(number)

    async def pay(self, token: str, key: str, due_minor: int, card: str | None) -> Tried:
        self.paid.append((key, due_minor, card))
        return self.tried


@pytest.fixture
def till() -> Till:
    return Till(replace(WILL, checkout=Checkout("FORM", "Sandbox", 269485, 100)))


@pytest.fixture
def payer(till: Till) -> TestClient:
    routes = pay_page_routes.routes(till, FormMaker(b"k" * 32, "http://testserver"))
    app = Starlette(routes=routes)
    return TestClient(app, headers={"user-agent": BROWSER}, follow_redirects=False)


def form_of(page: str) -> str:
    """The hidden field of a page's form."""
    return page.partition('name="form" value="')[2].partition('"')[0]


def send(payer: TestClient, number: str = "4242", **headers: str) -> tuple[int, str, str]:
    """Opens the page, sends its form, and answers status, place and page."""
    form = form_of(payer.get(f"/pay/{TOKEN}").text)
    body = urlencode({"form": form, "number": number})
    answer = payer.post(f"/pay/{TOKEN}", content=body, headers={**FORM_TYPE, **headers})
    return answer.status_code, answer.headers.get("location", ""), answer.text


def test_a_form_pays_and_leads_back_to_the_page(till: Till, payer: TestClient) -> None:
    status, place, _ = send(payer)
    assert (status, place) == (303, f"{TOKEN}?after")
    assert [(due, card) for _, due, card in till.paid] == [(269485, "pm_card_visa")]


def test_a_step_that_is_left_is_led_on_to(till: Till, payer: TestClient) -> None:
    till.tried = "ONWARD"
    assert send(payer)[1] == f"{TOKEN}?onward"


def test_the_same_form_sent_twice_has_the_same_key(till: Till, payer: TestClient) -> None:
    body = urlencode({"form": form_of(payer.get(f"/pay/{TOKEN}").text), "number": "4242"})
    for _ in range(2):
        payer.post(f"/pay/{TOKEN}", content=body, headers=FORM_TYPE)
    assert len({key for key, _, _ in till.paid}) == 1


@pytest.mark.parametrize(("number", "words"), [("", "Enter a card number."), ("1", "not a test")])
def test_a_number_that_is_no_test_card_s_is_not_charged(
    till: Till, payer: TestClient, number: str, words: str
) -> None:
    status, _, page = send(payer, number)
    assert (status, till.paid) == (422, [])
    assert words in page


def test_an_amount_that_changed_meanwhile_is_shown_and_not_charged(
    till: Till, payer: TestClient
) -> None:
    form = form_of(payer.get(f"/pay/{TOKEN}").text)
    till.view = replace(till.view, checkout=Checkout("FORM", "Sandbox", 169485, 100))
    body = urlencode({"form": form, "number": "4242"})
    answer = payer.post(f"/pay/{TOKEN}", content=body, headers=FORM_TYPE)
    assert (answer.status_code, till.paid) == (409, [])
    assert "The amount has changed" in answer.text
    assert "$1,694.85" in answer.text


def test_an_amount_that_changes_while_it_is_paid_is_shown(till: Till, payer: TestClient) -> None:
    till.tried = "CHANGED"
    status, _, page = send(payer)
    assert status == 409
    assert "The amount has changed" in page


def test_a_form_without_its_cookie_is_not_paid(till: Till, payer: TestClient) -> None:
    form = form_of(payer.get(f"/pay/{TOKEN}").text)
    payer.cookies.clear()
    body = urlencode({"form": form, "number": "4242"})
    answer = payer.post(f"/pay/{TOKEN}", content=body, headers=FORM_TYPE)
    assert (answer.status_code, till.paid) == (409, [])
    assert "does not allow cookies" in answer.text


def test_another_site_cannot_send_it(till: Till, payer: TestClient) -> None:
    assert send(payer, origin="https://evil.example")[0] == 409
    assert send(payer, **{"sec-fetch-site": "cross-site"})[0] == 409
    assert till.paid == []


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        (b"form=x&number=4242", "text/plain"),
        (b"{}", "application/json"),
        (b"a=1&" * 50, FORM_TYPE["content-type"]),
        (b"form=" + b"x" * 9000, FORM_TYPE["content-type"]),
        (b"form=\xff", FORM_TYPE["content-type"]),
        (b"", FORM_TYPE["content-type"]),
    ],
)
def test_what_is_no_form_of_ours_is_not_paid(
    till: Till, payer: TestClient, content: bytes, type_: str
) -> None:
    payer.get(f"/pay/{TOKEN}")
    answer = payer.post(f"/pay/{TOKEN}", content=content, headers={"content-type": type_})
    assert (answer.status_code, till.paid) == (409, [])


def test_the_cookie_is_kept_from_scripts_and_other_sites(payer: TestClient) -> None:
    cookie = payer.get(f"/pay/{TOKEN}").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/pay"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_behind_tls_the_cookie_stays_there(till: Till) -> None:
    routes = pay_page_routes.routes(till, FORMS)
    payer = TestClient(Starlette(routes=routes), "https://bill.example")
    assert "Secure" in payer.get(f"/pay/{TOKEN}").headers["set-cookie"]


def test_what_takes_no_money_sets_no_cookie(till: Till, payer: TestClient) -> None:
    till.view = replace(WILL, display_status="VOID")
    assert "set-cookie" not in payer.get(f"/pay/{TOKEN}").headers
    assert payer.post(f"/pay/{TOKEN}").status_code == 303
    assert till.paid == []


def test_an_unknown_link_takes_no_money(till: Till, payer: TestClient) -> None:
    assert payer.post("/pay/" + "a" * 22).status_code == 404
    assert payer.post("/pay/short").status_code == 404
