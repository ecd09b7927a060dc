"""GraphiQL for a browser that opens /graphql, with the demo's API key where there is one."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from server.local_hosts import is_on_this_machine
from server.security_headers import PLAIN, page_headers
from server.static_files import FOLDER

# Monaco, the editor inside, makes <style> elements as it runs: so styles alone may be inline.
SOURCES = {
    "script-src": "'self'",
    "worker-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
}
PAGE = FOLDER / "graphiql" / "index.html"


def wants_graphiql(request: Request) -> bool:
    """Whether a GET of /graphql comes from someone's browser rather than from a GraphQL client.

    A browser that opens a page asks for text/html by name; clients say JSON, or only */*.
    """
    if request.method not in ("GET", "HEAD") or "query" in request.query_params:
        return False
    accepted = [
        part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")
    ]
    return "text/html" in accepted


async def graphiql_page(request: Request) -> Response:
    """The page itself: the same for everyone, without a key, since it asks for its settings."""
    headers = {**page_headers(SOURCES), "cache-control": "no-cache", "vary": "accept"}
    return HTMLResponse(PAGE.read_bytes(), headers=headers)


def routes(demo_api_key: str | None = None) -> list[Route]:
    """What the page needs beside /static: its settings. `demo_api_key` is for `make run` alone."""

    async def settings(request: Request) -> Response:
        api_key = demo_api_key if is_on_this_machine(request) else None
        answer = {"url": "/graphql", "apiKey": api_key}
        return JSONResponse(answer, headers=PLAIN)

    return [Route("/graphiql/settings.json", settings, name="graphiql-settings")]
