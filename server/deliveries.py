"""The job that sends an event to a webhook endpoint: one attempt, noted, and put off until the next."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Self

import structlog

from domain.webhooks import signed_headers
from models import tracing
from models.tracing import TRACEPARENT
from resolvers import webhooks
from resolvers.callers import Caller
from resolvers.jobs import Claimed, NotYet
from resolvers.webhooks import Attempt, Message
from server.carriers import DONE, LATER
from server.metrics.instruments import WEBHOOKS
from server.outside.webhooks import NotDelivered, WebhookSender
from server.patience import kept
from server.settings import Settings

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Carries out deliveries."""

    sender: WebhookSender

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """With the networks that these settings allow."""
        return cls(WebhookSender(settings.webhook_allow))

    async def carry(self, caller: Caller, job: Claimed) -> str | None:
        """Attempts a delivery. Raises NotYet where the time of the next attempt has not come."""
        found = await webhooks.find_message(caller, job.id)
        if isinstance(found, Message):
            return DONE if await self._sent(caller, job, found) is None else LATER
        if found is not None:
            raise NotYet(found)
        return None

    async def _sent(self, caller: Caller, job: Claimed, message: Message) -> datetime | None:
        attempt = await self._attempt(caller, message)
        log.info(
            "an event was sent to a webhook endpoint",
            status=attempt.status_code,
            error=attempt.error,
        )
        return await kept(lambda: webhooks.record(caller, job.id, attempt, job=job))

    async def _attempt(self, caller: Caller, message: Message) -> Attempt:
        # A receiver compares with its own clock, and knows nothing of a sandbox's.
        real_now = caller.real_now
        headers = signed_headers(message.secrets, message.id, message.body, real_now)
        began, status, error = monotonic(), None, None
        with tracing.span("webhook", "client", {"http.request.method": "POST"}):
            parent = tracing.traceparent()
            headers |= {TRACEPARENT: parent} if parent else {}
            try:
                status = await self.sender.send(message.url, message.body, headers)
            except NotDelivered as failure:
                error = str(failure)
        took_s = monotonic() - began
        WEBHOOKS.add(took_s, _outcome(status))
        return Attempt(caller.now, round(took_s * 1000), status, error)


def _outcome(status: int | None) -> str:
    if status is None:
        return "unreachable"
    return "delivered" if 200 <= status < 300 else "refused"
