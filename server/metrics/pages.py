"""/metrics for Prometheus: to whoever carries METRICS_TOKEN, or in trials to this machine alone."""

import asyncio
from collections.abc import Iterator
from secrets import compare_digest
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.bearer import token_of
from server.local_hosts import is_local, is_on_this_machine
from server.metrics import backlog
from server.metrics.instruments import REGISTRY
from server.metrics.sharing import gathered, told
from server.security_headers import PLAIN
from server.settings import Settings

OURS = "billgraph_"
UNKNOWN = "Send METRICS_TOKEN: Authorization: Bearer …\n"
CLOSED = "Set METRICS_TOKEN and send it: Authorization: Bearer …\n"


def routes(settings: Settings, *, is_own_address: bool = False) -> list[Route]:
    """/metrics; at an address of its own it is for whoever reaches that, unless there is a token."""
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    is_trial = is_local(urlsplit(settings.public_url).hostname or "")

    async def metrics(request: Request) -> Response:
        if token is not None:
            if not _carries(request, token):
                headers = {**PLAIN, "www-authenticate": "Bearer"}
                return PlainTextResponse(UNKNOWN, 401, headers)
        elif not is_own_address and not (is_trial and is_on_this_machine(request)):
            return PlainTextResponse(CLOSED, 403, PLAIN)
        waiting = await backlog.families()
        own = told(settings.metrics_dir)
        body = await asyncio.to_thread(gathered, own, settings.metrics_dir, waiting)
        return Response(body, media_type=CONTENT_TYPE_PLAIN_0_0_4, headers=PLAIN)

    return [Route("/metrics", metrics)]


def described() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Every metric of ours by name: its labels, and what it says."""
    families = [*REGISTRY.collect(), backlog.answered(1), *backlog.written(())]
    for family in sorted(families, key=lambda one: one.name):
        if family.name.startswith(OURS):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            yield name, tuple(getattr(family, "_labelnames", ())), family.documentation


def _carries(request: Request, token: str) -> bool:
    given = token_of(request.headers.get("authorization", ""))
    return given is not None and compare_digest(given.encode(), token.encode())
