"""Pay links: what finds an invoice, and its first view."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from models.connections import rows
from resolvers import invoices
from resolvers.callers import Caller
from resolvers.idempotency import Once
from tests.resolvers.making import (
    NOON,
    customer,
    events,
    line,
    refusals,
    someone,
    stored,
    types,
    wanted,
)

SOON = NOON + timedelta(hours=1)


async def link(caller: Caller) -> str:
    invoice_id = await invoices.issue(
        caller, wanted(await customer(caller), lines=(line("A"), line("B")))
    )
    return (await stored(invoice_id)).pay_token or ""


async def test_a_link_finds_its_invoice_and_lines(caller: Caller) -> None:
    found = await invoices.find_by_pay_token(await link(caller), SOON)

    assert found is not None
    assert (found.invoice.number, found.is_test) == ("INV-0001", False)
    assert [one.description for one in found.lines] == ["A", "B"]
    assert found.invoice.viewed_at == SOON


async def test_the_first_view_is_noted_and_later_ones_are_not(caller: Caller) -> None:
    token = await link(caller)
    for hours in (1, 2):
        await invoices.find_by_pay_token(token, NOON + timedelta(hours=hours))

    assert await types(caller) == ["invoice.finalized", "invoice.viewed"]
    event = (await events(caller))[-1]
    assert (event["actor"], event["data"]["viewedAt"]) == (
        "payer",
        "2026-06-09T13:00:00.000000Z",
    )
    assert (await stored(event["invoice_id"])).version == 2


async def test_many_first_views_at_once_are_one(caller: Caller) -> None:
    token = await link(caller)
    await asyncio.gather(*(invoices.find_by_pay_token(token, SOON) for _ in range(16)))
    assert (await types(caller)).count("invoice.viewed") == 1


async def test_a_look_that_is_no_view_leaves_no_trace(caller: Caller) -> None:
    found = await invoices.find_by_pay_token(await link(caller), SOON, counts_as_view=False)
    assert found is not None
    assert found.invoice.viewed_at is None
    assert await types(caller) == ["invoice.finalized"]


@pytest.mark.parametrize("token", ["", "x" * 32, "é" * 32, "../../etc/passwd"])
async def test_what_is_no_link_finds_nothing(caller: Caller, token: str) -> None:
    await link(caller)
    assert await invoices.find_by_pay_token(token, SOON) is None


async def test_a_link_that_was_replaced_finds_nothing(caller: Caller) -> None:
    token = await link(caller)
    await rows("UPDATE invoices SET pay_token = 'another' WHERE pay_token = $1", token)
    assert await invoices.find_by_pay_token(token, SOON) is None


async def test_a_void_invoice_and_a_sandboxs_one_are_found(database: str) -> None:
    caller = await someone("TEST")
    token = await link(caller)
    invoice_id = (await events(caller))[-1]["invoice_id"]
    await invoices.void(caller, invoice_id)
    found = await invoices.find_by_pay_token(token, SOON)
    assert found is not None
    assert (found.invoice.status, found.is_test) == ("VOID", True)


async def test_links_are_unguessable_and_all_different(caller: Caller) -> None:
    tokens = {await link(caller) for _ in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {32}


async def linked(caller: Caller) -> UUID:
    """The invoice that has a link."""
    found = "SELECT invoice_id FROM pay_links WHERE workspace_id = $1"
    [row] = await rows(found, caller.workspace_id)
    invoice_id: UUID = row["invoice_id"]
    return invoice_id


async def test_a_new_link_ends_the_one_before(caller: Caller) -> None:
    old = await link(caller)
    invoice_id = await linked(caller)

    await invoices.rotate_pay_link(caller, invoice_id)

    invoice = await stored(invoice_id)
    assert await invoices.find_by_pay_token(old, SOON) is None
    assert await invoices.find_by_pay_token(invoice.pay_token or "", SOON) is not None
    assert invoice.version == 2
    [told] = [one for one in await events(caller) if one["type"] == "invoice.updated"]
    assert str(invoice.pay_token) not in str(told)


async def test_a_link_is_renewed_once_for_a_key(caller: Caller) -> None:
    await link(caller)
    invoice_id = await linked(caller)
    once = Once("invoiceRotatePayLink", "k", {"id": "x"})

    await invoices.rotate_pay_link(caller, invoice_id, once=once)
    renewed = (await stored(invoice_id)).pay_token
    await invoices.rotate_pay_link(caller, invoice_id, once=once)

    assert (await stored(invoice_id)).pay_token == renewed


async def test_a_draft_has_no_link_to_renew(caller: Caller) -> None:
    draft = await invoices.draft(caller, wanted(await customer(caller)))
    assert await refusals(invoices.rotate_pay_link(caller, draft)) == [("INVALID_TRANSITION", ())]


async def test_twenty_renewals_at_once_leave_one_link(caller: Caller) -> None:
    await link(caller)
    invoice_id = await linked(caller)

    await asyncio.gather(*(invoices.rotate_pay_link(caller, invoice_id) for _ in range(20)))

    left = await rows("SELECT 1 FROM pay_links WHERE workspace_id = $1", caller.workspace_id)
    assert len(left) == 1
