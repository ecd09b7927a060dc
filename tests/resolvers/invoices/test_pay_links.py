"""Pay links: what finds an invoice, and its first view."""

import asyncio
from datetime import timedelta

import pytest

from models.connections import rows
from resolvers import invoices
from resolvers.callers import Caller
from tests.resolvers.making import (
    NOON,
    customer,
    events,
    line,
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
