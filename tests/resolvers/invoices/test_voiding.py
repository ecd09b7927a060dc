"""Voiding: nothing is owed any more, and the number stays."""

from resolvers import invoices
from resolvers.callers import Caller
from tests.resolvers.making import (
    customer,
    events,
    later,
    line,
    numbers,
    refusals,
    stored,
    types,
    wanted,
)


async def test_a_voided_invoice_keeps_its_number_and_owes_nothing(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))

    await invoices.void(later(caller, hours=1), invoice_id, " Wrong customer ", expected_version=1)

    found = await stored(invoice_id)
    assert (found.status, found.number, found.version) == ("VOID", "INV-0001", 2)
    assert (found.amount_due_minor, found.total_minor) == (0, 10_000)
    assert (found.voided_at, found.void_reason) == (later(caller, hours=1).now, "Wrong customer")
    assert await types(caller) == ["invoice.finalized", "invoice.voided"]
    previous = (await events(caller))[-1]["previous"]
    assert (previous["status"], previous["amountDue"]) == ("OPEN", 10_000)
    await invoices.issue(caller, wanted(await customer(caller)))
    assert await numbers(caller) == ["INV-0001", "INV-0002"]


async def test_a_draft_is_deleted_not_voided(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    assert await refusals(invoices.void(caller, draft_id)) == [("INVALID_TRANSITION", ())]


async def test_an_invoice_is_voided_once(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    await invoices.void(caller, invoice_id)
    assert await refusals(invoices.void(caller, invoice_id)) == [("INVALID_TRANSITION", ())]


async def test_a_paid_invoice_is_not_voided(caller: Caller) -> None:
    free = wanted(await customer(caller), lines=(line(cents=0),))
    invoice_id = await invoices.issue(caller, free)
    assert await refusals(invoices.void(caller, invoice_id)) == [("INVOICE_HAS_PAYMENTS", ())]


async def test_an_uncollectible_invoice_is_voided_too(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    await invoices.mark_uncollectible(caller, invoice_id)

    await invoices.void(caller, invoice_id)

    voided = await stored(invoice_id)
    assert (voided.status, voided.amount_written_off_minor) == ("VOID", 0)


async def test_a_reason_has_an_end(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    refused = await refusals(invoices.void(caller, invoice_id, "x" * 1001))
    assert refused == [("TOO_LONG", ("reason",))]
    assert (await stored(invoice_id)).status == "OPEN"
