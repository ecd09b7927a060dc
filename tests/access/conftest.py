"""An outside issuer of tokens, for servers that take them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests import site as sites
from tests.access.callers import AUDIENCE, ISSUER
from tests.site import Site


@dataclass(frozen=True)
class Login:
    """What the issuer signs with, and the settings of a server that takes its tokens."""

    key: RSAKey
    settings: dict[str, Any]


@pytest.fixture(scope="module")
async def login(site: Site) -> AsyncIterator[Login]:
    """An issuer that publishes its key."""
    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})

    async def answer(_: Request) -> JSONResponse:
        return JSONResponse(KeySet([key]).as_dict(private=False))

    app = Starlette(routes=[Route("/jwks", answer)])
    async with sites.opened(site.settings, app) as opened:
        trusting = {
            "jwks_url": f"{opened.address}/jwks",
            "jwt_issuer": ISSUER,
            "jwt_audience": AUDIENCE,
        }
        yield Login(key, trusting)
