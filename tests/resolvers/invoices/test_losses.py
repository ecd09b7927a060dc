"""Losses: what is given up, forgiven or waived, and what comes back of it."""

from uuid import UUID

import pytest

from domain.errors import Refused
from models.ledger import LedgerTransfer
from resolvers import invoices, workspaces
from resolvers.callers import Caller
from tests.resolvers.making import (
    charge_interest,
    customer,
    events,
    later,
    refusals,
    stored,
    types,
    wanted,
)


async def issued(caller: Caller) -> UUID:
    """An open invoice of 100.00."""
    return await invoices.issue(caller, wanted(await customer(caller)))


async def ledger(invoice_id: UUID) -> list[tuple[str, int | None, int | None]]:
    """The entries of an invoice: kind, amount, and the balance after it."""
    found = await LedgerTransfer.filter(invoice_id=invoice_id).order_by("entry_position")
    return [(one.kind, one.entry_minor, one.balance_minor) for one in found]


async def test_what_is_given_up_is_written_off_and_owed_no_more(caller: Caller) -> None:
    invoice_id = await issued(caller)

    tomorrow = later(caller, days=1)
    await invoices.mark_uncollectible(tomorrow, invoice_id, " Bankrupt ", expected_version=1)

    found = await stored(invoice_id)
    assert (found.status, found.version) == ("UNCOLLECTIBLE", 2)
    assert (found.amount_due_minor, found.amount_written_off_minor) == (0, 10_000)
    assert (found.marked_uncollectible_at, found.uncollectible_reason) == (tomorrow.now, "Bankrupt")
    assert await ledger(invoice_id) == [("ISSUED", 10_000, 10_000), ("WRITE_OFF", -10_000, 0)]
    [told] = [one for one in await events(caller) if one["type"] == "invoice.marked_uncollectible"]
    assert (told["data"]["status"], told["data"]["reason"]) == ("UNCOLLECTIBLE", "Bankrupt")
    assert told["previous"]["amountDue"] == 10_000


async def test_an_invoice_is_given_up_once(caller: Caller) -> None:
    invoice_id = await issued(caller)
    await invoices.mark_uncollectible(caller, invoice_id)
    assert await refusals(invoices.mark_uncollectible(caller, invoice_id)) == [
        ("INVALID_TRANSITION", ())
    ]


async def test_hope_restores_all_of_it_and_it_can_be_lost_again(caller: Caller) -> None:
    invoice_id = await issued(caller)

    for _ in range(2):
        await invoices.mark_uncollectible(caller, invoice_id)
        await invoices.unmark_uncollectible(caller, invoice_id)

    found = await stored(invoice_id)
    assert (found.status, found.amount_due_minor, found.amount_written_off_minor) == (
        *("OPEN", 10_000),
        0,
    )
    assert (found.marked_uncollectible_at, found.uncollectible_reason) == (None, None)
    assert [entry[0] for entry in await ledger(invoice_id)] == [
        *("ISSUED", "WRITE_OFF", "WRITE_OFF_REVERSED", "WRITE_OFF", "WRITE_OFF_REVERSED")
    ]
    assert (await types(caller))[-2:] == ["invoice.marked_uncollectible", "invoice.updated"]


async def test_only_what_was_given_up_can_be_hoped_for_again(caller: Caller) -> None:
    refused = await refusals(invoices.unmark_uncollectible(caller, await issued(caller)))
    assert refused == [("INVALID_TRANSITION", ())]


async def test_a_small_balance_is_forgiven_and_the_invoice_is_closed(caller: Caller) -> None:
    await workspaces.update(caller, {"small_balance_limit": 10_000})
    invoice_id = await issued(caller)

    await invoices.write_off(caller, invoice_id, reason="Not worth a letter")

    found = await stored(invoice_id)
    assert (found.status, found.closed_by, found.paid_at) == ("PAID", "WRITE_OFF", caller.now)
    assert (found.amount_due_minor, found.amount_written_off_minor) == (0, 10_000)
    assert (await types(caller))[-1] == "invoice.paid"
    assert (await events(caller))[-1]["data"]["reason"] == "Not worth a letter"


async def test_part_of_a_balance_is_forgiven_and_the_rest_is_still_due(caller: Caller) -> None:
    await workspaces.update(caller, {"small_balance_limit": 50})
    invoice_id = await issued(caller)

    await invoices.write_off(caller, invoice_id, 30)

    found = await stored(invoice_id)
    assert (found.status, found.amount_due_minor, found.closed_by) == ("OPEN", 9_970, None)
    assert (await types(caller))[-1] == "invoice.updated"


