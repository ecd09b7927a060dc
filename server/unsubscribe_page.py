"""The page at /unsubscribe/…: asks once and then stops e-mails; a mail program's own button needs no page."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from resolvers.unsubscribing import FOLDER, Subscriber, find_subscriber, unsubscribe
from server.clock import utc_now
from server.locales import Reader, accepted_reader, reader_of
from server.security_headers import page_headers
from server.static_files import address_of
from server.templating import fill

HEADERS = {
    **page_headers({"style-src": "'self'", "img-src": "'self'", "form-action": "'self'"}),
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
}


def routes(secret: bytes) -> list[Route]:
    """Looking changes nothing, for programs follow links in mails; posting does (RFC 8058)."""

    async def page(request: Request) -> Response:
        parts = request.path_params
        subscriber = await find_subscriber(
            secret, parts["workspace"], parts["customer"], parts["signature"]
        )
        if subscriber is None:
            reader = accepted_reader(request.headers.get("accept-language", ""))
            return HTMLResponse(_not_found(reader), 404, HEADERS)
        if request.method == "POST":
            await unsubscribe(subscriber, utc_now())
        is_done = request.method == "POST" or not subscriber.is_mailed
        return HTMLResponse(_page(subscriber, is_done), 200, HEADERS)

    address = f"{FOLDER}/{{workspace}}/{{customer}}/{{signature}}"
    return [Route(address, page, methods=["GET", "POST"], name="unsubscribe")]


def _page(subscriber: Subscriber, is_done: bool) -> str:
    reader = reader_of(subscriber.locale)
    seller = subscriber.seller_name
    return fill(
        "unsubscribe.html", reader=reader, seller=seller, is_done=is_done, address_of=address_of
    )


def _not_found(reader: Reader) -> str:
    return fill("file_refused.html", reader=reader, code="url_invalid", address_of=address_of)
