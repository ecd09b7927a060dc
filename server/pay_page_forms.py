"""Forms of the pay page: what a form is signed with, and whether one that comes back is ours.

A form is bound to its link, to the browser that got it (by a cookie that other sites' forms do not
carry), and to the amount that its payer was shown.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "pay_form"
COOKIE_PATH = "/pay"
OPEN_FOR = timedelta(hours=12)
NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was ours: the key that makes it pay once, and the amount that it showed."""

    key: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class FormMaker:
    """Signs forms and knows them again; `secret` is the server's."""

    secret: bytes
    public_url: str

    def made(self, token: str, browser: str, amount_minor: int, now: datetime) -> str:
        """The hidden field of a new form for this much, a fee included."""
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        content = f"{nonce}.{amount_minor}.{int(now.timestamp())}"
        return f"{content}.{self._signature(token, browser, content)}"

    def read(self, token: str, browser: str | None, field: str, now: datetime) -> Form | None:
        """A form that came back; None where it is not ours, another browser's, or too old."""
        content, _, signature = field.rpartition(".")
        wanted = self._signature(token, browser or "", content)
        if not browser or not hmac.compare_digest(wanted.encode(), signature.encode()):
            return None
        nonce, amount_minor, made_s = content.split(".")
        age_s = now.timestamp() - int(made_s)
        if age_s > OPEN_FOR.total_seconds():
            return None
        return Form(nonce, int(amount_minor))

    def is_from_here(self, request: Request) -> bool:
        """Whether a form was sent by a page of ours, as far as the browser says.

        Our pages send no referrer, and so browsers name their origin `null`.
        """
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("origin", "null")
        return origin == "null" or urlsplit(origin)[:2] == urlsplit(self.public_url)[:2]

    def give_cookie(self, response: Response, browser: str) -> None:
        """Lets the browser be known by its next form."""
        response.set_cookie(
            COOKIE,
            browser,
            path=urlsplit(self.public_url).path + COOKIE_PATH,
            secure=self.public_url.startswith("https://"),
            httponly=True,
            samesite="lax",
        )

    def _signature(self, token: str, browser: str, content: str) -> str:
        key = hmac.digest(self.secret, b"pay page form", "sha256")
        signed = f"{token}\n{browser}\n{content}".encode()
        return hmac.new(key, signed, hashlib.sha256).hexdigest()


def new_browser() -> str:
    """What a browser is known by that has no cookie yet."""
    return secrets.token_urlsafe(NONCE_BYTES)


def browser_of(request: Request) -> str | None:
    """What a browser is known by, where it has our cookie."""
    return request.cookies.get(COOKIE)
