"""The sandbox's own page, where a payer approves a payment as at their bank: no real money, no real bank."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from models.sandbox_gateway import SandboxCharge
from models.walls import looking_at
from resolvers.gateways import Gateways
from server import callbacks
from server.bodies import Unread, read_body
from server.clock import utc_now
from server.locales import accepted_reader
from server.outside.sandbox import SandboxGateway
from server.security_headers import page_headers
from server.static_files import address_of
from server.templating import fill

HEADERS = {
    **page_headers({"style-src": "'self'", "img-src": "'self'", "form-action": "'self'"}),
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
BODY_BYTES_MAX = 1024
APPROVE = b"answer=approve"


def routes(gateways: Gateways) -> list[Route]:
    """The page at /sandbox/authenticate/{reference}, which leads back to where it was signed for."""
    sandbox = gateways.test
    assert isinstance(sandbox, SandboxGateway), "what is never real goes through the sandbox"

    async def page(request: Request) -> Response:
        charge = await sandbox.find_by_reference(request.path_params["reference"])
        if charge is None:
            return HTMLResponse(_page(request, None), 404, HEADERS)
        if request.method != "POST":
            return HTMLResponse(_page(request, charge), 200, HEADERS)
        await _answer(sandbox, charge, approves=await _body(request) == APPROVE)
        back = _way_back(sandbox, request)
        if back is not None:
            return RedirectResponse(back, 303, HEADERS)
        answered = await sandbox.find_by_reference(charge.reference)
        return HTMLResponse(_page(request, answered), 200, HEADERS)

    return [Route("/sandbox/authenticate/{reference}", page, methods=["GET", "POST"])]


async def _answer(sandbox: SandboxGateway, charge: SandboxCharge, *, approves: bool) -> None:
    """Completes the charge, and tells this server of it as a stranger would: by a signed notice."""
    with looking_at(charge.workspace_id):
        await sandbox.authenticate(charge.reference, approves=approves)
        headers, body = await sandbox.notice_of(charge.workspace_id, charge.key)
    await callbacks.taken(sandbox, headers, body, utc_now())


def _way_back(sandbox: SandboxGateway, request: Request) -> str | None:
    """Where the payer came from; nowhere that we did not sign."""
    to = request.query_params.get("to", "")
    return to if sandbox.is_signed(to, request.query_params.get("signature", "")) else None


def _page(request: Request, charge: SandboxCharge | None) -> str:
    reader = accepted_reader(request.headers.get("accept-language", ""))
    return fill("sandbox.html", reader=reader, charge=charge, address_of=address_of)


async def _body(request: Request) -> bytes:
    """What the form said; nothing where it is none of ours."""
    try:
        return await read_body(request.receive, BODY_BYTES_MAX)
    except Unread:
        return b""
