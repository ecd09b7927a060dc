"""Matters: opened for one customer, closed once."""

from models.matters import Matter
from resolvers import customers, matters
from resolvers.callers import Caller
from tests.resolvers.making import NOBODY, NOON, customer, later, refusals


async def test_a_matter_is_opened_for_a_customer(caller: Caller) -> None:
    customer_id = await customer(caller)
    found = await Matter.get(id=await matters.create(caller, customer_id, " Case ", " 7/26 "))
    assert (found.customer_id, found.name, found.reference) == (customer_id, "Case", "7/26")
    assert found.closed_at is None


async def test_what_is_wrong_with_a_matter_is_refused(caller: Caller, stranger: Caller) -> None:
    customer_id = await customer(caller)
    assert await refusals(matters.create(caller, customer_id, " ", "x" * 256)) == [
        ("REQUIRED", ("name",)),
        ("TOO_LONG", ("reference",)),
    ]
    for unknown in (NOBODY, await customer(stranger)):
        refused = await refusals(matters.create(caller, unknown, "Case"))
        assert refused == [("NOT_FOUND", ("customerId",))]
    await customers.archive(caller, customer_id)
    refused = await refusals(matters.create(caller, customer_id, "Case"))
    assert refused == [("CUSTOMER_ARCHIVED", ("customerId",))]


async def test_a_matter_is_closed_once(caller: Caller) -> None:
    matter_id = await matters.create(caller, await customer(caller), "Case")
    await matters.close(caller, matter_id)
    await matters.close(later(caller, hours=1), matter_id)
    assert (await Matter.get(id=matter_id)).closed_at == NOON
