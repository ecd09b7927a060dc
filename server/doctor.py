"""Says what of an installation is missing or unsafe, each with what to do about it."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import asyncpg

from models.connections import FAULTS
from models.migrate import LOWEST_VERSION, pending
from models.roles import APPEND_ONLY, APPLICATION
from models.walls import EVERY_WORKSPACE, within
from server.local_hosts import is_local
from server.settings import Settings
from server.tracing.setting import is_on, protocol

HIGHEST_VERSION = 18
TIME_LIMIT_S = 10
DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `fix` says what to do unless all is well."""

    level: Literal["fine", "warning", "problem"]
    what: str
    fix: str = ""


async def examine(settings: Settings, given: Settings) -> list[Finding]:
    """Looks at an opened installation; `given` are its settings as the environment has them."""
    return [
        *await _database(settings),
        *await _replicas(settings),
        *_addresses(given),
        *_mail(given),
        *_secrets(given),
        *_gateway(given),
        *_metrics(given),
        *_traces(given),
    ]


async def _database(settings: Settings) -> list[Finding]:
    findings = []
    names = {"DATABASE_URL": settings.dsn, "DATABASE_DIRECT_URL": settings.direct_dsn}
    for name, dsn in names.items():
        if name == "DATABASE_DIRECT_URL" and dsn == settings.dsn:
            continue
        try:
            async with _connected(dsn) as connection:
                findings += await _server(connection, name)
                if name == "DATABASE_URL":
                    findings += await _ledger(connection)
        except FAULTS as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            fix = f"Start PostgreSQL, or correct {name}."
            findings.append(Finding("problem", f"{name}: out of reach ({reason})", fix))
    return findings


async def _replicas(settings: Settings) -> list[Finding]:
    """Whether each is there and follows; reads do without one, so nothing here is a problem."""
    findings = []
    for number, url in enumerate(settings.database_replica_urls, 1):
        name = f"DATABASE_REPLICA_URLS, number {number}"
        try:
            async with _connected(url.get_secret_value()) as connection:
                follows = await connection.fetchval("SELECT pg_is_in_recovery()")
        except FAULTS:
            findings.append(Finding("warning", f"{name}: out of reach", "Start it, or correct it."))
            continue
        if follows:
            findings.append(Finding("fine", f"{name}: follows"))
        else:
            fix = "Name a standby: this server takes writes, so nothing is read on it."
            findings.append(Finding("warning", f"{name}: no standby", fix))
    return findings


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    async with asyncio.timeout(TIME_LIMIT_S):
        # A pooler in transaction mode keeps no prepared statements.
        connection = await asyncpg.connect(dsn, statement_cache_size=0)
        try:
            yield connection
        finally:
            await connection.close()


async def _server(connection: asyncpg.Connection, name: str) -> list[Finding]:
    row = await connection.fetchrow(
        "SELECT current_setting('server_version_num')::int / 10000 AS version,"
        " current_setting('server_encoding') AS encoding, rolsuper AS superuser"
        " FROM pg_roles WHERE rolname = current_user"
    )
    assert row is not None
    found = [_version(name, row["version"])]
    if row["encoding"] != "UTF8":
        fix = "Make the database anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        found.append(Finding("problem", f"{name}: its encoding is {row['encoding']}", fix))
    if row["superuser"]:
        fix = "Connect as a role without SUPERUSER: the ledger's protections do not bind one."
        found.append(Finding("warning", f"{name}: the role is a superuser", fix))
    found += [await _migrations(connection), *await _durability(connection, name)]
    return found


def _version(name: str, version: int) -> Finding:
    if version < LOWEST_VERSION:
        fix = f"Use PostgreSQL {LOWEST_VERSION} to {HIGHEST_VERSION}."
        return Finding("problem", f"{name}: PostgreSQL {version} is too old", fix)
    if version > HIGHEST_VERSION:
        fix = f"PostgreSQL {LOWEST_VERSION} to {HIGHEST_VERSION} are what the tests run on."
        return Finding("warning", f"{name}: PostgreSQL {version} was never tried", fix)
    return Finding("fine", f"{name}: PostgreSQL {version}")


