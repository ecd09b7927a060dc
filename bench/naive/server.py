"""The naive server, and the same with Strawberry's caches of parsed and validated documents."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from tortoise import Tortoise

from bench.naive.types import Query
from server.database import config


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    connections: dict[str, Any] = config(os.environ["DATABASE_URL"])
    connections["apps"] = {
        "naive": {"models": ["bench.naive.tables"], "default_connection": "default"}
    }
    await Tortoise.init(config=connections, _enable_global_fallback=True)
    yield
    await Tortoise.close_connections()


def _app(*extensions: Any) -> Starlette:
    schema = strawberry.Schema(Query, extensions=extensions)
    return Starlette(
        routes=[Route("/graphql", GraphQL(schema), methods=["POST"])], lifespan=_lifespan
    )


app = _app()
cached = _app(ParserCache, ValidationCache)
