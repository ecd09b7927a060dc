"""Webhook endpoints: made within limits, changed, disabled, deleted, and given new secrets."""

import asyncio
import base64
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.destinations import destination_of
from domain.identifiers import encode_id
from domain.limits import WEBHOOK_ENDPOINTS_MAX
from models.webhooks import WebhookDelivery, WebhookEndpoint
from resolvers import webhooks
from resolvers.callers import Caller
from resolvers.idempotency import Once
from schema.events import EventType
from tests.plans.asking import Asker
from tests.resolvers.making import NOBODY, codes_of, customer, refusals

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


READS = ("INVOICES_READ", "PAYMENTS_READ", "CUSTOMERS_READ")
TAKEN = {"INVOICE": set(), "CREDIT_NOTE": set(), "PAYMENT": {READS[1]}, "CUSTOMER": {READS[2]}}
"""What being told of each subject takes beside INVOICES_READ."""


TAKEN_BY_TYPE = {"INVOICE_PAYMENT_FAILED": {READS[1]}}
"""It holds the payment."""


def who_may(caller: Caller, *scopes: str) -> Caller:
    return replace(caller, scopes=frozenset(scopes))


@pytest.mark.parametrize("type_", [one.value for one in EventType])
async def test_an_endpoint_is_told_what_its_maker_may_read(caller: Caller, type_: str) -> None:
    [taken] = [more for noun, more in TAKEN.items() if type_.startswith(f"{noun}_")]
    needed = {"INVOICES_READ", *taken, *TAKEN_BY_TYPE.get(type_, ())}

    assert await made(who_may(caller, "SETTINGS_WRITE", *needed), type_)
    for scope in needed:
        lesser = who_may(caller, "SETTINGS_WRITE", *({*READS} - {scope}))
        assert await refusals(made(lesser, type_)) == [("FORBIDDEN", ("types",))]


@pytest.mark.parametrize("lacking", READS)
async def test_an_endpoint_of_every_type_takes_all_that_events_tell(
    caller: Caller, lacking: str
) -> None:
    lesser = who_may(caller, "SETTINGS_WRITE", *({*READS} - {lacking}))
    assert await refusals(made(lesser)) == [("FORBIDDEN", ("types",))]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "https://127.0.0.1:49152/mine"}, "url"),
        ({"types": None}, "types"),
        ({"types": ["CUSTOMER_UPDATED"]}, "types"),
        ({"enabled": True}, "enabled"),
        ({"enabled": False, "url": "https://127.0.0.1:49152/mine"}, "url"),
    ],
)
async def test_nobody_turns_an_endpoint_to_what_they_may_not_read(
    caller: Caller, changes: dict[str, Any], field: str
) -> None:
    endpoint_id = await made(caller)
    before = vars(await stored(endpoint_id))
    lesser = who_may(caller, "SETTINGS_WRITE", "INVOICES_READ", "PAYMENTS_READ")

    assert await refusals(update(lesser, endpoint_id, **changes)) == [("FORBIDDEN", (field,))]

    assert vars(await stored(endpoint_id)) == before


async def test_an_endpoint_may_be_narrowed_to_what_one_may_read(caller: Caller) -> None:
    endpoint_id = await made(caller)
    lesser = who_may(caller, "SETTINGS_WRITE", "INVOICES_READ")

    await update(lesser, endpoint_id, types=["INVOICE_PAID"], url=f"{URL}/mine")

    assert (await stored(endpoint_id)).types == ["INVOICE_PAID"]


async def test_settings_alone_disable_and_delete_an_endpoint(caller: Caller) -> None:
    endpoint_id = await made(caller)
    lesser = who_may(caller, "SETTINGS_WRITE")

    await update(lesser, endpoint_id, enabled=False)
    assert not (await stored(endpoint_id)).enabled

    assert await webhooks.delete(lesser, endpoint_id) == endpoint_id


async def test_a_delivery_is_there_for_who_may_read_what_it_tells(caller: Caller) -> None:
    await made(caller)
    await customer(caller)
    [delivery] = await WebhookDelivery.filter(workspace_id=caller.workspace_id)
    text = """query ($id: ID!) { node(id: $id) { ... on WebhookDelivery {
        event { name } } } }"""
    shown = {"id": encode_id("whd", delivery.id)}
    all_but = {"SETTINGS_WRITE", *READS} - {"CUSTOMERS_READ"}

    seen = await Asker(caller).read(text, shown)
    unseen = await Asker(who_may(caller, *all_but)).read(text, shown)

    assert seen == {"node": {"event": {"name": "customer.created"}}}
    assert unseen == {"node": None}
    assert await refusals(webhooks.retry(who_may(caller, *all_but), delivery.id)) == [
        ("NOT_FOUND", ("id",))
    ]
    assert await webhooks.retry(who_may(caller, "SETTINGS_WRITE", "CUSTOMERS_READ"), delivery.id)
