"""What is served at /files/…/exports: a CSV file to who holds its signed link."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from resolvers.document_links import FOLDER, LinkRefused, check
from resolvers.exports import EXPORTS, export_at
from server.clock import utc_now
from server.documents.pages import NOT_KEPT, refusal
from server.exports.streaming import Rows
from server.settings import Settings

AT_ONCE = 4
RETRY_AFTER_S = 10
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


@dataclass
class Places:
    """How many exports run in this process, each with a connection of its own."""

    taken: int = 0

    async def held(self, rows: Rows) -> AsyncIterator[str]:
        """The batches of an export, which holds its place as long as it lasts."""
        self.taken += 1
        try:
            async for batch in rows.batches():
                yield batch
        finally:
            self.taken -= 1


def routes(settings: Settings) -> list[Route]:
    """The exports."""
    places, secret = Places(), settings.secret.encode()

    async def serve(request: Request) -> Response:
        path, asked = request.scope["path"], request.query_params
        try:
            check(secret, path, asked.get("expires", ""), asked.get("signature", ""), utc_now())
        except LinkRefused as refused:
            return refusal(request, 403, refused.code)
        export = export_at(path)
        if export is None:
            return refusal(request, 404, "NOT_FOUND")
        if places.taken >= AT_ONCE:
            return _later()
        headers = {
            **NOT_KEPT,
            "content-disposition": f'attachment; filename="{path.split("/")[-1]}"',
        }
        if request.method == "HEAD":
            return Response(None, 200, headers, MEDIA_TYPE)
        batches = places.held(Rows(settings.dsn, export))
        # Until here it can still be said that it didn't work.
        heading = await anext(batches)
        return StreamingResponse(_following(heading, batches), 200, headers, MEDIA_TYPE)

    return [Route(f"{FOLDER}/{{workspace}}/{EXPORTS}/{{file}}", serve, name="exports")]


async def _following(heading: str, batches: AsyncIterator[str]) -> AsyncIterator[str]:
    yield heading
    async for batch in batches:
        yield batch


def _later() -> Response:
    message = "Too many exports are being written; try again shortly."
    headers = {**NOT_KEPT, "retry-after": str(RETRY_AFTER_S)}
    return JSONResponse({"code": "BUSY", "message": message}, 503, headers)
