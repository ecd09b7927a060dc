"""The limit's server: bare Starlette and asyncpg; no GraphQL, no authentication, no limits of its own."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.limit import statements

POOL_SIZE = 10
Read = Callable[[str], Any]
# A path's statement, and how its query's parameters are read.
ANSWERS: Mapping[str, tuple[str, Mapping[str, Read]]] = {
    "list": (statements.LIST, {"first": int}),
    "deep": (statements.DEEP, {"first": int, "at": datetime.fromisoformat, "id": UUID}),
    "filtered": (statements.FILTERED, {"first": int, "status": str, "customer": UUID}),
    "by-id": (statements.BY_ID, {"id": UUID}),
    "customer": (statements.CUSTOMER_WITH_INVOICES, {"id": UUID}),
}


def _route(name: str) -> Route:
    statement, parameters = ANSWERS[name]

    async def answer(request: Request) -> Response:
        given = request.query_params
        workspace_id = UUID(request.headers["x-workspace"])
        values = [read(given[parameter]) for parameter, read in parameters.items()]
        found = await request.app.state.pool.fetchval(statement, workspace_id, *values)
        return Response(found, media_type="application/json")

    return Route(f"/{name}", answer)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        min_size=POOL_SIZE,
        max_size=POOL_SIZE,
        reset=_keep,
        # Else PostgreSQL plans the list anew at each run: an unknown LIMIT looks dear to it.
        server_settings={"plan_cache_mode": "force_generic_plan"},
    ) as pool:
        app.state.pool = pool
        yield


async def _keep(_: object) -> None:
    """Nothing sets session state here, so a round trip is spared, as Billgraph spares it."""


app = Starlette(routes=[_route(name) for name in ANSWERS], lifespan=_lifespan)
