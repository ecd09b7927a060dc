"""Answers whether the process lives and whether it may be sent requests."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from models.connections import FAULTS, pool
from models.migrate import pending
from server.security_headers import PLAIN

TIME_LIMIT_S = 3


def routes() -> list[Route]:
    """/healthz for whoever restarts it, /readyz for whoever sends it requests."""
    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def healthz(_: Request) -> Response:
    """The event loop turns; no more is asked, so a database outage restarts nothing."""
    return PlainTextResponse("ok\n", headers=PLAIN)


async def readyz(_: Request) -> Response:
    """200 with the database there and up to date; 503 and what is missing otherwise."""
    problems = await _problems()
    return JSONResponse(
        {"ready": not problems, "problems": problems},
        status_code=503 if problems else 200,
        headers=PLAIN,
    )


async def _problems() -> list[str]:
    try:
        async with asyncio.timeout(TIME_LIMIT_S), (await pool()).acquire() as connection:
            missing = await pending(connection)
    except FAULTS:
        return ["the database is out of reach"]
    return [f"the database lacks migration {name}" for name in missing]
