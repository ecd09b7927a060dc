"""Webhooks: endpoints that events are sent to, and how each sending went."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from plans import sources
from plans.rows import Row, column
from resolvers import webhooks
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.enums import enum_value
from schema.events import Event, EventType, subject_told_to
from schema.fields import computed, field, json_list, one, read_back, reads, scalar
from schema.inputs import INPUT, KEY_DESCRIPTION
from schema.nodes import Node
from schema.payloads import Outcome, Payload, changes, outcome, perform, plain, uuid_of
from schema.scalars import URL

URL_DESCRIPTION = (
    "Where to POST events: https, on port 443 or 1024 and above, and no private address."
)
TYPES_DESCRIPTION = (
    "Which events to send; empty is every type, also those added later. You need the scopes of "
    "reading them all: INVOICES_READ, for customers CUSTOMERS_READ too, for payments and "
    "INVOICE_PAYMENT_FAILED PAYMENTS_READ."
)


@reads("webhook_endpoints", "whe", "SETTINGS_READ")
@strawberry.type(
    description="An address of yours that events are sent to, signed after Standard Webhooks."
)
class WebhookEndpoint(Node):
    """A row of webhook_endpoints."""

    url: URL = scalar("url", "Where events are posted to.")
    types: list[EventType] = scalar("types", "Which are sent; empty is every type.")
    enabled: bool = scalar(
        "enabled", "Whether events are sent. What happens while it is disabled is never sent."
    )
    disabled_reason: str | None = scalar(
        "disabled_reason",
        "Why we disabled it, such as an answer of 410 Gone; null where it is enabled or you did.",
    )
    created_at: datetime = scalar("created_at", "When it was made.")


@strawberry.enum(description="How a delivery stands.")
class WebhookDeliveryStatus(Enum):
    """Waits, or over."""

    PENDING = enum_value("PENDING", description="To be attempted, at once or again.")
    DELIVERED = enum_value("DELIVERED", description="The endpoint answered with a 2xx status.")
    FAILED = enum_value(
        "FAILED",
        description="Given up, after ten attempts over some three days or because the endpoint was "
        "disabled. webhookDeliveryRetry attempts it once more.",
    )


@strawberry.type(description="One POST to an endpoint.")
class WebhookAttempt:
    """An entry of a delivery's attempts."""

    at: datetime = field(sources.Scalar(column("at"), written=True), "When it was made.")
    status_code: int | None = scalar(
        "status_code", "The HTTP status that the endpoint answered; null where it answered none."
    )
    error: str | None = scalar("error", "Why it answered none; null where it answered.")
    duration_ms: int = scalar("duration_ms", "How long it took, in milliseconds.")


def _of_event_told(delivery: Row) -> str:
    return (
        f"EXISTS (SELECT FROM events e WHERE e.workspace_id = {delivery.workspace} "
        f"AND e.id = {delivery.event_id} AND {subject_told_to(delivery, 'e.subject_id')})"
    )


@reads("webhook_deliveries", "whd", "SETTINGS_READ", visible=_of_event_told)
@strawberry.type(
    description="One event on its way to one endpoint; there for whoever may read what the event is "
    "about."
)
class WebhookDelivery(Node):
    """A row of webhook_deliveries."""

    endpoint: WebhookEndpoint = one("endpoint_id", "Where it goes.")
    event: Event = one("event_id", "What is told.")
    status: WebhookDeliveryStatus = scalar("status", "How it stands.")
    attempts: list[WebhookAttempt] = json_list("attempts", "Every attempt, the first one first.")
    next_attempt_at: datetime | None = scalar(
        "next_attempt_at", "When the next attempt is due; null where none is."
    )


@strawberry.input(description="A new webhook endpoint.")
class WebhookEndpointCreateInput:
    """For some types of events, or all."""

    url: URL = strawberry.field(description=URL_DESCRIPTION)
    types: list[EventType] | None = strawberry.field(default=None, description=TYPES_DESCRIPTION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="What to change of a webhook endpoint: only fields given.")
