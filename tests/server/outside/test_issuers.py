"""The outside issuer: its tokens are taken by its published keys, its mistakes are not."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.identifiers import encode_id, new_id
from resolvers.callers import Caller
from server.outside import issuers
from server.outside.issuers import JwksIssuer
from server.settings import Settings
from tests import site as sites
from tests.resolvers.making import someone

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
ISSUER, AUDIENCE = "https://login.example.com/", "billgraph"


class Login:
    """An issuer with keys of its own, and how often it was asked for them."""

    def __init__(self) -> None:
        self.keys: list[Any] = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})]
        self.asked = 0
        self.is_down = False

    async def answer(self, _: Request) -> Response:
        self.asked += 1
        if self.is_down:
            return Response(status_code=503)
        return JSONResponse(KeySet(self.keys).as_dict(private=False))

    def token(self, key: Any = None, alg: str = "RS256", **claims: Any) -> str:
        key = key or self.keys[0]
        said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int(NOW.timestamp()) + 60}
        said |= claims
        return jwt.encode({"alg": alg, "kid": key.kid}, said, key, algorithms=[alg])


@pytest.fixture
async def login(settings: Settings) -> AsyncIterator[tuple[Login, JwksIssuer]]:
    made = Login()
    app = Starlette(routes=[Route("/jwks", made.answer)])
    async with sites.opened(settings, app) as opened:
        yield made, JwksIssuer(f"{opened.address}/jwks", ISSUER, AUDIENCE)


@pytest.fixture
async def claims(database: str) -> dict[str, Any]:
    workspace_id = (await someone()).workspace_id
    return {"workspace": encode_id("wsp", workspace_id), "scope": "INVOICES_READ nonsense"}


Pair = tuple[Login, JwksIssuer]


async def test_a_good_token_is_a_caller(login: Pair, claims: dict[str, Any]) -> None:
    issuer, takes = login
    found = await takes.find_caller(issuer.token(**claims), NOW)
    assert isinstance(found, Caller)
    assert (found.mode, found.actor, found.customer_id) == ("LIVE", "ann", None)
    assert found.scopes == {"INVOICES_READ"}


async def test_a_token_may_be_for_one_customer(login: Pair, claims: dict[str, Any]) -> None:
    issuer, takes = login
    someone_id = new_id()
    given = claims | {"customer": encode_id("cus", someone_id)}
    found = await takes.find_caller(issuer.token(**given), NOW)
    assert found is not None
    assert found.customer_id == someone_id
    for nobody in ("cus_x", "", 7):
        assert await takes.find_caller(issuer.token(**claims | {"customer": nobody}), NOW) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://other.example.com/"},
        {"aud": "another"},
        {"exp": int(NOW.timestamp())},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": int(NOW.timestamp()) + 60},
        {"workspace": None},
        {"workspace": encode_id("wsp", UUID(int=7))},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_says_something_wrong_is_none(
    login: Pair, claims: dict[str, Any], wrong: dict[str, Any]
) -> None:
    issuer, takes = login
    said = {name: value for name, value in (claims | wrong).items() if value is not None}
    token = issuer.token(**said)
    if None in wrong.values():
        removed = next(name for name, value in wrong.items() if value is None)
        payload = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int(NOW.timestamp()) + 60}
        payload |= claims
        payload.pop(removed)
        key = issuer.keys[0]
        token = jwt.encode({"alg": "RS256", "kid": key.kid}, payload, key)
    assert await takes.find_caller(token, NOW) is None


async def test_a_public_key_is_no_shared_secret(login: Pair, claims: dict[str, Any]) -> None:
    """A token signed by HMAC with the text of the public key, which everyone has."""
    issuer, takes = login
    head, body, _ = issuer.token(**claims).split(".")
    forged_head = urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').rstrip(b"=").decode()
    signed = f"{forged_head}.{body}"
    seal = hmac.digest(issuer.keys[0].as_pem(private=False), signed.encode(), "sha256")
    forged = f"{signed}.{urlsafe_b64encode(seal).rstrip(b'=').decode()}"

    assert head != forged_head
    assert await takes.find_caller(forged, NOW) is None


async def test_a_new_key_is_fetched_when_it_is_first_met(
    login: Pair, claims: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers, "TRIED_AGAIN_AFTER_S", 0.0)
    issuer, takes = login
    assert await takes.find_caller(issuer.token(**claims), NOW)
    issuer.keys.append(ECKey.generate_key("P-256", {"kid": "two"}))

    assert await takes.find_caller(issuer.token(issuer.keys[1], "ES256", **claims), NOW)


async def test_whoever_sends_nonsense_does_not_make_us_ask_again_and_again(
    login: Pair, claims: dict[str, Any]
) -> None:
    issuer, takes = login
    stranger = RSAKey.generate_key(2048, {"kid": "x"})
    for _ in range(5):
        assert await takes.find_caller(issuer.token(stranger, **claims), NOW) is None
        assert await takes.find_caller("a.b.c", NOW) is None
    assert issuer.asked == 1


async def test_an_issuer_that_is_down_does_not_lock_anyone_out(
    login: Pair, claims: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer, takes = login
    assert await takes.find_caller(issuer.token(**claims), NOW)
    monkeypatch.setattr(issuers, "KEPT_S", 0.0)
    monkeypatch.setattr(issuers, "TRIED_AGAIN_AFTER_S", 0.0)
    issuer.is_down = True

    assert await takes.find_caller(issuer.token(**claims), NOW)
    assert issuer.asked > 1