async def _migrations(connection: asyncpg.Connection) -> Finding:
    missing = await pending(connection)
    if missing:
        return Finding(
            "problem", f"Migrations missing: {', '.join(missing)}", "Run: python -m server migrate"
        )
    return Finding("fine", "Every migration is applied")


async def _ledger(connection: asyncpg.Connection) -> list[Finding]:
    """Whether the application can only add to the ledger, and sees one workspace at a time."""
    if await pending(connection):
        return []
    async with connection.transaction():
        try:
            await connection.execute(within(EVERY_WORKSPACE))
        except asyncpg.PostgresError as error:
            fix = f"CREATE ROLE {APPLICATION} NOLOGIN; GRANT {APPLICATION} TO the role of DATABASE_URL."
            return [Finding("problem", f"The application's role: {error}", fix)]
        may_change = await connection.fetchval(_MAY_CHANGE, list(APPEND_ONLY))
    passes = not await connection.fetchval("SELECT row_security_active('invoices')")
    return [_kept(may_change), _walled(passes)]


_MAY_CHANGE = """
SELECT bool_or(has_table_privilege(name, 'UPDATE') OR has_table_privilege(name, 'DELETE'))
FROM unnest($1::text[]) AS name
"""


def _kept(may_change: bool) -> Finding:
    if may_change:
        fix = f"REVOKE UPDATE, DELETE ON {', '.join(APPEND_ONLY)} FROM {APPLICATION}."
        return Finding("problem", "The application's role may change the ledger", fix)
    return Finding("fine", "The ledger and the history can only be added to")


def _walled(passes: bool) -> Finding:
    if passes:
        fix = "Let DATABASE_URL name a role without SUPERUSER and BYPASSRLS."
        return Finding(
            "problem", "DATABASE_URL: its role sees through the walls of workspaces", fix
        )
    return Finding("fine", "No statement sees more than one workspace by mistake")


async def _durability(connection: asyncpg.Connection, name: str) -> list[Finding]:
    rows = await connection.fetch(
        "SELECT name FROM pg_settings WHERE setting = 'off' AND name = ANY($1) ORDER BY name",
        DURABILITY,
    )
    return [
        Finding(
            "problem",
            f"{name}: {setting} is off, so a crash may lose issued invoices",
            f"Set {setting} = on in postgresql.conf.",
        )
        for (setting,) in rows
    ] or [Finding("fine", f"{name}: what is committed survives a crash")]


def _addresses(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.public_url)
    if url.scheme == "https":
        yield Finding("fine", f"PUBLIC_URL: {settings.public_url}")
    elif not is_local(url.hostname or ""):
        fix = "Put TLS before it and say https://: pay links are secrets."
        yield Finding("problem", f"PUBLIC_URL: {settings.public_url} is not encrypted", fix)
    elif settings.is_embedded:
        yield Finding("fine", f"PUBLIC_URL: {settings.public_url}, for trials on this machine")
    else:
        fix = "Set PUBLIC_URL to the https:// address that customers reach."
        yield Finding("problem", "PUBLIC_URL: pay links would point at this machine", fix)
    if "*" in settings.cors_origins:
        fix = "Name the origins of your own pages."
        yield Finding("problem", "CORS_ORIGINS: * lets every page on the web call the API", fix)
    if settings.webhook_allow:
        networks = ", ".join(str(network) for network in settings.webhook_allow)
        fix = "Unset WEBHOOK_ALLOW unless webhooks must reach these."
        yield Finding("warning", f"WEBHOOK_ALLOW: webhooks may reach {networks}", fix)


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url is None:
        level: Literal["fine", "warning"] = "fine" if settings.is_embedded else "warning"
        where = settings.data_dir / "mail"
        fix = "" if settings.is_embedded else "Set SMTP_URL."
        yield Finding(level, f"SMTP_URL: not set, mail is written to {where}", fix)
        return
    url = urlsplit(settings.smtp_url.get_secret_value())
    is_encrypted = url.scheme == "smtps" or parse_qs(url.query).get("starttls") == ["1"]
    if not is_encrypted and not is_local(url.hostname or ""):
        fix = "Use smtps://, or add ?starttls=1."
        yield Finding("problem", f"SMTP_URL: mail to {url.hostname} is not encrypted", fix)
    else:
        yield Finding("fine", f"SMTP_URL: mail goes by {url.hostname}")
    if settings.mail_from.endswith("@localhost"):
        fix = "Set MAIL_FROM to an address of your own domain."
        yield Finding("problem", f"MAIL_FROM: {settings.mail_from} will be refused", fix)


