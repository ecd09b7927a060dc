"""What is served at /files: a document to who holds its signed link, and to others why not."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from domain.identifiers import decode_id
from resolvers.document_links import FOLDER, LinkRefused, check
from server.clock import utc_now
from server.documents.files import Documents, File
from server.locales import accepted_reader
from server.security_headers import page_headers
from server.static_files import address_of
from server.templating import fill

NOT_KEPT = {
    "cache-control": "private, no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "vary": "accept, accept-language",
}
FOR_PROGRAMS: Mapping[str, str] = {
    "URL_EXPIRED": "This link has expired: ask for a new one.",
    "URL_INVALID": "This link is incomplete, or was changed.",
    "NOT_FOUND": "There is no such document any more.",
}


def routes(documents: Documents, secret: bytes) -> list[Route]:
    """The files; `stamp=1` in a link asks for a copy that says what became of the document since."""

    async def serve(request: Request) -> Response:
        try:
            file = await _find(request)
        except LinkRefused as refused:
            return refusal(request, 403, refused.code)
        return refusal(request, 404, "NOT_FOUND") if file is None else _attached(file)

    async def _find(request: Request) -> File | None:
        asked = request.query_params
        expires, signature = asked.get("expires", ""), asked.get("signature", "")
        check(secret, request.scope["path"], expires, signature, utc_now())
        _, _, workspace, document, _ = request.scope["path"].split("/")
        workspace_id = decode_id("wsp", workspace)
        assert workspace_id is not None
        return await documents.find(workspace_id, document, stamped=asked.get("stamp") == "1")

    return [Route(f"{FOLDER}/{{path:path}}", serve, name="files")]


def _attached(file: File) -> Response:
    """Opened by a browser, and kept under its name."""
    disposition = f"inline; filename*=UTF-8''{quote(file.name, safe='')}"
    if file.name.isascii():
        disposition = f'inline; filename="{file.name}"; {disposition.partition("; ")[2]}'
    headers = {**NOT_KEPT, "content-disposition": disposition}
    return Response(file.content, 200, headers, "application/pdf")


def refusal(request: Request, status: int, code: str) -> Response:
    """A page for people, where they ask for one, and a few words of JSON for programs."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"code": code, "message": FOR_PROGRAMS[code]}, status, NOT_KEPT)
    reader = accepted_reader(request.headers.get("accept-language", ""))
    page = fill("file_refused.html", reader=reader, code=code.lower(), address_of=address_of)
    return HTMLResponse(page, status, {**page_headers({"style-src": "'self'"}), **NOT_KEPT})