class WebhookEndpointUpdateInput:
    """Absent is unchanged."""

    id: strawberry.ID = strawberry.field(description="The endpoint.")
    url: URL | None = strawberry.field(default=strawberry.UNSET, description=URL_DESCRIPTION)
    types: list[EventType] | None = strawberry.field(
        default=strawberry.UNSET, description=TYPES_DESCRIPTION
    )
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="False stops it, and gives up what is still on its way to it.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which webhook endpoint to delete.")
class WebhookEndpointDeleteInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The endpoint.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which webhook endpoint to give a new secret.")
class WebhookEndpointRotateSecretInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The endpoint.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Which delivery to attempt once more.")
class WebhookDeliveryRetryInput:
    """By id."""

    id: strawberry.ID = strawberry.field(description="The delivery.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.type(description="What webhookEndpointCreate answers.")
class WebhookEndpointCreatePayload(Payload):
    """The endpoint and, once, its secret."""

    webhook_endpoint: WebhookEndpoint | None = read_back("The new endpoint; null where refused.")
    secret: str | None = strawberry.field(
        description="What its messages are signed with, `whsec_…`, answered this once. Null where "
        "refused, and where an idempotency key was repeated."
    )


@strawberry.type(description="What webhookEndpointUpdate answers.")
class WebhookEndpointUpdatePayload(Payload):
    """The changed endpoint."""

    webhook_endpoint: WebhookEndpoint | None = read_back(
        "The endpoint after the change; null where refused."
    )


@strawberry.type(description="What webhookEndpointDelete answers.")
class WebhookEndpointDeletePayload(Payload):
    """The id that is no more."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The deleted endpoint's id; null where refused."
    )


@strawberry.type(description="What webhookEndpointRotateSecret answers.")
class WebhookEndpointRotateSecretPayload(Payload):
    """The endpoint and, once, its new secret."""

    webhook_endpoint: WebhookEndpoint | None = read_back("The endpoint; null where refused.")
    secret: str | None = strawberry.field(
        description="The new secret, answered this once; for 24 hours the one before signs as well. "
        "Null where refused, and where an idempotency key was repeated."
    )


@strawberry.type(description="What webhookDeliveryRetry answers.")
class WebhookDeliveryRetryPayload(Payload):
    """The delivery."""

    webhook_delivery: WebhookDelivery | None = read_back(
        "The delivery, about to be attempted; null where refused."
    )


@strawberry.type
class WebhookMutations:
    """What can be done to webhook endpoints and their deliveries."""

    @computed(
        description="Make a webhook endpoint: from now on events are posted to it. Its secret is "
        "answered once, here. A workspace has at most 20. You must be allowed to read those events yourself.",
        takes="SETTINGS_WRITE",
    )
    async def webhook_endpoint_create(
        self, info: strawberry.Info, input: Annotated[WebhookEndpointCreateInput, INPUT]
    ) -> WebhookEndpointCreatePayload | None:
        """Makes an endpoint."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            types = plain(input.types) or []
            where = info.context.destinations
            made = await webhooks.create(caller, input.url, types, where, once=once)
            return outcome({"webhook_endpoint": made.id}, secret=made.secret)

        return await perform(info, WebhookEndpointCreatePayload, input, act)

    @computed(
        description="Change where a webhook endpoint is, what it gets, or whether it does. You must "
        "be allowed to read what it then gets, except to disable it.",
        takes="SETTINGS_WRITE",
    )
    async def webhook_endpoint_update(
        self, info: strawberry.Info, input: Annotated[WebhookEndpointUpdateInput, INPUT]
    ) -> WebhookEndpointUpdatePayload | None:
        """Changes an endpoint."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            changed = await webhooks.update(
                caller,
                uuid_of("whe", input.id),
                changes(input, "id", "idempotency_key"),
                info.context.destinations,
                once=once,
            )
            return outcome({"webhook_endpoint": changed})

        return await perform(info, WebhookEndpointUpdatePayload, input, act)

    @computed(
        description="Delete a webhook endpoint, with the record of its deliveries.",
        takes="SETTINGS_WRITE",
    )
    async def webhook_endpoint_delete(
        self, info: strawberry.Info, input: Annotated[WebhookEndpointDeleteInput, INPUT]
    ) -> WebhookEndpointDeletePayload | None:
        """Deletes an endpoint."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            await webhooks.delete(caller, uuid_of("whe", input.id), once=once)
            return outcome(deleted_id=input.id)

        return await perform(info, WebhookEndpointDeletePayload, input, act)

    @computed(
        description="Give a webhook endpoint a new secret. For 24 hours messages carry a signature "
        "by each of the two, so that you can change over without missing any.",
        takes="SETTINGS_WRITE",
    )
    async def webhook_endpoint_rotate_secret(
        self, info: strawberry.Info, input: Annotated[WebhookEndpointRotateSecretInput, INPUT]
    ) -> WebhookEndpointRotateSecretPayload | None:
        """Gives an endpoint a new secret."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            made = await webhooks.rotate_secret(caller, uuid_of("whe", input.id), once=once)
            return outcome({"webhook_endpoint": made.id}, secret=made.secret)

        return await perform(info, WebhookEndpointRotateSecretPayload, input, act)

    @computed(
        description="Attempt a delivery once more and at once, whether it failed, waits, or was "
        "delivered. Its message keeps its id. You must be allowed to read its event.",
        takes="SETTINGS_WRITE",
    )
    async def webhook_delivery_retry(
        self, info: strawberry.Info, input: Annotated[WebhookDeliveryRetryInput, INPUT]
    ) -> WebhookDeliveryRetryPayload | None:
        """Attempts a delivery again."""

        async def act(caller: Caller, once: Once | None) -> Outcome:
            retried = await webhooks.retry(caller, uuid_of("whd", input.id), once=once)
            return outcome({"webhook_delivery": retried})

        return await perform(info, WebhookDeliveryRetryPayload, input, act)
