"""Our own stylesheets, icon and GraphiQL bundle, under addresses that change with their content."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.security_headers import content_security_policy

FOLDER = Path(__file__).parent / "static"
CACHE_S = 365 * 24 * 3600


class LastingFiles(StaticFiles):
    """Files that a browser may keep for good, since a changed file gets another address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code in (200, 206, 304):
            response.headers["cache-control"] = f"public, max-age={CACHE_S}, immutable"
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["cross-origin-resource-policy"] = "same-origin"
        # For those that are opened by themselves: an SVG, or a worker that loads its parts.
        response.headers["content-security-policy"] = content_security_policy(
            {"script-src": "'self'", "style-src": "'unsafe-inline'"}
        )
        return response


@cache
def address_of(name: str) -> str:
    """The path under which a file of `server/static` is served, with a digest of its content."""
    digest = sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def mount() -> Mount:
    """The route that serves them all, compressed."""
    return Mount("/static", LastingFiles(directory=FOLDER), middleware=[Middleware(GZipMiddleware)])
