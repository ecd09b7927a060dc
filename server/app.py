"""The web application: what is served at which address, and what lives as long as the process."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from models.connections import OUT_OF_REACH
from schema.schema import schema
from server import (
    callbacks,
    graphiql,
    health,
    pay_page_routes,
    sandbox_page,
    static_files,
    unsubscribe_page,
)
from server.clock import utc_now
from server.database import connected
from server.documents import pages
from server.documents.files import Documents
from server.exports import pages as export_pages
from server.graphql.allowances import Limits
from server.graphql.endpoint import GraphQLEndpoint
from server.graphql.freshness import ASKED, TOLD
from server.graphql.metering import LEFT
from server.graphql.operations import Operations
from server.graphql.requests import PREFLIGHTED
from server.graphql.sockets import GraphQLSockets
from server.graphql.trusted import TrustedDocuments
from server.logs import reason
from server.metrics import pages as metrics_pages
from server.metrics.sharing import kept_up
from server.outside.issuers import JwksIssuer
from server.outside.payment_gateways import gateways_of
from server.outside.webhooks import WebhookSender
from server.pay_desk import PayDesk
from server.pay_page_forms import FormMaker
from server.replicas import Replicas
from server.request_log import RequestLog
from server.security_headers import page_headers
from server.settings import Settings
from server.tracing.setting import is_on, traced

log = structlog.stdlib.get_logger(__name__)


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> ASGIApp:
    """The application, on a database that is there and migrated."""
    gateways, replicas = gateways_of(settings), Replicas()
    operations = (_traced_operations() if is_on(settings) else Operations)(
        schema._schema,
        settings.secret.encode(),
        {"public_url": settings.public_url},
        TrustedDocuments(settings.documents, settings.documents_dir),
        clock=clock,
        issuer=_issuer(settings),
        gateways=gateways,
        replicas=replicas,
        destinations=WebhookSender(settings.webhook_allow),
        limits=Limits(settings.rate_limit, settings.rate_limit_mails, settings.rate_limit_secrets),
    )
    demo_key = settings.demo_api_key.get_secret_value() if settings.demo_api_key else None
    site = Starlette(
        routes=[
            *graphiql.routes(demo_key),
            *pay_page_routes.routes(
                PayDesk(gateways, settings.public_url),
                FormMaker(settings.secret.encode(), settings.public_url),
            ),
            *callbacks.routes(gateways),
            *export_pages.routes(settings),
            *sandbox_page.routes(gateways),
            *pages.routes(Documents(settings), settings.secret.encode()),
            *unsubscribe_page.routes(settings.secret.encode()),
            *health.routes(),
            *metrics_pages.routes(settings),
            static_files.mount(),
        ],
        exception_handlers={
            HTTPException: _no_such_page,
            **dict.fromkeys(OUT_OF_REACH, _come_again),
        },
        lifespan=_lifespan(settings, operations, replicas),
    )
    # It would lead to the host that the request names, and hand it the token in the address.
    site.router.redirect_slashes = False
    return RequestLog(_cross_origin(settings, _graphql_first(operations, settings, site)))


async def _no_such_page(_: Request, refused: Exception) -> Response:
    """What is said of an address that leads nowhere, or by a method that it doesn't take."""
    assert isinstance(refused, HTTPException)
    headers = {**page_headers({}), "cache-control": "no-store", **(refused.headers or {})}
    return PlainTextResponse(f"{refused.detail}\n", refused.status_code, headers)


async def _come_again(request: Request, fault: Exception) -> Response:
    """What people are told while the database is away."""
    log.error("the database is out of reach", path=request.url.path, error=reason(fault))
    message = "This cannot be shown or done just now. Please try again in a minute.\n"
    headers = {**page_headers({}), "cache-control": "no-store", "retry-after": "60"}
    return PlainTextResponse(message, 503, headers=headers)


def create_metrics_app(settings: Settings) -> ASGIApp:
    """What a worker serves at METRICS_LISTEN."""
    return Starlette(
        routes=[*health.routes(), *metrics_pages.routes(settings, is_own_address=True)]
    )


def _issuer(settings: Settings) -> JwksIssuer | None:
    url, issuer, audience = settings.jwks_url, settings.jwt_issuer, settings.jwt_audience
    return JwksIssuer(url, issuer, audience) if url and issuer and audience else None


def _traced_operations() -> type[Operations]:
    # Loaded where it is wanted alone: OpenTelemetry takes its time.
    from server.graphql.tracing import TracedOperations

    return TracedOperations


def _endpoint(settings: Settings) -> type[GraphQLEndpoint]:
    if not is_on(settings):
        return GraphQLEndpoint
    from server.graphql.tracing import TracedEndpoint

    return TracedEndpoint


def _graphql_first(operations: Operations, settings: Settings, pages: ASGIApp) -> ASGIApp:
    """/graphql without the router and its error pages: nearly all requests are for it."""
    by_scope: dict[str, ASGIApp] = {
        "http": _endpoint(settings)(operations),
        "websocket": GraphQLSockets(operations, settings.cors_origins),
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_graphql = scope["type"] in by_scope and scope["path"] == "/graphql"
        await (by_scope[scope["type"]] if is_graphql else pages)(scope, receive, send)

    return app


def _cross_origin(settings: Settings, app: ASGIApp) -> ASGIApp:
    if not settings.cors_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "x-request-id", *PREFLIGHTED, *ASKED],
        expose_headers=["x-request-id", *LEFT, *TOLD],
        max_age=7200,
    )


def _lifespan(
    settings: Settings, operations: Operations, replicas: Replicas
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    pool = {
        "pool_size": settings.database_pool_size,
        "statement_cache": settings.database_statement_cache,
    }

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with (
            traced(settings),
            connected(settings, may_be_away=True),
            replicas.opened(settings.database_replica_urls, **pool),
            kept_up(settings.metrics_dir),
        ):
            yield
            await operations.close()

    return lifespan
