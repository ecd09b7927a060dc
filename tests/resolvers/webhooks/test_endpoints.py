"""Webhook endpoints: made within limits, changed, disabled, deleted, and given new secrets."""

import asyncio
import base64
from typing import Any
from uuid import UUID

from domain.destinations import destination_of
from domain.limits import WEBHOOK_ENDPOINTS_MAX
from models.webhooks import WebhookEndpoint
from resolvers import webhooks
from resolvers.callers import Caller
from resolvers.idempotency import Once
from tests.resolvers.making import NOBODY, codes_of, refusals

URL = "https://127.0.0.1:49151/hook"


class Anywhere:
    """Takes every URL that is one."""

    async def check(self, url: str, path: tuple[str, ...]) -> None:
        destination_of(url, path)


async def made(caller: Caller, *types: str) -> UUID:
    return (await webhooks.create(caller, URL, types, Anywhere())).id


async def stored(endpoint_id: UUID) -> WebhookEndpoint:
    return await WebhookEndpoint.get(id=endpoint_id)


async def update(caller: Caller, endpoint_id: UUID, **changes: Any) -> UUID:
    return await webhooks.update(caller, endpoint_id, changes, Anywhere())


async def test_a_new_endpoint_has_a_secret_of_256_bits_that_is_answered_once(
    caller: Caller,
) -> None:
    once = Once("webhookEndpointCreate", "k", {})
    first = await webhooks.create(caller, URL, (), Anywhere(), once=once)
    again = await webhooks.create(caller, URL, (), Anywhere(), once=once)

    assert first.secret
    assert first.secret.startswith("whsec_")
    assert len(base64.b64decode(first.secret.removeprefix("whsec_"))) == 32
    assert (again.id, again.secret) == (first.id, None)
    assert (await stored(first.id)).secret == first.secret


async def test_types_are_kept_once_each(caller: Caller) -> None:
    endpoint_id = await made(caller, "INVOICE_PAID", "INVOICE_PAID", "CUSTOMER_CREATED")
    assert (await stored(endpoint_id)).types == ["CUSTOMER_CREATED", "INVOICE_PAID"]


async def test_a_url_that_may_not_be_called_is_refused(caller: Caller) -> None:
    endpoint_id = await made(caller)
    bad = "https://user@example.com/"
    assert await refusals(webhooks.create(caller, bad, (), Anywhere())) == [
        ("URL_NOT_ALLOWED", ("url",))
    ]
    assert await refusals(update(caller, endpoint_id, url=bad)) == [("URL_NOT_ALLOWED", ("url",))]
    assert (await stored(endpoint_id)).url == URL


async def test_what_cannot_be_empty_is_not_cleared(caller: Caller) -> None:
    endpoint_id = await made(caller, "INVOICE_PAID")
    assert await refusals(update(caller, endpoint_id, url=None, enabled=None)) == [
        ("REQUIRED", ("url",)),
        ("REQUIRED", ("enabled",)),
    ]
    await update(caller, endpoint_id, types=None)
    assert (await stored(endpoint_id)).types == []


async def test_enabling_forgets_why_it_was_disabled(caller: Caller) -> None:
    endpoint_id = await made(caller)
    found = WebhookEndpoint.filter(workspace_id=caller.workspace_id, id=endpoint_id)
    await found.update(enabled=False, disabled_reason="It answered 410 Gone.")

    await update(caller, endpoint_id, types=["INVOICE_PAID"])
    assert (await stored(endpoint_id)).disabled_reason
    await update(caller, endpoint_id, enabled=True)
    assert (await stored(endpoint_id)).disabled_reason is None


async def test_a_new_secret_leaves_the_one_before_for_a_day(caller: Caller) -> None:
    first = await webhooks.create(caller, URL, (), Anywhere())
    second = await webhooks.rotate_secret(caller, first.id)

    endpoint = await stored(first.id)
    assert (endpoint.secret, endpoint.previous_secret) == (second.secret, first.secret)
    assert endpoint.previous_secret_until
    assert (endpoint.previous_secret_until - caller.now).total_seconds() == 86_400


async def test_a_workspace_has_only_so_many_however_many_are_made_at_once(caller: Caller) -> None:
    wanted = WEBHOOK_ENDPOINTS_MAX + 5
    codes = await asyncio.gather(*(codes_of(made(caller)) for _ in range(wanted)))
    assert codes.count([]) == WEBHOOK_ENDPOINTS_MAX
    assert codes.count(["OUT_OF_RANGE"]) == 5


async def test_a_deleted_endpoint_is_no_more(caller: Caller) -> None:
    endpoint_id = await made(caller)
    assert await webhooks.delete(caller, endpoint_id) == endpoint_id
    assert await refusals(webhooks.delete(caller, endpoint_id)) == [("NOT_FOUND", ("id",))]
    assert await refusals(webhooks.rotate_secret(caller, NOBODY)) == [("NOT_FOUND", ("id",))]
