"""Callers whom nobody knows, or knows no more: one for each such row of the table of callers."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.jwk import RSAKey

from resolvers import access_tokens, api_keys
from resolvers.callers import SCOPES
from tests.site import Client, Site

ISSUER, AUDIENCE = "https://login.example.com/", "billgraph"
Maker = Callable[[Site, Client], Awaitable[Client]]


async def with_scopes(site: Site, client: Client, *scopes: str, mode: str | None = None) -> Client:
    """A client of the same workspace, or of its sandbox, that may do so much."""
    mode = mode or (await client.ask("{ viewer { mode } }"))["viewer"]["mode"]
    made = await client.do("apiKeyCreate", "secret", name="Other", mode=mode, scopes=scopes)
    return site.client(made["secret"])


def jwt_of(key: RSAKey, workspace: str, **claims: str) -> str:
    """A JWT of someone who may do everything, unless its claims say otherwise."""
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ann",
        "exp": int(datetime.now(UTC).timestamp()) + 3600,
        "workspace": workspace,
        "scope": " ".join(SCOPES),
        **claims,
    }
    return jwt.encode({"alg": "RS256", "kid": "one"}, said, key)


async def _no_key(site: Site, _: Client) -> Client:
    return site.nobody


async def _no_key_at_all(site: Site, _: Client) -> Client:
    return site.client("ak_live_short")


async def _unknown_key(site: Site, _: Client) -> Client:
    return site.client("ak_live_" + "x" * 43)


async def _revoked_key(site: Site, client: Client) -> Client:
    other = await with_scopes(site, client, *SCOPES)
    await _revoke_newest(client)
    return other


async def _ended_token(site: Site, client: Client) -> Client:
    then = datetime.now(UTC) - timedelta(seconds=access_tokens.TTL_MAX_S + 1)
    return site.client(await _token(site, client, site.settings.secret.encode(), then))


async def _orphaned_token(site: Site, client: Client) -> Client:
    other = await with_scopes(site, client, *SCOPES)
    made = await other.do("accessTokenCreate", "token", scopes=SCOPES)
    await _revoke_newest(client)
    return site.client(made["token"])


async def _foreign_token(site: Site, client: Client) -> Client:
    return site.client(await _token(site, client, b"another server" * 3, datetime.now(UTC)))


async def _foreign_jwt(site: Site, client: Client) -> Client:
    found = await client.ask("{ viewer { workspace { id } } }")
    key = RSAKey.generate_key(2048, {"kid": "one"})
    return site.client(jwt_of(key, found["viewer"]["workspace"]["id"]))


async def _token(site: Site, client: Client, secret: bytes, now: datetime) -> str:
    caller = await api_keys.find_caller(client.key or "", now)
    assert caller
    return (await access_tokens.create(caller, secret, now, SCOPES)).text


async def _revoke_newest(client: Client) -> None:
    found = await client.ask("{ apiKeys { id } }")
    await client.do("apiKeyRevoke", id=found["apiKeys"][-1]["id"])


UNKNOWN: Mapping[str, Maker] = {
    "no key": _no_key,
    "what is no key": _no_key_at_all,
    "a key that nobody was given": _unknown_key,
    "a revoked key": _revoked_key,
    "an access token that has ended": _ended_token,
    "an access token whose key was revoked": _orphaned_token,
    "an access token of another server": _foreign_token,
    "a JWT of an issuer that isn't ours": _foreign_jwt,
}
"""How each caller is made who must get nothing, beside a client who may do everything."""
