"""Callbacks: what payment gateways tell by themselves, at /callbacks/{gateway}."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from resolvers.gateways import Gateway, Gateways, NoticeRefused
from resolvers.payments import receive
from server.bodies import BrokenOff, TooLarge, read_body
from server.clock import utc_now
from server.security_headers import PLAIN

BODY_BYTES_MAX = 256 * 1024

log = structlog.stdlib.get_logger(__name__)


def routes(gateways: Gateways) -> list[Route]:
    """Where notices arrive: 200 for one that is kept, known or not ours, 400 for one that lies."""

    async def callback(request: Request) -> Response:
        gateway = gateways.named(request.path_params["gateway"])
        if gateway is None:
            return PlainTextResponse("There is no such gateway here.\n", 404, PLAIN)
        try:
            body = await read_body(request.receive, BODY_BYTES_MAX)
        except TooLarge:
            return PlainTextResponse("This is more than a notice holds.\n", 413, PLAIN)
        except BrokenOff:
            return PlainTextResponse("", 400, PLAIN)
        return await taken(gateway, request.headers, body, utc_now())

    return [Route("/callbacks/{gateway}", callback, methods=["POST"])]


async def taken(
    gateway: Gateway, headers: Mapping[str, str], body: bytes, now: datetime
) -> Response:
    """Takes a notice that has arrived."""
    try:
        notice = await gateway.read_notice(headers, body)
    except NoticeRefused as refused:
        log.warning("a gateway's notice was refused", gateway=gateway.name, reason=str(refused))
        return PlainTextResponse("This notice is not signed as it must be.\n", 400, PLAIN)
    if notice is not None:
        await receive(gateway, notice, now)
    return PlainTextResponse("ok\n", 200, PLAIN)