async def test_no_more_than_the_limit_is_forgiven_however_often_one_asks(caller: Caller) -> None:
    await workspaces.update(caller, {"small_balance_limit": 50})
    invoice_id = await issued(caller)
    await invoices.write_off(caller, invoice_id, 30)

    with pytest.raises(Refused) as caught:
        await invoices.write_off(caller, invoice_id, 21)

    [refusal] = caught.value.refusals
    assert (refusal.code, refusal.field) == ("WRITE_OFF_EXCEEDS_LIMIT", ("amount",))
    assert refusal.meta == {"max": 20}
    await invoices.write_off(caller, invoice_id, 20)


async def test_nothing_is_forgiven_where_the_workspace_says_no_limit(caller: Caller) -> None:
    invoice_id = await issued(caller)
    assert await refusals(invoices.write_off(caller, invoice_id, 1)) == [
        ("WRITE_OFF_EXCEEDS_LIMIT", ("amount",))
    ]


async def test_no_more_than_is_due_and_no_less_than_something_is_forgiven(caller: Caller) -> None:
    await workspaces.update(caller, {"small_balance_limit": 50_000})
    invoice_id = await issued(caller)
    for amount, code in (
        (10_001, "AMOUNT_EXCEEDS_BALANCE"),
        (0, "OUT_OF_RANGE"),
        (-1, "OUT_OF_RANGE"),
    ):
        refused = await refusals(invoices.write_off(caller, invoice_id, amount))
        assert refused == [(code, ("amount",))]
    assert (await stored(invoice_id)).version == 1


async def test_what_is_lost_already_is_not_forgiven(caller: Caller) -> None:
    await workspaces.update(caller, {"small_balance_limit": 50_000})
    invoice_id = await issued(caller)
    await invoices.mark_uncollectible(caller, invoice_id)
    assert await refusals(invoices.write_off(caller, invoice_id)) == [("INVALID_TRANSITION", ())]


async def test_interest_is_waived_and_the_total_stays_due(caller: Caller) -> None:
    invoice_id = await issued(caller)
    await charge_interest(invoice_id, 123)

    await invoices.waive_interest(caller, invoice_id, 23)
    assert (await stored(invoice_id)).amount_due_minor == 10_100
    await invoices.waive_interest(caller, invoice_id, reason="Good will")

    found = await stored(invoice_id)
    assert (found.status, found.interest_minor, found.amount_due_minor) == ("OPEN", 0, 10_000)
    assert (await ledger(invoice_id))[-2:] == [
        ("INTEREST_WAIVED", -23, 10_100),
        ("INTEREST_WAIVED", -100, 10_000),
    ]
    assert (await events(caller))[-1]["data"]["reason"] == "Good will"


async def test_no_more_interest_is_waived_than_is_due(caller: Caller) -> None:
    invoice_id = await issued(caller)
    assert await refusals(invoices.waive_interest(caller, invoice_id)) == [
        ("OUT_OF_RANGE", ("amount",))
    ]
    await charge_interest(invoice_id, 5)
    for amount in (6, 0):
        assert await refusals(invoices.waive_interest(caller, invoice_id, amount)) == [
            ("OUT_OF_RANGE", ("amount",))
        ]


async def test_the_last_of_it_is_interest_so_waiving_that_closes_it(caller: Caller) -> None:
    await workspaces.update(caller, {"small_balance_limit": 10_000})
    invoice_id = await issued(caller)
    await charge_interest(invoice_id, 5)
    await invoices.write_off(caller, invoice_id, 10_000)

    await invoices.waive_interest(caller, invoice_id)

    found = await stored(invoice_id)
    assert (found.status, found.closed_by, found.amount_due_minor) == ("PAID", "WRITE_OFF", 0)


async def test_a_reason_has_an_end(caller: Caller) -> None:
    invoice_id = await issued(caller)
    for act in (
        invoices.mark_uncollectible(caller, invoice_id, "x" * 1001),
        invoices.write_off(caller, invoice_id, 1, "x" * 1001),
        invoices.waive_interest(caller, invoice_id, 1, "x" * 1001),
    ):
        assert await refusals(act) == [("TOO_LONG", ("reason",))]


async def test_a_loss_at_another_version_is_a_conflict(caller: Caller) -> None:
    invoice_id = await issued(caller)
    act = invoices.mark_uncollectible(caller, invoice_id, expected_version=2)
    assert await refusals(act) == [("CONFLICT", ("expectedVersion",))]
