"""The pay page over HTTP: shown to whoever has the link, and paid by its form, once."""

from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from server.bodies import Unread, read_body
from server.clock import utc_now
from server.locales import accepted_reader
from server.pay_page import (
    HEADERS,
    TOKEN,
    Asked,
    Checkout,
    PayPageView,
    counts_as_view,
    render,
    render_not_found,
)
from server.pay_page_forms import Form, FormMaker, browser_of, new_browser

BODY_BYTES_MAX = 8 * 1024
FIELDS_MAX = 8
FORM_TYPE = "application/x-www-form-urlencoded"
AFTER, ONWARD = "after", "onward"
"""What the page's own address says of a payer who comes back, or who has a step left to take."""

Tried = Literal["DONE", "ONWARD", "CHANGED"]


class Desk(Protocol):
    """Where payers are served."""

    async def find(
        self, token: str, *, counts_as_view: bool, is_back: bool = False
    ) -> PayPageView | None:
        """The page behind a link; None for a token that is none.

        Where the look counts as a view, the first sets viewedAt. For one who is back from paying,
        the gateway is asked what became of it.
        """

    def token_of(self, number: str) -> str | None:
        """What a card number stands for at the gateway whose form the page shows."""

    async def pay(self, token: str, key: str, due_minor: int, card: str | None) -> Tried:
        """Pays what the form showed, once for its key: DONE for better or worse, or ONWARD where a step is left.

        CHANGED where another amount is due by now: nothing is paid then.
        """


@dataclass(frozen=True, slots=True)
class PayPage:
    """The page at /pay/{token}."""

    desk: Desk
    forms: FormMaker

    async def show(self, request: Request) -> Response:
        """The page as the invoice is now; an unknown token and a draft get the same 404."""
        is_back = AFTER in request.query_params
        view = await self._view(request, is_back=is_back)
        if view is None:
            return not_found(request)
        attempt = view.attempt
        leaves = ONWARD in request.query_params and attempt is not None and bool(attempt.next_url)
        return self._page(request, view, Asked(is_back=is_back, leaves=leaves))

    async def pay(self, request: Request) -> Response:
        """Pays by the page's form, and leads back to the page, which says what came of it."""
        token = request.path_params["token"]
        view = await self._view(request)
        if view is None:
            return not_found(request)
        fields = await read_fields(request)
        form = self._form(request, fields)
        if view.checkout is None:
            return seen_after(token, AFTER)
        if form is None:
            return self._page(request, view, Asked(problem="stale"), 409)
        if form.amount_minor != view.checkout.to_pay_minor:
            return self._page(request, view, Asked(problem="changed"), 409)
        return await self._paid(request, view, view.checkout, form, fields.get("number", ""))

    async def _paid(
        self, request: Request, view: PayPageView, checkout: Checkout, form: Form, number: str
    ) -> Response:
        card = None
        if checkout.kind == "FORM":
            card = self.desk.token_of(number)
            if card is None:
                problem = "number_unknown" if number.strip() else "number_missing"
                return self._page(request, view, Asked(problem=problem, number=number[:40]), 422)
        token = request.path_params["token"]
        tried = await self.desk.pay(token, form.key, checkout.due_minor, card)
        if tried == "CHANGED":
            fresh = await self._view(request)
            return self._page(request, fresh or view, Asked(problem="changed"), 409)
        return seen_after(token, ONWARD if tried == "ONWARD" else AFTER)

    async def _view(self, request: Request, *, is_back: bool = False) -> PayPageView | None:
        token = request.path_params["token"]
        if not TOKEN.fullmatch(token):
            return None
        view = await self.desk.find(token, counts_as_view=counts_as_view(request), is_back=is_back)
        return None if view is None or view.display_status == "DRAFT" else view

    def _form(self, request: Request, fields: dict[str, str]) -> Form | None:
        if not self.forms.is_from_here(request):
            return None
        token, browser = request.path_params["token"], browser_of(request)
        return self.forms.read(token, browser, fields.get("form", ""), utc_now())

    def _page(
        self, request: Request, view: PayPageView, asked: Asked, status: int = 200
    ) -> Response:
        if view.checkout is None:
            return HTMLResponse(render(view, asked), status, HEADERS)
        browser = browser_of(request) or new_browser()
        amount = view.checkout.to_pay_minor
        form = self.forms.made(request.path_params["token"], browser, amount, utc_now())
        response = HTMLResponse(render(view, with_form(asked, form)), status, HEADERS)
        self.forms.give_cookie(response, browser)
        return response


def routes(desk: Desk, forms: FormMaker) -> list[Route]:
    """The page, shown and paid."""
    page = PayPage(desk, forms)
    return [
        Route("/pay/{token}", page.show, name="pay"),
        Route("/pay/{token}", page.pay, methods=["POST"]),
    ]


def not_found(request: Request) -> Response:
    """What is said of every link that leads to nothing, in the browser's language."""
    reader = accepted_reader(request.headers.get("accept-language", ""))
    return HTMLResponse(render_not_found(reader), 404, HEADERS)


def seen_after(token: str, what: str) -> Response:
    """Leads to the page by GET, so that loading it again sends no form again."""
    return RedirectResponse(f"{token}?{what}", 303, HEADERS)


def with_form(asked: Asked, form: str) -> Asked:
    """The same with a form to send."""
    return Asked(form, asked.problem, asked.number, asked.is_back, asked.leaves)


async def read_fields(request: Request) -> dict[str, str]:
    """The fields of a small form; none of anything else."""
    if not request.headers.get("content-type", "").startswith(FORM_TYPE):
        return {}
    try:
        body = await read_body(request.receive, BODY_BYTES_MAX)
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=FIELDS_MAX))
    except (Unread, ValueError):
        return {}