def _secrets(settings: Settings) -> Iterator[Finding]:
    if settings.secret_key is not None:
        yield Finding("fine", "SECRET_KEY: given")
    elif _is_for_owner_alone(settings.data_dir / "secret_key"):
        yield Finding("fine", f"SECRET_KEY: kept in {settings.data_dir / 'secret_key'}")
    else:
        path = settings.data_dir / "secret_key"
        yield Finding("problem", f"SECRET_KEY: others may read {path}", f"Run: chmod 600 {path}")
    folder = settings.data_dir
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        fix = "Name a folder of this account's own."
        yield Finding("problem", f"DATA_DIR: {settings.data_dir} cannot be written", fix)


def _gateway(settings: Settings) -> Iterator[Finding]:
    if settings.gateway == "sandbox":
        if not settings.is_embedded:
            fix = "Set GATEWAY=stripe and its keys to take money."
            yield Finding("warning", "GATEWAY: the sandbox takes test cards alone", fix)
        return
    key = settings.stripe_api_key.get_secret_value() if settings.stripe_api_key else ""
    secret = settings.stripe_webhook_secret
    if not key.startswith(("sk_", "rk_")):
        fix = "Copy the secret key (sk_…) or a restricted one (rk_…), not the publishable pk_…."
        yield Finding("problem", "STRIPE_API_KEY: this is no secret key of Stripe's", fix)
    elif "_test_" in key:
        fix = "Use the live key once real money is to come."
        yield Finding("warning", "STRIPE_API_KEY: a test key, which moves no money", fix)
    else:
        yield Finding("fine", "STRIPE_API_KEY: a live key")
    if not (secret and secret.get_secret_value().startswith("whsec_")):
        fix = "Copy the signing secret (whsec_…) of the endpoint from Stripe's dashboard."
        yield Finding("problem", "STRIPE_WEBHOOK_SECRET: this is no signing secret", fix)
    if settings.stripe_api_base:
        fix = "Unset STRIPE_API_BASE."
        what = f"STRIPE_API_BASE: payments go to {settings.stripe_api_base}, not to Stripe"
        yield Finding("warning", what, fix)
    yield from _callbacks(settings)


def _callbacks(settings: Settings) -> Iterator[Finding]:
    address = f"{settings.public_url}/callbacks/stripe"
    if is_local(urlsplit(settings.public_url).hostname or ""):
        fix = f"Forward them: stripe listen --forward-to {address}"
        yield Finding("warning", "GATEWAY: Stripe's webhooks cannot reach this machine", fix)
    else:
        yield Finding("fine", f"GATEWAY: Stripe's webhooks are to come to {address}")


def _metrics(settings: Settings) -> Iterator[Finding]:
    listens = settings.metrics_listen
    if settings.metrics_token is not None:
        yield Finding("fine", "METRICS_TOKEN: given")
    elif listens and not is_local(listens.rpartition(":")[0].strip("[]")):
        fix = (
            "Set METRICS_TOKEN, or let METRICS_LISTEN name an address that only Prometheus reaches."
        )
        yield Finding("warning", f"METRICS_LISTEN: whoever reaches {listens} may read metrics", fix)
    elif is_local(urlsplit(settings.public_url).hostname or ""):
        yield Finding("fine", "METRICS_TOKEN: not set, /metrics is for this machine alone")
    else:
        fix = "Set METRICS_TOKEN for Prometheus to read it."
        yield Finding("fine", "METRICS_TOKEN: not set, /metrics is closed", fix)


def _traces(settings: Settings) -> Iterator[Finding]:
    if not is_on(settings):
        return
    wanted = protocol()
    if wanted != "http/protobuf":
        fix = "Set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, and an endpoint that takes it (port 4318)."
        yield Finding("problem", f"OTEL_EXPORTER_OTLP_PROTOCOL: {wanted} is not spoken here", fix)
    else:
        yield Finding("fine", "OTEL_EXPORTER_OTLP_ENDPOINT: traces are sent")


def _is_for_owner_alone(path: Path) -> bool:
    return not stat.S_IMODE(path.stat().st_mode) & 0o077
