"""History as clients read it: in the order of commits, whole, and only what one may see."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.errors import Refused
from domain.identifiers import encode_id
from models.connections import rows
from resolvers import customers, invoices, payments
from resolvers.callers import Caller
from schema.events import EventType, dotted
from tests.plans.asking import Asker
from tests.resolvers.making import later, someone, wanted
from tests.resolvers.payments.making import buyer as card_holder
from tests.resolvers.payments.making import owed, sandbox
from tests.schema.reading import invoice

NAMES = "query ($filter: EventFilter) { events(filter: $filter) { totalCount nodes { name } } }"


async def names(caller: Caller, **wanted_ones: Any) -> list[str]:
    """The names of the events that a filter keeps, in the order answered."""
    data = await Asker(caller).read(NAMES, {"filter": wanted_ones})
    found = [node["name"] for node in data["events"]["nodes"]]
    assert data["events"]["totalCount"] == len(found)
    return found


async def test_history_is_told_with_the_latest_first(caller: Caller, buyer: UUID) -> None:
    made = await invoices.draft(caller, wanted(buyer))
    await invoices.finalize(caller, made)
    await invoices.void(caller, made)

    found = await names(caller)

    assert found == ["invoice.voided", "invoice.finalized", "invoice.created", "customer.created"]


async def test_an_invoices_events_are_its_own(caller: Caller, buyer: UUID) -> None:
    made = await invoices.issue(caller, wanted(buyer))
    await invoices.issue(caller, wanted(buyer))
    await invoices.void(caller, made)

    found = await invoice(caller, made, "events { nodes { type name subjectId invoice { id } } }")

    own = encode_id("inv", made)
    assert found["events"]["nodes"] == [
        {"type": type_, "name": name, "subjectId": own, "invoice": {"id": own}}
        for type_, name in (
            ("INVOICE_VOIDED", "invoice.voided"),
            ("INVOICE_FINALIZED", "invoice.finalized"),
        )
    ]


async def test_an_event_keeps_the_object_as_it_was_and_what_had_been(
    caller: Caller, buyer: UUID
) -> None:
    made = await invoices.draft(caller, wanted(buyer, notes="first"))
    await invoices.update(later(caller, seconds=9), made, {"notes": "second"})
    await invoices.update(later(caller, seconds=9), made, {"notes": "third"})

    found = await invoice(caller, made, "events { nodes { name data previous actor at } }")

    _, second, first = found["events"]["nodes"]
    assert (second["data"]["notes"], second["previous"]["notes"]) == ("second", "first")
    assert second["data"]["total"] == 10_000
    assert second["at"] == "2026-06-09T12:00:09.000000Z"
    assert (first["previous"], first["actor"]) == (None, "key_1")


async def test_internal_notes_are_in_no_event(caller: Caller, buyer: UUID) -> None:
    made = await invoices.draft(caller, wanted(buyer, internal_notes="a slow payer"))
    await invoices.update(caller, made, {"internal_notes": "a very slow payer"})
    await invoices.finalize(caller, made)

    found = await Asker(caller).read("{ events { nodes { data previous } } }")

    assert "slow" not in str(found)
    assert "internalNotes" not in str(found)


async def test_a_deleted_draft_has_its_history_and_no_invoice(caller: Caller, buyer: UUID) -> None:
    made = await invoices.draft(caller, wanted(buyer))
    await invoices.delete(caller, made)

    found = await Asker(caller).read(
        "query ($id: ID!) { events(filter: {subjectId: $id}) { nodes { name invoice { id } } } }",
        {"id": encode_id("inv", made)},
    )

    assert found["events"]["nodes"] == [
        {"name": "invoice.deleted", "invoice": None},
        {"name": "invoice.created", "invoice": None},
    ]


async def test_events_are_kept_by_type_and_instant(caller: Caller, buyer: UUID) -> None:
    made = await invoices.issue(later(caller, hours=1), wanted(buyer))
    await invoices.void(later(caller, hours=2), made)
    at = "2026-06-09T13:00:00Z"

    assert await names(caller, type=["INVOICE_FINALIZED", "CUSTOMER_CREATED"]) == [
        "invoice.finalized",
        "customer.created",
    ]
    assert await names(caller, type=["INVOICE_PAID"]) == []
    assert await names(caller, at={"gt": at}) == ["invoice.voided"]
    assert await names(caller, at={"eq": at}) == ["invoice.finalized"]


async def test_pages_go_through_history_without_gap(caller: Caller, buyer: UUID) -> None:
    for number in range(7):
        await customers.update(caller, buyer, {"name": f"Name {number}"})
    asker, found, after = Asker(caller), [], None
    text = """query ($after: String) { events(first: 3, after: $after) {
        nodes { data } pageInfo { hasNextPage endCursor } } }"""

    more = True
    while more:
        data = (await asker.read(text, {"after": after}))["events"]
        found += [node["data"]["name"] for node in data["nodes"]]
        after, more = data["pageInfo"]["endCursor"], data["pageInfo"]["hasNextPage"]

    assert found == [*(f"Name {number}" for number in reversed(range(7))), "Ann Ltd"]


async def test_an_event_is_not_there_for_who_may_not_read_its_subject(
    caller: Caller, buyer: UUID
) -> None:
    await invoices.issue(caller, wanted(buyer))
    limited = replace(caller, scopes=frozenset({"INVOICES_READ"}))
    payer = replace(caller, scopes=frozenset({"INVOICES_WRITE", "CUSTOMERS_WRITE"}))
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    ids = [event["id"] for event in await _ids(caller)]

    seen = await Asker(limited).read(text, {"ids": ids})

    assert await names(limited) == ["invoice.finalized"]
    assert await names(payer) == ["invoice.finalized", "customer.created"]
    assert [node and node["id"] for node in seen["nodes"]] == [ids[0], None]


async def test_a_payment_that_failed_is_told_to_who_may_read_payments(caller: Caller) -> None:
    gateway = sandbox()
    invoice_id = await owed(caller, await card_holder(caller, gateway, "pm_card_chargeDeclined"))
    with pytest.raises(Refused):
        await payments.pay(caller, gateway, invoice_id)
    limited = replace(caller, scopes=frozenset({"INVOICES_READ", "CUSTOMERS_READ"}))
    text = "{ events(filter: {type: [INVOICE_PAYMENT_FAILED]}) { nodes { data } } }"

    [seen] = (await Asker(caller).read(text))["events"]["nodes"]
    [less] = (await Asker(limited).read(text))["events"]["nodes"]

    assert seen["data"]["payment"]["failureCode"] == "card_declined"
    assert less["data"] == {name: one for name, one in seen["data"].items() if name != "payment"}


async def test_history_takes_the_scope_of_reading_invoices(caller: Caller) -> None:
    limited = replace(caller, scopes=frozenset({"CUSTOMERS_READ"}))

    answer = await Asker(limited).ask("{ events { nodes { id } } }")

    assert answer.codes == [("FORBIDDEN", "SCOPE_MISSING")]


async def test_a_strangers_events_are_not_there(caller: Caller, buyer: UUID) -> None:
    stranger = await someone()
    ids = [event["id"] for event in await _ids(caller)]

    seen = await Asker(stranger).read(
        "query ($ids: [ID!]!) { events { totalCount } nodes(ids: $ids) { id } }", {"ids": ids}
    )

    assert seen == {"events": {"totalCount": 0}, "nodes": [None]}


async def test_every_type_has_the_name_that_the_acts_give_it(caller: Caller, buyer: UUID) -> None:
    assert dotted("CREDIT_NOTE_VOIDED") == "credit_note.voided"
    assert dotted("INVOICE_MARKED_UNCOLLECTIBLE") == "invoice.marked_uncollectible"
    made = await invoices.issue(caller, wanted(buyer))
    await invoices.mark_uncollectible(caller, made, "bankrupt")
    stored = await rows(
        "SELECT DISTINCT type FROM events WHERE workspace_id = $1", caller.workspace_id
    )

    assert {row["type"] for row in stored} <= {dotted(type_.value) for type_ in EventType}


async def _ids(caller: Caller) -> list[Mapping[str, Any]]:
    data = await Asker(caller).read("{ events { nodes { id } } }")
    return list(data["events"]["nodes"])
